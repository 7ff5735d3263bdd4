"""Printed designs: one repeat of each as colour and coverage, drawn with motifs, bands or noise."""

import cv2
import numpy as np

from fabric_retrieval.rendering import motifs
from fabric_retrieval.rendering.noise import periodic_noise

OVERSAMPLING = 2  # OpenCV's anti-aliasing has 16 levels of sub-pixel position; drawing larger evens that out.


def draw_print(design, rng, size, colours):
    """One repeat of `design` (a key of DESIGNS).

    Args:
      design: name.
      rng: decides every choice within the design.
      size: (height, width) of the repeat in pixels.
      colours: [n >= 4, 3] float32 linear; colour 0 is the ground, which is left bare.

    Returns:
      (colour [H, W, 3] float32 linear, coverage [H, W] float32 in [0, 1]); both repeat at their borders.
    """
    large = size[0] * OVERSAMPLING, size[1] * OVERSAMPLING
    index = DESIGNS[design](rng, large)
    layers = [
        cv2.resize((index == i).astype(np.float32), size[::-1], interpolation=cv2.INTER_AREA)
        for i in (1, 2, 3)
    ]
    coverage = layers[0] + layers[1] + layers[2]
    colour = sum(layer[..., None] * colours[i] for i, layer in enumerate(layers, 1))
    return colour / np.maximum(coverage, 1e-6)[..., None], coverage


def _dots(rng, size):
    index = np.zeros(size, np.uint8)
    unit = min(size)
    outline = motifs.disc()
    radius = unit * rng.uniform(0.12, 0.3)
    ring = rng.random() < 0.3
    for place, which in _lattice(rng, size):
        _stamp(index, outline, place, radius, 0, 1 + which)
        if ring:
            _stamp(index, outline, place, radius * 0.55, 0, 3)
    return index


def _geometric(rng, size):
    index = np.zeros(size, np.uint8)
    choices = (
        motifs.polygon(4), motifs.polygon(3), motifs.polygon(6), motifs.teardrop(),
        motifs.star(int(rng.integers(4, 9)), rng.uniform(0.3, 0.6)), motifs.cross(rng.uniform(0.35, 0.8)),
    )  # fmt: skip
    outer, inner = (choices[i] for i in rng.choice(len(choices), 2))
    radius, turn = min(size) * rng.uniform(0.2, 0.34), rng.choice([0, np.pi / 4, np.pi / 2, np.pi / 6])
    nested, alternate = rng.random() < 0.6, rng.random() < 0.5
    for place, which in _lattice(rng, size):
        angle = turn + which * alternate * np.pi / 2
        _stamp(index, outer, place, radius, angle, 1)
        if nested:
            _stamp(index, inner, place, radius * 0.55, angle, 2)
    return index


def _floral(rng, size):
    index = np.zeros(size, np.uint8)
    unit = min(size)
    petals, depth, leaf = int(rng.integers(4, 9)), rng.uniform(0.25, 0.6), motifs.leaf(rng.uniform(0.2, 0.45))
    flower, heart = motifs.flower(petals, depth), motifs.disc()
    for place, scale in _scatter(rng, size, unit * 0.36, 14):
        radius, angle = unit * 0.17 * scale, rng.uniform(0, 2 * np.pi)
        for side in (-1, 1):
            direction = angle + side * rng.uniform(0.5, 1.3)
            away = radius * 1.35 * np.array([np.cos(direction), np.sin(direction)])
            _stamp(index, leaf, place + away, radius * 0.8, direction, 3)
        _stamp(index, flower, place, radius, angle, 1)
        _stamp(index, heart, place, radius * 0.33, 0, 2)
    return index


def _leaves(rng, size):
    index = np.zeros(size, np.uint8)
    outline = motifs.leaf(rng.uniform(0.25, 0.5))
    spread = rng.choice([0.3, np.pi])
    lie = rng.uniform(0, 2 * np.pi)
    for place, scale in _scatter(rng, size, min(size) * 0.24, 26):
        _stamp(
            index,
            outline,
            place,
            min(size) * 0.15 * scale,
            lie + rng.uniform(-spread, spread),
            int(rng.integers(1, 3)),
        )
    return index


