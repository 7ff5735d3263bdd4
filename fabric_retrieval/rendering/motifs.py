"""Outlines of print motifs: closed curves [N, 2] of about unit radius, y downwards."""

import numpy as np


def disc():
    return _polar(lambda angle: np.ones_like(angle))


def flower(petals, depth):
    """Round petals; `depth` in (0, 1) is how far they are cut in."""
    return _polar(lambda angle: 1 - depth + depth * np.abs(np.cos(petals * angle / 2)) ** 0.7, 96)


def star(points, inner):
    """Straight-sided star; the inner corners lie at radius `inner`."""
    angle = np.pi * np.arange(2 * points) / points
    radius = np.where(np.arange(2 * points) % 2, inner, 1)
    return _points(radius, angle)


def polygon(corners):
    return _points(np.ones(corners), 2 * np.pi * np.arange(corners) / corners)


def leaf(width):
    """Two arcs that meet in a point at both ends."""
    at = np.linspace(0, np.pi, 24)
    side = np.stack([np.cos(at), width * np.sin(at) ** 1.3], -1)
    return np.concatenate([side, side[::-1] * (1, -1)])


def teardrop():
    """A paisley's outline: a round foot drawn out to a bent tip."""
    at = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    along = np.cos(at)
    width = 0.62 * np.sin(at) * np.sin(at / 2) ** 1.4
    return np.stack([along, width + 0.35 * np.clip(along, 0, None) ** 2], -1)


def cross(arm):
    """A plus sign whose arms are `arm` wide."""
    a = arm / 2
    corner = np.array([(a, a), (a, 1), (-a, 1), (-a, a), (-1, a), (-1, -a)])
    return np.concatenate([corner, -corner])


def _points(radius, angle):
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)


def _polar(radius, count=48):
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return _points(radius(angle), angle)
