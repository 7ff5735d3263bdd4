"""What there is in feature maps or in an image, wherever it lies: layers without weights."""

import keras
import numpy as np
from keras import layers, ops

GEM_POWER = 3.0  # Radenović, Tolias and Chum (2019)
SMALL = 1e-6
BINS = 6  # to a channel: 216 in all
register = keras.saving.register_keras_serializable(package="fabric_retrieval")


@register
class GeneralisedMean(layers.Layer):
    """[B, H, W, C] to [B, C]: the cube root of the mean cube of what is positive."""

    def call(self, maps):
        cubes = ops.power(ops.maximum(maps, SMALL), GEM_POWER)
        return ops.power(ops.mean(cubes, axis=(1, 2)), 1 / GEM_POWER)


@register
class StandardDeviation(layers.Layer):
    """[B, H, W, C] to [B, C]: how much a map varies over the picture."""

    def call(self, maps):
        return ops.sqrt(ops.mean(ops.square(_centred(maps)), axis=(1, 2)) + SMALL)


@register
class Correlations(layers.Layer):
    """[B, H, W, C] to [B, C (C - 1) / 2]: which maps vary together, the upper triangle row by row.

    As the Gram matrices by which Gatys, Ecker and Bethge (2015) describe a texture, but free of the maps'
    means and scales; a map that does not vary has no correlation, 0.
    """

    def call(self, maps):
        channels = maps.shape[-1]
        values = ops.reshape(_centred(maps), (-1, maps.shape[1] * maps.shape[2], channels))
        values = values * ops.rsqrt(ops.sum(ops.square(values), axis=1, keepdims=True) + SMALL)
        products = ops.matmul(ops.transpose(values, (0, 2, 1)), values)
        row, column = np.triu_indices(channels, 1)
        flat = ops.reshape(products, (-1, channels**2))
        return ops.take(flat, row * channels + column, axis=1)


@register
class Colours(layers.Layer):
    """[B, H, W, 3], 0 ... 255, to [B, 216]: roots of the shares of 6x6x6 colours, red the slowest index."""

    def call(self, images):
        levels = ops.clip(ops.floor(images * (BINS / 256)), 0, BINS - 1)
        colours = ops.cast(ops.sum(levels * np.array([BINS**2, BINS, 1], np.float32), axis=-1), "int32")
        pixels = images.shape[1] * images.shape[2]
        counts = ops.bincount(ops.reshape(colours, (-1, pixels)), minlength=BINS**3)
        return ops.sqrt(ops.reshape(ops.cast(counts, "float32"), (-1, BINS**3)) / pixels)

    def compute_output_shape(self, shape):
        return shape[0], BINS**3


def _centred(maps):
    return maps - ops.mean(maps, axis=(1, 2), keepdims=True)
