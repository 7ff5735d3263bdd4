"""The layer behind pooled features and a spectrum: what it makes of the spectrum is learned too."""

import math

import keras
from keras import layers, ops

from fabric_retrieval.models.spectrum import ANGLES, RADII, SHAPE

register = keras.saving.register_keras_serializable(package="fabric_retrieval")
SIZE = math.prod(SHAPE)
# Channels and residual blocks at a half, a quarter, an eighth and a sixteenth of the radii and angles.
STAGES = ((32, 0), (64, 1), (128, 2), (256, 1))
POOLED = (2, 3)  # behind these the mean and the greatest are taken
SHIFT = 8  # of the radii, in training: 1.4 times nearer or farther
SHARE = 0.7  # length of the spectrum's part, of the other's
SMALL = 1e-6


@register
class SpectralEmbedding(layers.Layer):
    """[B, F + SIZE] to [B, D]: a linear layer of F features and, `SHARE` as long, a network's of a spectrum.

    The spectrum is that of `LogPolarSpectrum`, flat. Convolutions that go round at the ends of the half turn,
    residual (He et al. 2016), and what is pooled over all places, know neither how a photograph is turned nor
    how near it is, but how far from each other frequencies are: as the width of a stripe counted in threads.
    In training all of a batch are turned and mirrored, and brought nearer or farther, by the same at random.

    With `alone`, in training only the spectrum's part is there. Beside a linear layer that has learned
    already a new network learns nothing, and ends with the same vector for all.
    """

    def __init__(self, units, alone=False, **kwargs):
        super().__init__(**kwargs)
        self.units, self.alone = units, alone
        self.linear = layers.Dense(units, name="linear")
        self.stages, self.pooled = [], []
        for stage, (channels, blocks) in enumerate(STAGES):
            self.stages.append(_Convolution(channels, 2, name=f"stage{stage}"))
            names = [f"stage{stage}_block{block}" for block in range(blocks)]
            self.stages += [_Residual(channels, name=name) for name in names]
            if stage in POOLED:
                self.pooled.append(self.stages[-1])
        self.projection = layers.Dense(units, name="projection")
        # The last, so that its seeds are behind the weights in checkpoints.
        self.photographed_anew = _PhotographedAnew(name="photographed_anew")

    def build(self, shape):
        self.linear.build((None, shape[-1] - SIZE))
        maps = (None, *SHAPE)
        for stage in self.stages:
            stage.build(maps)
            maps = stage.compute_output_shape(maps)
        self.projection.build((None, 2 * sum(STAGES[stage][0] for stage in POOLED)))

    def call(self, features, training=False):
        maps, pooled = ops.reshape(features[:, -SIZE:], (-1, *SHAPE)), []
        if training:
            maps = self.photographed_anew(maps)
        for stage in self.stages:
            maps = stage(maps)
            if stage in self.pooled:
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


class _PhotographedAnew(layers.Layer):
    """Spectra [B, R, A, C] turned, mirrored, nearer or farther; what lies beyond is as the last radius."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seeds = keras.random.SeedGenerator()

    def call(self, maps):
        turn = keras.random.randint((), 0, ANGLES, seed=self.seeds)
        mirrored = keras.random.uniform((), seed=self.seeds) < 0.5
        nearer = keras.random.randint((), -SHIFT, SHIFT + 1, seed=self.seeds)
        maps = ops.roll(ops.where(mirrored, ops.flip(maps, axis=2), maps), turn, axis=2)
        return ops.take(maps, ops.clip(ops.arange(RADII) + nearer, 0, RADII - 1), axis=1)


class _Convolution(layers.Layer):
    """[B, R, A, C] to [B, R / stride, A / stride, channels]: normalised, and without what is negative."""

    def __init__(self, channels, stride=1, rectified=True, **kwargs):
        super().__init__(**kwargs)
        self.convolution = layers.Conv2D(channels, 3, stride, use_bias=False, name="convolution")
        self.normalization = layers.GroupNormalization(8, name="normalization")
        self.rectified = rectified

    def build(self, shape):
        bordered = (None, shape[1] + 2, shape[2] + 2, shape[3])
        self.convolution.build(bordered)
        self.normalization.build(self.convolution.compute_output_shape(bordered))

    def call(self, maps):
        maps = self.normalization(self.convolution(_bordered(maps)))
        return ops.relu(maps) if self.rectified else maps

    def compute_output_shape(self, shape):
        return self.convolution.compute_output_shape((shape[0], shape[1] + 2, shape[2] + 2, shape[3]))


class _Residual(layers.Layer):
    def __init__(self, channels, **kwargs):
        super().__init__(**kwargs)
        self.first = _Convolution(channels, name="first")
        self.second = _Convolution(channels, rectified=False, name="second")

    def build(self, shape):
        self.first.build(shape)
        self.second.build(shape)

    def call(self, maps):
        return ops.relu(maps + self.second(self.first(maps)))

    def compute_output_shape(self, shape):
        return shape


def _length(vectors):
    return ops.sqrt(ops.sum(ops.square(vectors), axis=1, keepdims=True) + SMALL)


def _bordered(maps):
    """One more all around: angles go on at their other end, beyond the radii is nothing."""
    round_about = ops.concatenate([maps[:, :, -1:], maps, maps[:, :, :1]], axis=2)
    return ops.pad(round_about, ((0, 0), (1, 1), (0, 0), (0, 0)))
