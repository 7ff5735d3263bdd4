"""Which prepared collection an evaluation measures on."""

from pathlib import Path

import tensorflow_datasets as tfds

import fird
from fabric_retrieval.data.collection import split_fingerprint


def collection_of(metadata, data):
    """The builder of the collection that a model was trained on.

    It is opened as it was prepared, so that the split is that of the training even if the folder of
    photographs has changed or is gone since; prepared anew only where it has been removed.

    Args:
        metadata: of the model.
        data: dict of `fird.prepare`'s arguments, as the model was trained with.

    Raises:
        UserError, OSError: as `fird.prepare`.
    """
    # Any configuration knows where TFDS keeps collections.
    root = fird.Builder(config="rendered_tiny", data_dir=data.get("data_dir")).data_dir_root
    folder = Path(root) / metadata["dataset"]
    if (folder / "dataset_info.json").is_file():
        return tfds.builder_from_directory(folder)
    return fird.prepare(**data)


def other_images(metadata, builder):
    """[] if `builder` holds the images that a run was trained on, or it had none, else [a note of that]."""
    if metadata.get("step") == 0:
        return []
    here = split_fingerprint(builder, "train") if "train" in builder.info.splits else None
    if here == metadata.get("dataset_fingerprint", here):
        return []
    return [
        f"Measured on other images ({builder.info.full_name}) than the model was trained on "
        f"({metadata['dataset']}); if they show fabrics it was trained on, the figures are too good."
    ]
