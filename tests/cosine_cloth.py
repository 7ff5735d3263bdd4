"""Cloth whose look is an equation: for tests that compare pixels with numbers."""

import numpy as np

from fabric_retrieval.rendering.conditions import Conditions
from fabric_retrieval.rendering.fabric import Fabric, Level
from fabric_retrieval.rendering.palette import to_linear
from fabric_retrieval.rendering.photograph import take
from fabric_retrieval.rendering.specification import Specification
from fabric_retrieval.rendering.yarn import Yarn

PLAIN = Conditions(
    rotation_degrees=0, scale=5, tilt_degrees=0, tilt_azimuth_degrees=0, wrinkle=0, light_azimuth_degrees=0,
    light_elevation_degrees=80, light_ambient=0.6, light_temperature_kelvin=6500, light_gradient=0, shadow=0,
    exposure_stops=0, white_balance=1, blur=0.3, noise=0, jpeg_quality=95, sharpening=0,
)  # fmt: skip
SMOOTH = Yarn(cover=1.1, relief=0.12, twist=0, turns=1, unevenness=0.01, waver=0, melange=0.01, sheen=0)
TEXELS, EXTENT = 512, 51.2  # ten texels a millimetre


def cosine(waves, mean=0.3, contrast=0.6, opacity=None, sheen=0.0):
    """Fabric with `waves` upright cosine stripes a tile.

    Its pyramid is the equation's: each level is the one before it through OpenCV's binomial filter, whose
    transfer is cos⁴(π f) at f cycles a texel; what a level cannot hold is not in it.
    """
    levels, amplitude = [], mean * contrast
    for level in range(4):
        size = TEXELS >> level
        frequency = waves / size
        held = amplitude if frequency < 0.5 else 0
        at = (np.arange(size, dtype=np.float32) + 0.5) / size
        stripes = np.broadcast_to(mean + held * np.cos(2 * np.pi * waves * at), (size, size))
        albedo = np.repeat(stripes[..., None], 3, -1).astype(np.float32)
        see = None if opacity is None else np.full((size, size), opacity, np.float32)
        if see is not None:
            albedo *= see[..., None]
        levels.append(Level(albedo, np.zeros((size, size, 2), np.float32), see))
        amplitude *= np.cos(np.pi * frequency) ** 4
    yarn = Yarn(**{**vars(SMOOTH), "sheen": sheen})
    colours = np.full((5, 3), mean, np.float32)
    cloth = Specification("stripe", "plain", (1, 1), colours, (0,), (0,), yarn)
    return Fabric(cloth, (EXTENT, EXTENT), levels)


def pixels(fabric, conditions, seed=1):
    """Linear light [256, 256, 3]."""
    return to_linear(take(fabric, conditions, np.random.default_rng(seed)) / 255)


def spectrum(grey):
    """Amplitudes [256, 256] of the waves of a picture, the mean in the middle."""
    window = np.hanning(256)[:, None] * np.hanning(256)
    return np.abs(np.fft.fftshift(np.fft.fft2((grey - grey.mean()) * window)))
