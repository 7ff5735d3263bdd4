"""What a run is made of, from its flags: the images, the draw of ranking units, the network."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow_datasets as tfds

import fird
from fabric_retrieval.data.augmentation import Augmentation
from fabric_retrieval.data.collection import Collection, load_collection, split_fingerprint
from fabric_retrieval.data.units import FabricIndex, UnitBatch, independent_batch, shared_batch
from fabric_retrieval.errors import UserError
from fabric_retrieval.export import read_metadata, resized_side
from fabric_retrieval.models import alexnet
from fabric_retrieval.training.validation import Validation, hold_out


class Material(NamedTuple):
    """`images`: the train split; `draw`: batch number to `UnitBatch`; `validation`: held-out ones or None."""

    builder: tfds.core.DatasetBuilder
    images: Collection
    draw: Callable
    validation: Validation | None


def load_material(config):
    """Prepares the collection that the data flags name, decodes it and sets fabrics aside."""
    builder = fird.prepare(
        dataset=config.dataset,
        data_dir=config.data_dir,
        photos_dir=config.photos_dir,
        photos_csv=config.photos_csv,
        bad_photos=config.bad_photos,
        split_seed=config.split_seed,
        workers=config.workers,
    )
    images = load_collection(builder, "train", resized_side(config), config.grey)
    rows, validation = hold_out(images, config.holdout, config.seed)
    return Material(builder, images, make_draw(config, FabricIndex(images.fabrics[rows]), rows), validation)


def refuse_other_images(folder, builder):
    """Raises `UserError` if the run in `folder` began with other images than the builder's."""
    began_with = read_metadata(folder / "untrained").get("dataset_fingerprint")
    if began_with not in (None, split_fingerprint(builder, "train")):
        raise UserError(
            f"The images have changed since the run in {folder} began, so it cannot be continued. "
            "Give another --run_dir to train on what is there now."
        )


def make_augmentation(config):
    """What is done to training images before they are cropped."""
    return Augmentation(config.augment_wrinkle, config.augment_light, config.augment_view, config.grey)


def build_model(config):
    """The network up to the layer that carries the loss; its initial state follows from the seed alone."""
    keras.utils.set_random_seed(config.seed)
    return alexnet(
        input_size=config.input_size,
        width=config.width,
        groups=config.groups,
        dropout=config.dropout,
        feature_layer="embedding" if config.embedding_dim else config.loss_layer,
        embedding_dim=config.embedding_dim or None,
        fc7_gain=config.fc7_gain,
    )


def make_draw(config, index, rows):
    """A function of a batch number to a `UnitBatch` whose rows are images of the whole collection.

    Args:
        index: `FabricIndex` of the images that are trained on.
        rows: [n] integers, where those images stand in the collection.
    """
    if config.units == "shared":
        batch = functools.partial(
            shared_batch,
            fabrics=config.fabrics_per_batch,
            images=config.images_per_fabric,
            units=config.units_per_batch,
        )
    else:
        batch = functools.partial(independent_batch, units=config.units_per_batch or 4)

    def draw(number):
        drawn = batch(index, config.seed, number, ratio=config.ratio)
        return UnitBatch(rows[drawn.rows], drawn.units)

    return draw
