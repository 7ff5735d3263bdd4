"""Outlines of print motifs: closed curves [N, 2] of about unit radius, y downwards."""

import numpy as np


def disc():
    return DISC


def around(outline, count, radius):
    """`count` of a small outline on a circle of `radius`, [count, N, 2]."""
    turns = 2 * np.pi * np.arange(count) / count
    return outline + radius * np.stack([np.cos(turns), np.sin(turns)], -1)[:, None]


def wavering(rng, outline, amount):
    """An outline [N, 2] as a hand draws it: moved by waves along its length."""
    at = 2 * np.pi * np.arange(len(outline))[:, None] / len(outline)
    wave = sum(np.sin(k * at + rng.uniform(0, 2 * np.pi, 2)) for k in (2, 5, 9, 13))
    return outline + amount * wave


def blob(rng, roughness=0.25):
    """A round shape drawn by hand."""
    phase, depth = rng.uniform(0, 2 * np.pi, 3), roughness * rng.uniform(0.3, 1, 3) / (1, 1.5, 2.5)
    waves = [*zip((2, 3, 5), depth, phase, strict=True)]
    return _polar(lambda angle: 1 + sum(d * np.sin(k * angle + p) for k, d, p in waves))


def flower(petals, depth):
    """Round petals; `depth` in (0, 1) is how far they are cut in."""
    return _polar(lambda angle: 1 - depth + depth * np.abs(np.cos(petals * angle / 2)) ** 0.7, 12 * petals)


def star(points, inner):
    """Straight-sided star; the inner corners lie at radius `inner`."""
    angle = np.pi * np.arange(2 * points) / points
    radius = np.where(np.arange(2 * points) % 2, inner, 1)
    return _points(radius, angle)


def polygon(corners):
    return _points(np.ones(corners), 2 * np.pi * np.arange(corners) / corners)


def leaf(width):
    """Two arcs that meet in a point at both ends, along x."""
    at = np.linspace(0, np.pi, 16)
    side = np.stack([np.cos(at), width * np.sin(at) ** 1.3], -1)
    return np.concatenate([side, side[::-1] * (1, -1)])


def petal(width, notch):
    """From the origin along x to 1, broadest towards its end; `notch` in [0, 0.3] dents the end."""
    at = np.linspace(0, np.pi, 14)
    along = (1 - np.cos(at)) / 2
    side = np.stack([along + notch * (np.sin(at) - 1) * (along > 0.5), width * np.sin(at) * along**0.6], -1)
    return np.concatenate([side, side[::-1] * (1, -1)])


def fern(leaflets, width):
    """A stem along x with pairs of leaflets that grow shorter towards the tip."""
    parts = [ribbon(np.array([(-1, 0), (1, 0)]), np.array([0.05, 0.02]))]
    for number in range(leaflets):
        at = -0.8 + 1.7 * number / leaflets
        length = 0.5 * (1 - 0.6 * number / leaflets)
        for side in (-1, 1):
            parts.append(
                placed(leaf(width), (at + length * 0.5, side * length * 0.7), length * 0.85, side * 0.9)
            )
    return parts


def teardrop(bend=0.35):
    """A paisley's outline: a round foot drawn out to a bent tip."""
    at = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    along = np.cos(at)
    width = 0.62 * np.sin(at) * np.sin(at / 2) ** 1.4
    return np.stack([along, width + bend * np.clip(along + 0.35, 0, None) ** 2.2], -1)


def cross(arm):
    """A plus sign whose arms are `arm` wide."""
    a = arm / 2
    corner = np.array([(a, a), (a, 1), (-a, 1), (-a, a), (-1, a), (-1, -a)])
    return np.concatenate([corner, -corner])


def ribbon(points, widths):
    """A line [N, 2] of full width `widths` [N] or one number, as an outline."""
    along = np.gradient(points, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], -1) / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    side = normal * np.reshape(widths, (-1, 1)) / 2
    return np.concatenate([points + side, (points - side)[::-1]])


def placed(outline, place, radius, angle):
    """Turned clockwise by `angle`, enlarged and moved."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return outline @ np.array([[cosine, sine], [-sine, cosine]]) * radius + place


def _points(radius, angle):
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)


def _polar(radius, count=48):
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return _points(radius(angle), angle)


DISC = _polar(np.ones_like, 32)
