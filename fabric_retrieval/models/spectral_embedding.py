"""The layer behind pooled features and a spectrum: what it makes of the spectrum is learned too."""

import math

import keras
from keras import layers, ops

from fabric_retrieval.models.spectrum import SHAPE

register = keras.saving.register_keras_serializable(package="fabric_retrieval")
SIZE = math.prod(SHAPE)
# (channels, stride): to half, a quarter and an eighth of the radii and angles.
CONVOLUTIONS = ((64, 2), (64, 1), (128, 2), (160, 1), (256, 2), (256, 1))
POOLED = (3, 5)  # behind these the mean and the greatest are taken
SHARE = 0.5  # length of the spectrum's part, of the other's
SMALL = 1e-6


@register
class SpectralEmbedding(layers.Layer):
    """[B, F + SIZE] to [B, D]: a linear layer of F features and, half as long, a network's of a spectrum.

    The spectrum is that of `LogPolarSpectrum`, flat. Convolutions that go round at the ends of the half turn,
    and what is pooled over all places, know neither how a photograph is turned nor how near it is, but how
    far from each other frequencies are: as the width of a stripe counted in threads.

    With `alone`, in training only the spectrum's part is there. Beside a linear layer that has learned
    already a new network learns nothing, and ends with the same vector for all.
    """

    def __init__(self, units, alone=False, **kwargs):
        super().__init__(**kwargs)
        self.units, self.alone = units, alone
        self.linear = layers.Dense(units, name="linear")
        self.convolutions = [
            layers.Conv2D(channels, 3, stride, use_bias=False, name=f"conv{number}")
            for number, (channels, stride) in enumerate(CONVOLUTIONS)
        ]
        self.normalizations = [
            layers.GroupNormalization(8, name=f"norm{number}") for number in range(len(CONVOLUTIONS))
        ]
        self.projection = layers.Dense(units, name="projection")

    def build(self, shape):
        self.linear.build((None, shape[-1] - SIZE))
        maps = (None, *SHAPE)
        for convolution, normalization in zip(self.convolutions, self.normalizations, strict=True):
            bordered = (None, maps[1] + 2, maps[2] + 2, maps[3])
            convolution.build(bordered)
            maps = convolution.compute_output_shape(bordered)
            normalization.build(maps)
        self.projection.build((None, 2 * sum(CONVOLUTIONS[place][0] for place in POOLED)))

    def call(self, features, training=False):
        maps, pooled = ops.reshape(features[:, -SIZE:], (-1, *SHAPE)), []
        layered = zip(self.convolutions, self.normalizations, strict=True)
        for place, (convolution, normalization) in enumerate(layered):
            maps = ops.relu(normalization(convolution(_bordered(maps))))
            if place in POOLED:
                pooled += [ops.mean(maps, axis=(1, 2)), ops.max(maps, axis=(1, 2))]
        found = self.projection(ops.concatenate(pooled, axis=1))
        linear = self.linear(features[:, :-SIZE])
        if training and self.alone:
            return found + 0 * linear  # whose gradients are 0 and not missing
        return linear + SHARE * _length(linear) / _length(found) * found

    def compute_output_shape(self, shape):
        return shape[0], self.units

    def get_config(self):
        return super().get_config() | {"units": self.units, "alone": self.alone}


def _length(vectors):
    return ops.sqrt(ops.sum(ops.square(vectors), axis=1, keepdims=True) + SMALL)


def _bordered(maps):
    """One more all around: angles go on at their other end, beyond the radii is nothing."""
    round_about = ops.concatenate([maps[:, :, -1:], maps, maps[:, :, :1]], axis=2)
    return ops.pad(round_about, ((0, 0), (1, 1), (0, 0), (0, 0)))
