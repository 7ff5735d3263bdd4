"""Noise of a sensor."""

import functools

import cv2
import numpy as np

_SIDE = 640


def noise_field(light, strength, rng):
    """Shot and read noise [H, W, 3] float32 at `light` [H, W, 3], H and W at most 512.

    A share lies in blotches, as noise reduction leaves them.
    """
    table, (height, width) = _table(), light.shape[:2]
    top, left = rng.integers(_SIDE - np.array([height, width]), endpoint=True)
    noise = light * np.float32(0.18 * strength**2)
    noise += np.float32(0.004 * strength**2)
    np.maximum(noise, 0, out=noise)
    np.sqrt(noise, out=noise)
    noise *= table[top : top + height, left : left + width]
    return noise


@functools.cache
def _table():
    """Normal noise from which every photograph cuts its own: drawing it anew takes longer than the rest."""
    rng = np.random.default_rng(0)
    coarse = rng.standard_normal((_SIDE // 3, _SIDE // 3, 3), np.float32)
    fine = rng.standard_normal((_SIDE, _SIDE, 3), np.float32)
    return fine + np.float32(0.7) * cv2.resize(coarse, (_SIDE, _SIDE))
