"""A picture's power spectrum by the logarithm of the frequency and by direction."""

import functools
import itertools

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from scipy import sparse

register = keras.saving.register_keras_serializable(package="fabric_retrieval")
RADII, ANGLES = 88, 96  # the other half turn is the same
LEAST, STEP = 3.2, 1.042  # first radius in periods of the picture, and from one to the next
# What share of the picture's side windows have, one over it; how many of them there are along each side; and
# points of a bin along each side, since at high frequencies it is wider than a wave's peak.
WINDOWS = ((1, 1, 3), (2, 3, 2))
LIGHT = np.array([0.299, 0.587, 0.114], np.float32)
SHAPE = (RADII, ANGLES, len(WINDOWS))
EIGHTH = 8  # sides of windows are its multiples, whose spectra are fast
SMALL = 1e-5


@register
class LogPolarSpectrum(layers.Layer):
    """[B, S, S, 3], 0 ... 255, to [B, RADII, ANGLES, 2] float32: a turned or nearer photograph's is shifted.

    By frequency (times `STEP` from one to the next) and direction (half a turn, round and round). Two
    channels of the logarithm of light: the power in the whole picture, which tells near frequencies apart,
    and in windows of half its side, the mean of the logarithms, which has less noise. Each is free of its
    mean, and of what power usually falls by: 1 / f².
    """

    def __init__(self, **kwargs):
        super().__init__(**{"autocast": False, "dtype": "float32"} | kwargs)

    def call(self, images):
        light = ops.log(ops.einsum("bhwc,c->bhw", ops.cast(images, "float32"), LIGHT) + 8)
        side = light.shape[1]
        found = [_spectra(_windows(light, share, places), side, points) for share, places, points in WINDOWS]
        found = ops.stack(found, axis=-1)
        return (found - ops.mean(found, axis=(1, 2), keepdims=True)) / 2

    def compute_output_shape(self, shape):
        return shape[0], *SHAPE


def _windows(light, share, places):
    """[B, S, S] to [places, B, side, side]: of mean 0 and variance 1, fading out at the borders."""
    side = max(light.shape[1] // share // EIGHTH, 1) * EIGHTH
    starts = np.unique(np.linspace(0, light.shape[1] - side, places).astype(int))
    cut = ops.stack([light[:, y : y + side, x : x + side] for y in starts for x in starts])
    fade = np.hanning(side + 2)[1:-1].astype(np.float32)
    fade = np.outer(fade, fade) / np.square(fade.sum())
    cut = cut - ops.einsum("kbhw,hw->kb", cut, fade)[..., None, None]
    variance = ops.einsum("kbhw,hw->kb", ops.square(cut), fade)
    return cut * (fade * side) * ops.rsqrt(variance + SMALL)[..., None, None]


def _spectra(windows, picture, points):
    """[K, B, side, side] to the mean over K of the logarithm of the power, [B, RADII, ANGLES]."""
    count, _, side, _ = windows.shape
    spectra = tf.signal.rfft2d(tf.reshape(windows, (-1, side, side)))
    power = tf.math.real(spectra * tf.math.conj(spectra))
    power = tf.transpose(tf.reshape(power, (-1, side * (side // 2 + 1))))
    bins = _bins(side, picture, points)
    bins = tf.SparseTensor(np.stack([bins.row, bins.col], axis=1), bins.data.astype(np.float32), bins.shape)
    found = ops.log(tf.sparse.sparse_dense_matmul(bins, power) + SMALL)
    logarithms = ops.reshape(found, (RADII, ANGLES, count, -1))
    return ops.transpose(ops.mean(logarithms, axis=2), (2, 0, 1))


@functools.lru_cache
def _bins(side, picture, points):
    """A sparse matrix [RADII * ANGLES, side * (side // 2 + 1)] from half a window's spectrum to the bins.

    Bilinear at `points` by `points` places of each bin, and times the frequency squared.
    """
    offsets, half = (np.arange(points) + 0.5) / points - 0.5, side // 2 + 1
    found = sparse.csr_matrix((RADII * ANGLES, side * half))
    for radial, angular in itertools.product(offsets, offsets):
        radius = LEAST * STEP ** (np.arange(RADII) + radial) * side / picture
        radius = np.minimum(radius, side / 2 - 1.001)[:, None]
        angle = (np.arange(ANGLES) + angular) * np.pi / ANGLES
        x, y = (radius * np.cos(angle)).ravel(), (radius * np.sin(angle)).ravel()
        x, y = np.abs(x), np.where(x < 0, -y, y)  # the other half is the same
        left, top = np.floor(x).astype(int), np.floor(y).astype(int)
        for right, down in itertools.product((0, 1), (0, 1)):
            columns = (top + down) % side * half + np.minimum(left + right, half - 1)
            weights = np.abs(1 - right - (x - left)) * np.abs(1 - down - (y - top))
            entries = weights * (x * x + y * y) / points**2, (np.arange(RADII * ANGLES), columns)
            found = found + sparse.csr_matrix(entries, found.shape)
    return found.tocoo()