def _bands(rng, size):
    """Stripes along, across or diagonally."""
    count = int(rng.integers(2, 6))
    edges = np.sort(rng.choice(np.arange(1, 16), count, replace=False)) / 16
    along, across = [(1, 0), (0, 1), (1, 1)][rng.integers(3)]
    y, x = _unit_grid(size)
    place = (along * x + across * y) % 1
    return (np.searchsorted(edges, place) % 4 * np.ones(size)).astype(np.uint8)


def _zigzag(rng, size):
    """Chevrons."""
    y, x = _unit_grid(size)
    teeth = int(rng.integers(1, 4))
    height = rng.uniform(0.15, 0.5)
    place = (y * int(rng.integers(1, 4)) + height * np.abs(2 * (x * teeth % 1) - 1)) % 1
    edges = [(0.5,), (0.35, 0.7), (0.3, 0.5, 0.8)][rng.integers(3)]
    return (np.searchsorted(edges, place) % 4).astype(np.uint8)


def _blocks(rng, size):
    """Checks: crossed bands, darkest where they cross, or window panes."""
    y, x = _unit_grid(size)
    width = rng.uniform(0.08, 0.5)
    on_x, on_y = (x % 1 < width) * np.ones(size, bool), (y % 1 < width) * np.ones(size, bool)
    return np.where(on_x & on_y, 2, np.where(on_x | on_y, 1, 0)).astype(np.uint8)


def _blotches(rng, size):
    """Thresholded noise: camouflage and marbled grounds."""
    cells = int(rng.integers(2, 5))
    field = periodic_noise(rng, size, (cells, cells)) + 0.4 * periodic_noise(
        rng, size, (3 * cells, 3 * cells)
    )
    other = periodic_noise(rng, size, (cells + 1, cells + 1))
    return np.where(field > rng.uniform(0.1, 0.6), 1, np.where(other > 0.5, 2, 0)).astype(np.uint8)


DESIGNS = {
    "dots": _dots, "geometric": _geometric, "floral": _floral, "leaves": _leaves, "bands": _bands,
    "zigzag": _zigzag, "blocks": _blocks, "blotches": _blotches,
}  # fmt: skip


def _lattice(rng, size):
    """Places of a square lattice or of a half-drop one, with a running number."""
    height, width = size
    if rng.random() < 0.4:
        return [(np.array([width / 2, height / 2]), 0)]
    return [(np.array([width / 4, height / 4]), 0), (np.array([3 * width / 4, 3 * height / 4]), 1)]


def _scatter(rng, size, distance, most):
    """Up to `most` places no nearer to each other than `distance` on the torus, each with a size factor."""
    span = np.array(size[::-1])
    places = []
    for _ in range(8 * most):
        place = rng.uniform(0, 1, 2) * span
        offsets = [np.abs((place - other + span / 2) % span - span / 2) for other, _ in places]
        if all(np.hypot(*offset) > distance for offset in offsets):
            places.append((place, rng.uniform(0.65, 1.15)))
        if len(places) == most:
            break
    return places


def _stamp(index, outline, place, radius, angle, value):
    """Fills a motif, wherever it crosses a border on both sides."""
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = outline @ turn * radius + place
    height, width = index.shape
    for dx in (-width, 0, width):
        for dy in (-height, 0, height):
            moved = points + np.array([dx, dy])
            if (moved.max(0) > 0).all() and (moved.min(0) < (width, height)).all():
                cv2.fillPoly(index, [np.round(moved * 16).astype(np.int32)], value, shift=4)


def _unit_grid(size):
    """Pixel centres (y [H, 1], x [1, W]) in [0, 1)."""
    y, x = ((np.arange(n, dtype=np.float32) + 0.5) / n for n in size)
    return y[:, None], x[None]
