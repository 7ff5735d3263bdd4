"""The lie of the cloth: a height field that bends the texture and turns the surface to and from the light."""

from dataclasses import dataclass

import cv2
import numpy as np

from fabric_retrieval.rendering.field import smooth_field

COARSE = 96  # wrinkles are smooth: drawn small and enlarged


@dataclass(frozen=True)
class Surface:
    """A height field over the picture, in units of the picture's width; y downwards.

    Attributes:
      height: [S, S] float32.
      slope: [S, S, 2] float32, (x, y) derivatives.
      stretch: [S, S, 2] float32, cloth used up beyond its projection: to be added to texture coordinates.
      hollow: float32 in [0, 1], the share of light that folds keep from a place; [COARSE, COARSE], or [S, S]
        where S is no more than COARSE + 2.
    """

    height: np.ndarray
    slope: np.ndarray
    stretch: np.ndarray
    hollow: np.ndarray


def draw_surface(rng, wrinkle, size, drape=0.5, crumple=0.5, width=1.0):
    """Broad waves and creases and facets → `Surface` of [size, size].

    Args:
      wrinkle: strength of everything in [0, 1].
      drape, crumple: strengths in [0, 1] of the broad waves, and of creases and facets.
      width: picture widths that the surface covers.
    """
    drawn = size if size <= COARSE + 2 else COARSE
    step = width / drawn
    waves, creases, facets = rng.spawn(3)
    height = np.float32(drape) * _waves(waves, drawn)
    height += np.float32(crumple * rng.uniform(0.8, 1.6)) * _creases(creases, drawn)
    height += np.float32(crumple * rng.uniform(0.4, 2.0)) * _facets(facets, drawn)
    height *= np.float32(wrinkle)
    soft = cv2.GaussianBlur(height, (0, 0), 0.05 * drawn)
    hollow = np.clip(9 * (soft - height), 0, 0.5)

    slope_y, slope_x = (np.gradient(height, axis=axis) / np.float32(step) for axis in (0, 1))
    stretch = np.dstack([_used_up(slope_x, 1, step), _used_up(slope_y, 0, step)])
    fields = height, np.dstack([slope_x, slope_y]), stretch
    if drawn != size:
        fields = [cv2.resize(field, (size, size), interpolation=cv2.INTER_CUBIC) for field in fields]
    return Surface(*fields, hollow)


def _used_up(slope, axis, step):
    """Arc length less projected length, from the middle of the picture."""
    extra = np.cumsum(np.sqrt(1 + slope * slope) - 1, axis=axis, dtype=np.float32) * np.float32(step)
    return extra - np.take(extra, [len(slope) // 2], axis=axis)


def _waves(rng, size):
    """Cloth that hangs or was pushed together: waves along bent lines, and a broad swell."""
    x, y = _grid(size)
    angle, cells = rng.uniform(0, np.pi), rng.uniform(1.2, 3.5)
    across = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))
    phase = np.float32(2 * np.pi * cells) * across + np.float32(1.1) * smooth_field(rng, size, 1.8)
    # Crests are narrower than troughs.
    crest = np.exp(np.sin(phase) * np.float32(rng.uniform(0.3, 1.2)))
    strength = np.float32(rng.uniform(0.1, 0.2) / cells) * (1 + 0.5 * smooth_field(rng, size, 1.5))
    return crest * strength + np.float32(0.08) * smooth_field(rng, size, rng.uniform(1.2, 2.5))


def _creases(rng, size):
    """Ridges along bent lines, rounded at the top, that fade along their length."""
    x, y = _grid(size)
    height = np.zeros((size, size), np.float32)
    for _ in range(int(rng.integers(2, 7))):
        angle, offset = rng.uniform(0, np.pi), rng.uniform(-0.45, 0.45)
        away = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle)) - np.float32(offset)
        away += np.float32(0.08) * smooth_field(rng, size, 2)
        width = np.float32(rng.uniform(0.03, 0.12))
        fade = np.clip(0.6 + 0.6 * smooth_field(rng, size, 1.5), 0, 1)
        away /= width
        height += np.float32(rng.choice([-0.75, 0.75])) * width * fade / (1 + away * away)
    return height


def _facets(rng, size):
    """Crumpled as paper is: planes that meet in edges, at two sizes."""
    height = np.zeros((size, size), np.float32)
    for cells, strength in ((rng.uniform(2, 3.5), 0.07), (rng.uniform(4.5, 7), 0.03)):
        height -= np.float32(strength) * np.sqrt(smooth_field(rng, size, cells) ** 2 + np.float32(0.015))
    return height


def _grid(size):
    at = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size) - np.float32(0.5)
    return at, at[:, None]
