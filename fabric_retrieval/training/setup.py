"""What a run is made of, from its flags: the images, the draw of batches, the network."""

from typing import NamedTuple

import numpy as np
import tensorflow_datasets as tfds

import fird
from fabric_retrieval.data.augmentation import Augmentation
from fabric_retrieval.data.collection import Collection, load_collection, split_fingerprint
from fabric_retrieval.data.units import FabricIndex, UnitBatch
from fabric_retrieval.errors import UserError
from fabric_retrieval.export import read_metadata, resized_side
from fabric_retrieval.methods import METHODS, refreshed_in
from fabric_retrieval.training.validation import Validation, hold_out


class Material(NamedTuple):
    """`images`: the train split; `rows`: [n], those trained on, `index`: of these; `validation`: held out.

    With --match=pattern the `fabrics` of images are their patterns, where the collection knows colourways.
    """

    builder: tfds.core.DatasetBuilder
    images: Collection
    rows: np.ndarray
    index: FabricIndex
    validation: Validation | None

    @property
    def labels(self):
        """[N] int32, the class of each of `images` among the fabrics trained on; -1 for held-out ones."""
        labels = np.full(len(self.images.fabrics), -1, np.int32)
        labels[self.rows] = self.index.fabric_of
        return labels


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
    images = load_collection(builder, "train", resized_side(config), config.grey, match=config.match)
    rows, validation = hold_out(images, config.holdout, config.seed)
    return Material(builder, images, rows, FabricIndex(images.fabrics[rows]), validation)


def refuse_other_images(folder, builder):
    """Raises `UserError` if the run in `folder` began with other images than the builder's."""
    began_with = read_metadata(folder / "untrained").get("dataset_fingerprint")
    if began_with not in (None, split_fingerprint(builder, "train")):
        raise UserError(
            f"The images have changed since the run in {folder} began, so it cannot be continued. "
            "Give another --run_dir to train on what is there now."
        )


def refuse_other_weights(folder, initial_weights):
    """Raises `UserError` if the run in `folder` began from other weights than `load_weights` tells of."""
    metadata = read_metadata(folder / "untrained")
    if metadata and metadata.get("initial_weights") != initial_weights:
        raise UserError(
            f"The run in {folder} began from other initial weights than --weights holds now, so it cannot be "
            "continued. Give the weights it began from, or another --run_dir."
        )


def refuse_other_replicas(folder, config, replicas):
    """Raises `UserError` if each replica draws batches and the run in `folder` began on more or fewer."""
    began_on = read_metadata(folder / "untrained").get("replicas")
    if config.negatives == "replica" and began_on not in (None, replicas):
        raise UserError(
            f"The run in {folder} began on {began_on} devices, and here are {replicas}. Each draws batches "
            "of its own, so the run would become another. Give it as many devices, or another --run_dir; "
            "with --negatives=global the number does not matter."
        )


def refuse_memory_of_each(config, replicas):
    """Raises `UserError` if several replicas that draw batches of their own were to remember them."""
    if config.memory and replicas > 1 and config.negatives == "replica":
        raise UserError(
            f"--memory on {replicas} devices needs --negatives=global: each would remember its own batches, "
            "and a checkpoint could keep those of one only."
        )


def make_augmentation(config):
    """What is done to training images before they are cropped."""
    return Augmentation(
        config.augment_wrinkle, config.augment_light, config.augment_view, config.grey, config.augment_colour
    )


def make_draw(config, material, refreshed=None):
    """A function of a batch number to a `UnitBatch` whose rows are images of the whole collection.

    Args:
        refreshed: `Clusters` or `Neighbours` of the images trained on, where the flags need them.
    """
    sample = METHODS[config.method].sampler(config)
    arguments = (material.index, refreshed) if refreshed_in(config) else (material.index,)

    def draw(number):
        drawn = sample(*arguments, config.seed, number)
        return UnitBatch(material.rows[drawn.rows], drawn.units)

    return draw
