"""The tf.data pipeline: batches that depend on seed and number alone, crops where they should be."""

import functools

import numpy as np
import pytest

from fabric_retrieval.data.pipeline import feature_batches, training_batches
from fabric_retrieval.data.unit_picture import COLOURS, FRAME, ranking_rows, unit_picture
from fabric_retrieval.data.units import FabricIndex, shared_batch

LABELS = np.repeat(np.arange(8), 4)
# Each pixel holds its image, row and column, so that a crop says where it is from.
PIXELS = np.stack(
    np.broadcast_arrays(
        np.arange(32, dtype=np.uint8)[:, None, None],
        np.arange(20, dtype=np.uint8)[:, None],
        np.arange(20, dtype=np.uint8),
    ),
    axis=-1,
)
# Three views of 32 images: view, image.
FEATURES = [np.stack([np.full(32, view), np.arange(32)], axis=1).astype(np.float32) for view in range(3)]
DRAW = functools.partial(shared_batch, FabricIndex(LABELS), 0, fabrics=4, images=3, ratio=5)


def read(first, last, seed=0, **options):
    return list(training_batches(PIXELS, DRAW, 16, seed, first, last, **options).as_numpy_iterator())


def test_shapes_and_types():
    (batch,) = read(0, 1)
    assert {name: (value.shape, value.dtype.name) for name, value in batch.items()} == {
        "images": ((12, 16, 16, 3), "uint8"),
        "units": ((24, 7), "int32"),
        "rows": ((12,), "int64"),
    }


def test_images_are_crops_of_their_rows_half_of_them_mirrored():
    mirrored = []
    tops = set()
    for batch in read(0, 30):
        for image, row in zip(batch["images"], batch["rows"], strict=True):
            flip = image[0, 0, 2] > image[0, -1, 2]
            upright = image[:, ::-1] if flip else image
            top, left = upright[0, 0, 1:]
            np.testing.assert_array_equal(upright, PIXELS[row, top : top + 16, left : left + 16])
            mirrored.append(flip)
            tops.add(int(top))
    assert tops == set(range(5))
    assert 0.4 < np.mean(mirrored) < 0.6


def test_without_mirroring():
    for batch in read(0, 5, mirror=False):
        assert (batch["images"][:, 0, 0, 2] < batch["images"][:, 0, -1, 2]).all()


def test_a_batch_is_the_same_wherever_the_run_starts():
    for whole, resumed in zip(read(0, 6)[4:], read(4, 6), strict=True):
        for name in whole:
            np.testing.assert_array_equal(whole[name], resumed[name])


def test_replicas_take_their_own_batches_of_each_step():
    """Of three replicas two are here: of steps 2 and 3 batches 7, 8 and 10, 11."""
    found = read(2, 4, replicas=[1, 2], of=3)
    for batch, number in zip(found, (7, 8, 10, 11), strict=True):
        for name, value in read(number, number + 1)[0].items():
            np.testing.assert_array_equal(batch[name], value)


def test_seeds_differ():
    assert (read(0, 1, seed=1)[0]["images"] != read(0, 1)[0]["images"]).any()


def test_a_crop_that_does_not_fit():
    with pytest.raises(ValueError, match="crop of 21 pixels does not fit in images resized to 20"):
        training_batches(PIXELS, DRAW, 21, 0, 0, 1)


def test_unit_picture_frames_probe_positive_and_negatives():
    images = np.stack([np.full((10, 10, 3), value, np.uint8) for value in (11, 22, 33, 44)])
    picture = unit_picture(images, ranking_rows(np.array([[2, 0, 1, 3], [3, 1, 0, 2]])), count=2, columns=3)
    side = 10 + 2 * FRAME
    assert picture.shape == (2 * side, 3 * side, 3)
    for row, values in enumerate([(33, 11, 22), (44, 22, 11)]):
        for column, (value, role) in enumerate(zip(values, ("probe", "positive", "negative"), strict=True)):
            tile = picture[row * side : (row + 1) * side, column * side : (column + 1) * side]
            assert tuple(tile[0, 0]) == COLOURS[role]
            assert (tile[FRAME:-FRAME, FRAME:-FRAME] == value).all()


def read_features(first, last, seed=0, **options):
    batches = feature_batches(FEATURES, DRAW, seed, first, last, **options)
    return list(batches.as_numpy_iterator())


def test_features_are_those_of_some_view_of_their_rows():
    seen = set()
    for batch in read_features(0, 20):
        views = batch["images"][:, 0].astype(int)
        np.testing.assert_array_equal(
            batch["images"], [FEATURES[v][r] for v, r in zip(views, batch["rows"], strict=True)]
        )
        seen.update(views)
    assert seen == {0, 1, 2}


def test_a_batch_of_features_is_the_same_wherever_the_run_starts():
    for whole, resumed in zip(read_features(0, 6)[4:], read_features(4, 6), strict=True):
        np.testing.assert_array_equal(whole["images"], resumed["images"])
    assert (read_features(0, 1)[0]["images"] != read_features(0, 1, seed=1)[0]["images"]).any()


def test_two_replicas_share_the_batches_of_features():
    single = read_features(0, 4)
    for replica in (0, 1):
        for step, batch in enumerate(read_features(0, 2, replicas=(replica,), of=2)):
            np.testing.assert_array_equal(batch["images"], single[2 * step + replica]["images"])
