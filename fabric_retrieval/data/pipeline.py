"""tf.data input of the training step: unit numbers in, cropped images and unit tensors out."""

import cv2
import numpy as np
import tensorflow as tf

from fabric_retrieval.data.augmentation import OFF, augmented
from fabric_retrieval.data.units import AUGMENTATION, CROPS, VIEWS, generator
from fabric_retrieval.errors import UserError


def training_batches(
    pixels, draw, crop, seed, first, last, mirror=True, augmentation=OFF, replicas=(0,), of=1
):
    """The batches of steps `first` to `last` - 1 of a run, each a pure function of its number and the seed.

    Args:
        pixels: [N, S, S, 3] uint8, images of the collection.
        draw: function of a batch number to a `UnitBatch`; every batch must have the same shape.
        crop: side in pixels of the random crop (section 5.2).
        mirror: mirror half of the images horizontally.
        augmentation: `Augmentation` of the whole images, before they are cropped.
        replicas: whose batches, among `of` that have one each: replica r has batch step * of + r.

    Returns:
        A dataset of {"images": [M, crop, crop, 3] uint8, "units": int32 as `draw` gives them (their meaning
        is the method's), "rows": [M] int64}.
    """
    side = pixels.shape[1]
    if crop > side:
        raise UserError(f"A crop of {crop} pixels does not fit in images resized to {side}.")

    def images_of(rows, number):
        images = pixels
        if augmentation.on:
            images = augmented(pixels[rows], augmentation, generator(seed, AUGMENTATION, number))
            rows = np.arange(len(rows))
        return cropped(images, rows, crop, generator(seed, CROPS, number), mirror)

    return _batches(images_of, draw, first, last, replicas, of)


def feature_batches(views, draw, seed, first, last, replicas=(0,), of=1):
    """As `training_batches`, of features that are computed already: of each image one of its views.

    Args:
        views: V arrays [N, F] float32, features of V views of each image of the collection.

    Returns:
        A dataset of {"images": [M, F] float32, "units", "rows"}.
    """

    def features_of(rows, number):
        chosen = generator(seed, VIEWS, number).integers(len(views), size=len(rows))
        features = np.empty((len(rows), views[0].shape[1]), np.float32)
        for view, rows_of in enumerate(views):
            features[chosen == view] = rows_of[rows[chosen == view]]
        return features

    return _batches(features_of, draw, first, last, replicas, of)


def _batches(images_of, draw, first, last, replicas, of):
    """`images_of` is a function of rows [M] and a batch number to what goes into the network, [M, ...]."""

    def load(number):
        batch = draw(int(number))
        return images_of(batch.rows, int(number)), batch.units, batch.rows

    def numbers_of(step):
        return tf.data.Dataset.from_tensor_slices(step * of + tf.constant(replicas, tf.int64))

    sample = load(first)

    def to_tensors(number):
        tensors = tf.numpy_function(load, [number], [part.dtype for part in sample], stateful=False)
        shaped = (tf.ensure_shape(tensor, part.shape) for tensor, part in zip(tensors, sample, strict=True))
        return dict(zip(("images", "units", "rows"), shaped, strict=True))

    numbers = tf.data.Dataset.range(first, last).flat_map(numbers_of)
    return numbers.map(to_tensors, num_parallel_calls=2, deterministic=True).prefetch(2)


def cropped(pixels, rows, crop, rng, mirror):
    """Randomly cropped and mirrored images [len(rows), crop, crop, 3] uint8."""
    tops, lefts = rng.integers(pixels.shape[1] - crop + 1, size=(2, len(rows)))
    mirrored = rng.random(len(rows)) < 0.5 if mirror else np.zeros(len(rows), bool)
    images = np.empty((len(rows), crop, crop, 3), np.uint8)
    for image, row, top, left, flip in zip(images, rows, tops, lefts, mirrored, strict=True):
        patch = pixels[row, top : top + crop, left : left + crop]
        if flip:
            cv2.flip(patch, 1, dst=image)  # NumPy mirrors pixels of three bytes ten times slower
        else:
            image[:] = patch
    return images
