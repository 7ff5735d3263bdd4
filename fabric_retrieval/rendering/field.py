"""Smooth fields: drawn on a coarse grid over the picture and a margin, and enlarged to its samples."""

import functools

import cv2
import numpy as np

CELL = 4  # samples a node
_UNIT = np.float32(315 / 151)  # cubic B-splines of unit noise have 151/315 of its deviation (both axes)


def smooth_field(rng, size, cells):
    """Noise [size, size] float32 of about unit deviation and continuous curvature, `cells` features wide."""
    count = int(np.ceil(cells)) + 4
    weights = _weights(size, cells, count)
    return weights @ (rng.standard_normal((count, count), np.float32) * _UNIT) @ weights.T


def nodes(samples):
    """Coordinates (x, y), each [N, N] float32, of the nodes for `samples` samples a side: a multiple of CELL.

    In picture widths from the middle, y downwards, with one node more than the picture on every side.
    """
    count = samples // CELL
    at = (np.arange(-1, count + 1, dtype=np.float32) + np.float32(0.5)) / np.float32(count) - np.float32(0.5)
    return np.meshgrid(at, at)


def enlarge(field):
    """Values at the nodes [N, N(, C)] → at the samples [(N - 2) CELL, (N - 2) CELL(, C)], linearly."""
    side = len(field) * CELL
    return cv2.resize(field, (side, side), interpolation=cv2.INTER_LINEAR)[CELL:-CELL, CELL:-CELL]


@functools.lru_cache(64)
def _weights(size, cells, count):
    at = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(cells / size) + np.float32(1.5)
    away = np.abs(at[:, None] - np.arange(count, dtype=np.float32))
    near = np.float32(2 / 3) - away * away * (1 - away / 2)
    far = np.maximum(2 - away, 0)
    far = far * far * far / 6
    return np.where(away < 1, near, far)
