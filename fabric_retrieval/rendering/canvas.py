"""Drawing on one repeat of a print: motifs that come back at the other border, places, and smooth fields.

A design is drawn as numbers of inks, uint8 [H, W], 0 where the cloth stays bare.
"""

import cv2
import numpy as np

from fabric_retrieval.rendering import motifs
from fabric_retrieval.rendering.noise import periodic_noise


def blank(size):
    return np.zeros(size, np.uint8)


def fill(index, outline, ink):
    """Fills an outline [N, 2] in pixels, or several apart [M, N, 2]; what crosses a border comes back."""
    height, width = index.shape
    fixed = np.round(outline * 16).astype(np.int32).reshape(-1, *outline.shape[-2:])
    low, high = fixed.min((0, 1)) / 16, fixed.max((0, 1)) / 16
    for dx in (-width, 0, width):
        if low[0] + dx < width and high[0] + dx > 0:
            for dy in (-height, 0, height):
                if low[1] + dy < height and high[1] + dy > 0:
                    moved = fixed + np.array([16 * dx, 16 * dy], np.int32)
                    cv2.fillPoly(index, [*moved], ink, shift=4)


def stamp(index, outline, place, radius, angle, ink):
    """Fills a motif of unit size."""
    fill(index, motifs.placed(outline, place, radius, angle), ink)


def stroke(index, points, widths, ink):
    """Draws a line [N, 2] of given width in pixels, a number or [N]."""
    fill(index, motifs.ribbon(np.asarray(points, float), widths), ink)


def inks(rng, count):
    """`count` different inks in any order; ink 1 is among them."""
    rest = rng.permutation([2, 3, 4])[: count - 1]
    return [int(ink) for ink in rng.permutation([1, *rest])]


def lattice(size, across, down, half_drop=False):
    """Places [(place, column, row)]; `half_drop` lowers every second column by half a row."""
    step = np.array([size[1] / across, size[0] / down])
    places = []
    for column in range(across):
        for row in range(down):
            shift = (0, half_drop * (column % 2) / 2)
            places.append(((np.array([column, row]) + 0.5 + shift) * step, column, row))
    return places


def scatter(rng, size, distance, most):
    """Up to `most` places [N, 2] no nearer to each other than `distance` on the torus."""
    span = np.array(size[::-1], np.float32)
    tries = rng.random((4 * most, 2), np.float32) * span
    away = np.abs(tries[:, None] - tries)
    away = np.minimum(away, span - away)
    close = np.einsum("ijk,ijk->ij", away, away) < distance**2
    free = np.ones(len(tries), bool)
    chosen = []
    for number in range(len(tries)):
        if free[number]:
            chosen.append(number)
            free &= ~close[number]
    return tries[chosen[:most]].astype(float)


def unit_grid(size):
    """Pixel centres (y [H, 1], x [1, W]) in [0, 1), float32."""
    y, x = ((np.arange(n, dtype=np.float32) + 0.5) / n for n in size)
    return y[:, None], x[None]


def wrapped(place):
    """The part after the point, in [0, 1); several times as fast as `% 1`."""
    return place - np.floor(place)


def half(size):
    """Smooth fields are worked out at half the size, then enlarged."""
    return size[0] // 2, size[1] // 2


def enlarge(field, size):
    """A periodic field twice as large."""
    padded = cv2.copyMakeBorder(field.astype(np.float32), 1, 1, 1, 1, cv2.BORDER_WRAP)
    large = cv2.resize(padded, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    return large[2 : 2 + size[0], 2 : 2 + size[1]]


def noise(rng, size, cells):
    """Periodic noise, `cells` features along the shorter side or (down, across)."""
    if np.isscalar(cells):
        cells = tuple(max(1, round(cells * n / min(size))) for n in size)
    return periodic_noise(rng, size, cells)


def banded(field, edges, order):
    """Ink `order[k]` where the field [H, W] lies between edge k - 1 and edge k, which rise."""
    number = np.zeros(field.shape, np.uint8)
    for edge in edges:
        number += field > np.float32(edge)
    return np.asarray(order, np.uint8)[number]
