"""Features of a backbone that is not trained: computed once for a few views of each photograph, and kept."""

import hashlib
from pathlib import Path

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from fabric_retrieval.atomic import replacing
from fabric_retrieval.data.collection import split_fingerprint
from fabric_retrieval.data.pipeline import training_batches
from fabric_retrieval.data.preprocessing import centre_crop
from fabric_retrieval.data.units import UnitBatch
from fabric_retrieval.errors import UserError
from fabric_retrieval.flags import pooled_settings
from fabric_retrieval.models.pooled import add_weights

BLOCK = 32  # images whose crops and augmentation are drawn together


def load_views(config, material, trunk, augmentation):
    """The features of each training photograph: of its centre, and of `config.views` views.

    They are kept in the folder `fird_features` beside the collections, a file a view, so that what was
    interrupted goes on, and other runs with the same backbone, images, augmentation and --views_seed find
    them.

    Args:
        config: training flags. material: `Material`.
        trunk: Keras model of images [B, S, S, 3] to features [B, F].

    Returns:
        1 + V arrays [N, F] float32, the rows those of `material.images`, memory-mapped.

    Raises:
        UserError: they cannot be written.
    """
    folder = Path(material.builder.data_dir).parents[2] / "fird_features" / _name(config, material, trunk)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for view in range(1 + config.views):
            path = folder / f"{view}.npy"
            if not path.exists():
                _store(_crops(config, material, view, augmentation), material, trunk, view, path)
    except OSError as error:
        raise UserError(
            f"The features of the training photographs cannot be kept in {folder} "
            f"({error.strerror or error}); give another --data_dir."
        ) from error
    return [np.load(folder / f"{view}.npy", mmap_mode="r") for view in range(1 + config.views)]


def with_features(material, features):
    """The material with features [N, F] in the place of the pixels."""
    images = material.images._replace(pixels=features)
    if material.validation is None:
        return material._replace(images=images)
    held = images.subset(np.setdiff1d(np.arange(len(features)), material.rows))
    return material._replace(images=images, validation=material.validation._replace(images=held))


def _name(config, material, trunk):
    """Of the folder: changes with all that the features depend on."""
    weights = hashlib.sha256()
    add_weights(weights, trunk)
    drawn = ["mirror", "augment_view", "augment_light", "augment_wrinkle", "augment_colour", "views_seed"]
    settings = [
        split_fingerprint(material.builder, "train"),
        material.images.pixels.shape,
        pooled_settings(config) | {name: getattr(config, name) for name in drawn},
        weights.hexdigest(),
        trunk.output_shape[1:],
    ]
    digest = hashlib.sha256(repr(settings).encode()).hexdigest()
    return f"{material.builder.info.full_name.replace('/', '-')}-{config.backbone}-{digest[:16]}"


def _crops(config, material, view, augmentation):
    """Blocks [BLOCK, S, S, 3] uint8 in the order of the rows; the last is filled up with the first images."""
    pixels = material.images.pixels
    blocks = -(-len(pixels) // BLOCK)

    def rows(number):
        return (np.arange(BLOCK) + number % blocks * BLOCK) % len(pixels)

    if view == 0:
        return (centre_crop(pixels[rows(number)], config.input_size) for number in range(blocks))

    def draw(number):
        return UnitBatch(rows(number), np.zeros((1, 1), np.int32))

    batches = training_batches(
        pixels,
        draw,
        config.input_size,
        config.views_seed,
        view * blocks,
        (view + 1) * blocks,
        config.mirror,
        augmentation,
    )
    return (batch["images"] for batch in batches.as_numpy_iterator())


def _store(blocks, material, trunk, view, path):
    count = len(material.images.pixels)
    embed = tf.function(lambda pixels: trunk(tf.cast(pixels, tf.float32), training=False))
    with replacing(path) as temporary:
        features = np.lib.format.open_memmap(
            temporary, mode="w+", dtype=np.float32, shape=(count, trunk.output_shape[-1])
        )
        with tqdm(desc=f"features, view {view}", total=count, unit=" images") as progress:
            for start, block in zip(range(0, count, BLOCK), blocks, strict=True):
                part = embed(block).numpy()[: count - start]
                features[start : start + len(part)] = part
                progress.update(len(part))
        features.flush()
