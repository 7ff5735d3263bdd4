"""The lie of the cloth: a height field that bends the texture and turns the surface to and from the light."""

from dataclasses import dataclass

import cv2
import numpy as np

from fabric_retrieval.rendering.noise import smooth_noise

COARSE = 96  # wrinkles are smooth: drawn small and enlarged


@dataclass(frozen=True)
class Surface:
    """A height field over the picture, in units of the picture's width; y downwards.

    Attributes:
      height: [S, S] float32.
      slope: [S, S, 2] float32, (x, y) derivatives.
      stretch: [S, S, 2] float32, cloth used up beyond its projection: to be added to texture coordinates.
      hollow: [COARSE, COARSE] float32 in [0, 1], the share of light that folds keep from a place.
    """

    height: np.ndarray
    slope: np.ndarray
    stretch: np.ndarray
    hollow: np.ndarray


def draw_surface(rng, wrinkle, size):
    """Soft waves, creases and crumpling of strength `wrinkle` in [0, 1] → `Surface` of [size, size]."""
    height = 0.07 * smooth_noise(rng, COARSE, rng.uniform(1.2, 2.5))
    height += rng.uniform(0.4, 1.1) * _creases(rng, int(rng.integers(2, 7)))
    height += rng.uniform(0, 1.2) ** 2 * _crumple(rng)
    height *= wrinkle
    soft = cv2.GaussianBlur(height, (0, 0), 5)
    hollow = np.clip(9 * (soft - height), 0, 0.5)

    step = 1 / COARSE
    slope_y, slope_x = np.gradient(height, step)
    stretch = np.dstack([_used_up(slope_x, 1), _used_up(slope_y, 0)])
    enlarged = [
        cv2.resize(field.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
        for field in (height, np.dstack([slope_x, slope_y]), stretch)
    ]
    return Surface(*enlarged, hollow)


def _used_up(slope, axis):
    """Arc length less projected length, from the middle of the picture."""
    extra = np.cumsum(np.sqrt(1 + slope**2) - 1, axis=axis) / COARSE
    return extra - np.take(extra, [COARSE // 2], axis=axis)


def _creases(rng, count):
    """Ridges along bent lines, rounded at the top, that fade along their length."""
    y, x = np.mgrid[0:COARSE, 0:COARSE].astype(np.float32) / COARSE - 0.5
    height = np.zeros((COARSE, COARSE), np.float32)
    for _ in range(count):
        angle, offset = rng.uniform(0, np.pi), rng.uniform(-0.45, 0.45)
        bend = 0.08 * smooth_noise(rng, COARSE, 2)
        away = x * np.cos(angle) + y * np.sin(angle) - offset + bend
        width = rng.uniform(0.03, 0.12)
        fade = np.clip(0.6 + 0.6 * smooth_noise(rng, COARSE, 1.5), 0, 1)
        height += rng.choice([-1, 1]) * width * 0.75 * fade / (1 + (away / width) ** 2)
    return height


def _crumple(rng):
    """Creased paper-like facets: ridges of noise at two sizes."""
    height = np.zeros((COARSE, COARSE), np.float32)
    for cells, strength in ((rng.uniform(2, 3.5), 0.07), (rng.uniform(4.5, 7), 0.03)):
        height -= strength * np.sqrt(smooth_noise(rng, COARSE, cells) ** 2 + 0.015)
    return height
