"""The builder against TFDS's own checks, on dummy_data/fird_photos."""

import tensorflow_datasets as tfds

import fird


class FirdPhotosTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = fird.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["photos"]  # noqa: RUF012
    # Four fabrics of 5, 5, 4 and 4 photographs; halved by fabric, then 2/5 of each test fabric are queries.
    SPLITS = {"train": 9, "query": 4, "gallery": 5}  # noqa: RUF012


class FirdRenderedTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = fird.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["rendered_tiny"]  # noqa: RUF012
    SPLITS = {"train": 31, "query": 13, "gallery": 20}  # noqa: RUF012


if __name__ == "__main__":
    tfds.testing.test_main()
