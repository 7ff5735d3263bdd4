"""What a run is made of, from its flags: the collection, the draw of ranking units, the network."""

import functools

import keras

import fird
from fabric_retrieval.data.units import UnitBatch, independent_batch, shared_batch
from fabric_retrieval.models import alexnet


def prepare_collection(config):
    """The prepared TFDS builder that the data flags name."""
    return fird.prepare(
        dataset=config.dataset,
        data_dir=config.data_dir,
        photos_dir=config.photos_dir,
        photos_csv=config.photos_csv,
        bad_photos=config.bad_photos,
        split_seed=config.split_seed,
        workers=config.workers,
    )


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
