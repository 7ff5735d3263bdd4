"""A network at several scales of its images."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from fabric_retrieval.errors import UserError

SMALLEST_SIDE = 32  # pixels


def at_scales(network, scales):
    """The mean of a network's output over its images at several scales, [B, F], a tensor of Keras.

    Args:
        network: Keras model of images [B, S, S, 3] to vectors [B, F], which works at other sizes too.
        scales: 1, and others below it; all share the network's weights.

    Raises:
        UserError: a scale of which too few pixels are left.
    """
    outputs = [network.output, *(_at(network, scale) for scale in scales[1:])]
    return layers.Average(name="mean_of_scales")(outputs) if len(outputs) > 1 else outputs[0]


def layers_of(network):
    """A network's layers, without the networks that are these same layers at another scale."""
    return [layer for layer in network.layers if not isinstance(layer, keras.Model)]


def _at(network, scale):
    side = round(network.input.shape[1] * scale)
    if side < SMALLEST_SIDE:
        raise UserError(f"--scales: {scale:g} of {network.input.shape[1]} pixels are too few: {side}.")
    smaller = keras.models.clone_model(
        network,
        input_tensors=keras.Input((side, side, 3), name=f"images_{side}"),
        clone_function=lambda layer: layer,  # the same weights
    )
    smaller.name = f"at_{side}"
    return smaller(Resized(side, name=f"resized_{side}")(network.input))


@keras.saving.register_keras_serializable(package="fabric_retrieval")
class Resized(layers.Layer):
    """[B, S, S, C] to [B, side, side, C], smoothed as `tf.image.resize` does with `antialias`.

    As products with two matrices, which every device and compiler knows.
    """

    def __init__(self, side, **kwargs):
        super().__init__(**kwargs)
        self.side = side

    def build(self, shape):
        rows = np.eye(shape[1], dtype=np.float32)[..., None]
        self._weights = tf.image.resize(rows, (self.side, shape[1]), antialias=True).numpy()[..., 0]

    def call(self, images):
        weights = ops.convert_to_tensor(self._weights, images.dtype)
        return ops.einsum("ih,jw,bhwc->bijc", weights, weights, images)

    def compute_output_shape(self, shape):
        return (shape[0], self.side, self.side, shape[3])

    def get_config(self):
        return super().get_config() | {"side": self.side}
