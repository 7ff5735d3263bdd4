"""A picture's power spectrum by the logarithm of the frequency and by direction."""

import functools

import keras
import numpy as np
from keras import layers, ops

register = keras.saving.register_keras_serializable(package="fabric_retrieval")
RADII, ANGLES = 40, 48  # the other half turn is the same
LEAST, STEP = 3.0, 1.08  # first radius in periods of a window, and from one to the next
PLACES = 3  # of smaller windows along each side
# Light, and what red has over green and yellow over blue; logarithms are taken before.
OPPONENTS = np.array([[0.299, 0.587, 0.114], [1, -1, 0], [0.5, 0.5, -1]], np.float32)
SHAPE = (RADII, ANGLES, 4)
SMALL = 1e-5


@register
class LogPolarSpectrum(layers.Layer):
    """[B, S, S, 3], 0 ... 255, to [B, RADII, ANGLES, 4] float32: a turned or nearer photograph's is shifted.

    By radius (times `STEP` from one to the next) and angle (half a turn, round and round). Channels: light in
    windows of half the picture, the mean of the logarithms; light, red against green and yellow against blue
    in the whole picture. Each is free of its mean, and of what power usually falls by: 1 / f².
    """

    def __init__(self, **kwargs):
        super().__init__(**{"autocast": False, "dtype": "float32"} | kwargs)

    def call(self, images):
        images = ops.cast(images, "float32")
        opponents = ops.einsum("bhwc,oc->obhw", ops.log(images + 8), OPPONENTS)
        side = images.shape[1]
        halves = _spectra(_windows(opponents[:1], side // 2))
        wholes = _spectra(_windows(opponents, side))
        found = ops.concatenate([ops.mean(halves, axis=2), wholes[:, :, 0]])
        found = found - ops.mean(found, axis=(2, 3), keepdims=True)
        return ops.transpose(found, (1, 2, 3, 0)) / 2

    def compute_output_shape(self, shape):
        return shape[0], *SHAPE


def _windows(channels, side):
    """[C, B, S, S] to [C, B, places, side, side]: of mean 0 and variance 1, fading out at the borders."""
    starts = np.unique(np.linspace(0, channels.shape[2] - side, PLACES).astype(int))
    cut = [channels[..., y : y + side, x : x + side] for y in starts for x in starts]
    cut = ops.stack(cut, axis=2)
    fade = np.hanning(side + 2)[1:-1].astype(np.float32)
    fade = np.outer(fade, fade) / np.square(fade.sum())
    cut = cut - ops.einsum("cbkhw,hw->cbk", cut, fade)[..., None, None]
    variance = ops.einsum("cbkhw,hw->cbk", ops.square(cut), fade)
    return cut * (fade * side) * ops.rsqrt(variance + SMALL)[..., None, None]


def _spectra(windows):
    """[C, B, K, side, side] to the logarithm of the power [C, B, K, RADII, ANGLES]."""
    *lead, side, _ = windows.shape
    windows = ops.reshape(windows, (-1, side, side))
    real, imaginary = ops.fft2((windows, ops.zeros_like(windows)))
    power = ops.reshape(ops.square(real) + ops.square(imaginary), (-1, side * side))
    places, weights = _grid(side)
    sampled = sum(ops.take(power, p, axis=1) * w for p, w in zip(places, weights, strict=True))
    return ops.reshape(ops.log(sampled + SMALL), (lead[0], -1, lead[2], RADII, ANGLES))


@functools.lru_cache
def _grid(side):
    """Places in a flat spectrum, [4, RADII * ANGLES], and weights: bilinear, times the frequency squared."""
    radius = np.minimum(LEAST * STEP ** np.arange(RADII), side / 2 - 1)[:, None]
    angle = np.arange(ANGLES) * np.pi / ANGLES
    x, y = (radius * np.cos(angle)).ravel(), (radius * np.sin(angle)).ravel()
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    places, weights = [], []
    for right in (0, 1):
        for down in (0, 1):
            places.append((top + down) % side * side + (left + right) % side)
            weights.append(np.abs(1 - right - (x - left)) * np.abs(1 - down - (y - top)) * (x * x + y * y))
    return np.array(places), np.array(weights, np.float32)
