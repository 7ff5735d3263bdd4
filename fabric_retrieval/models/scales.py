"""A network at several scales of its images."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from fabric_retrieval.errors import UserError
from fabric_retrieval.models.efficientnet_lite import SMALLEST_INPUT


def at_scales(network, scales):
    """The mean of a network's output over its images at several scales, [B, F], a tensor of Keras.

    Args:
        network: Keras model of images [B, S, S, 3] to vectors [B, F].
        scales: shares of the images' own size, above 1 enlarged; all share the network's weights.

    Raises:
        UserError: two scales of one size, one of which too few pixels are left, or a network that works at
            its own size only.
    """
    whole = network.input.shape[1]
    sides = [round(whole * scale) for scale in scales]
    if len(set(sides)) < len(sides):
        raise UserError(f"--scales: of {whole} pixels two are the same size: {', '.join(map(str, sides))}.")
    outputs = [network.output if side == whole else _at(network, side) for side in sides]
    return layers.Average(name="mean_of_scales")(outputs) if len(outputs) > 1 else outputs[0]


def layers_of(network):
    """A network's layers, each once: networks at another scale have the same, or are all that has them."""
    found = {}
    for layer in network.layers:
        at_another_scale = getattr(layer, "at_another_scale", False)
        found |= {id(each): each for each in (layer.layers if at_another_scale else [layer])}
    return [*found.values()]


def _at(network, side):
    whole = network.input.shape[1]
    if side < SMALLEST_INPUT:
        raise UserError(f"--scales: {side} of {whole} pixels are too few, {SMALLEST_INPUT} are needed.")
    try:
        scaled = keras.models.clone_model(
            network,
            input_tensors=keras.Input((side, side, 3), name=f"images_{side}"),
            clone_function=lambda layer: layer,  # the same weights
        )
        scaled.name, scaled.at_another_scale = f"at_{side}", True
        return scaled(Resized(side, name=f"resized_{side}")(network.input))
    except ValueError as error:
        raise UserError(
            f"--scales: the backbone is made for {whole} pixels and does not work with {side}: {error}"
        ) from error


@keras.saving.register_keras_serializable(package="fabric_retrieval")
class Resized(layers.Layer):
    """[B, S, S, C] to [B, side, side, C] float32, smoothed as `tf.image.resize` does with `antialias`.

    As products with two matrices, which every device and compiler knows.
    """

    def __init__(self, side, **kwargs):
        super().__init__(**kwargs)
        self.side = side

    def build(self, shape):
        rows = np.eye(shape[1], dtype=np.float32)[..., None]
        self._weights = tf.image.resize(rows, (self.side, shape[1]), antialias=True).numpy()[..., 0]

    def call(self, images):
        images = ops.cast(images, "float32")  # of mixed precision's bfloat16 the sums would be off
        return ops.einsum("ih,jw,bhwc->bijc", self._weights, self._weights, images)

    def compute_output_shape(self, shape):
        return (shape[0], self.side, self.side, shape[3])

    def get_config(self):
        return super().get_config() | {"side": self.side}
