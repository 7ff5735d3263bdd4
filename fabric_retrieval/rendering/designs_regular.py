"""Dots, stripes and checks."""

import numpy as np

from fabric_retrieval.rendering import canvas, motifs


def dots(rng, size):
    """Dots on a square or half-dropped lattice, alike or of several sizes and inks, filled or ringed."""
    index = canvas.blank(size)
    count = int(rng.choice([2, 2, 3, 4, 4, 6]))
    half_drop = rng.random() < 0.65 and count % 2 == 0
    step = min(size) / count
    radius = step * rng.uniform(0.12, 0.4)
    used = canvas.inks(rng, int(rng.integers(1, 4)))
    ring, second = rng.choice([0, 0, 0.55, 0.75]), rng.choice([1, 1, 0.4, 0.65])
    core = 0 if rng.random() < 0.5 else used[-1] % 4 + 1
    between = rng.random() < 0.2
    for place, column, row in canvas.lattice(size, count, count, half_drop):
        which = column + (0 if half_drop else row)
        of_place = radius * (second if which % 2 else 1)
        canvas.stamp(index, motifs.disc(), place, of_place, 0, used[which % len(used)])
        if ring:
            canvas.stamp(index, motifs.disc(), place, of_place * ring, 0, core)
        if between:
            corner = place + np.array([size[1], size[0]]) / count / (2, 2 if not half_drop else 4)
            canvas.stamp(index, motifs.disc(), corner, step * 0.07, 0, used[0] % 4 + 1)
    return index


def pin_dots(rng, size):
    """Small spots strewn at random, of one size or many: confetti, splashes, terrazzo."""
    index = canvas.blank(size)
    most = int(rng.integers(25, 110))
    step = np.sqrt(size[0] * size[1] / most)
    places = canvas.scatter(rng, size, step * rng.uniform(0.4, 0.75), most)
    used = canvas.inks(rng, int(rng.integers(1, 5)))
    corners = int(rng.integers(3, 6))
    shape = [motifs.disc, lambda: motifs.blob(rng, 0.5), lambda: motifs.polygon(corners)][rng.integers(3)]
    largest, spread = step * rng.uniform(0.15, 0.42), rng.choice([0.05, 0.4, 0.75])
    outlines = [shape() for _ in range(6)]
    for place in places:
        ink = used[rng.integers(len(used))]
        radius = largest * (1 - spread * rng.random())
        canvas.stamp(index, outlines[rng.integers(6)], place, radius, rng.uniform(0, 2 * np.pi), ink)
    return index


def stripes(rng, size):
    """Printed stripes: straight or slanted, hand-painted or ruled, some filled with dots."""
    y, x = canvas.unit_grid(size)
    count = int(rng.integers(2, 9))
    widths = rng.uniform(0.3, 1, count) ** rng.choice([0.2, 1, 2.5])
    edges = np.cumsum(widths)[:-1] / widths.sum()
    used = [0, *canvas.inks(rng, int(rng.integers(1, 5)))]
    order = np.array(
        [used[i % len(used)] for i in range(count - count % 2)] + [used[-1]] * (count % 2), np.uint8
    )
    along, across = [(1, 0), (0, 1), (0, 1), (1, 1), (1, -1), (1, 2)][rng.integers(6)]
    place = along * y + across * x
    if rng.random() < 0.4:  # painted by hand, or waved
        waves = int(rng.integers(1, 4))
        if rng.random() < 0.5:
            place = place + 0.03 * np.sin(2 * np.pi * waves * (y if across else x))
        else:
            place = place + 0.006 * canvas.enlarge(canvas.noise(rng, canvas.half(size), 14), size)
    index = canvas.banded(canvas.wrapped(place.astype(np.float32)), edges, order) * np.ones(size, np.uint8)
    if rng.random() < 0.25:
        ink = canvas.inks(rng, 2)[1]
        dots_across = int(rng.integers(4, 9))
        for spot, _, _ in canvas.lattice(size, dots_across, dots_across, dots_across % 2 == 0):
            canvas.stamp(index, motifs.disc(), spot, min(size) / dots_across * 0.16, 0, ink)
    return index


def checks(rng, size):
    """Chequers, gingham with a third ink where bands cross, panes, and bands of several widths."""
    y, x = canvas.unit_grid(size)
    count = int(rng.choice([1, 1, 2, 2, 3, 4]))
    first, second, third = canvas.inks(rng, 3)
    width = rng.uniform(0.08, 0.6)
    shift = rng.uniform(0, 1)
    on_x, on_y = (((axis * count + shift) % 1 < width) for axis in (x, y))
    style = rng.integers(4)
    if style == 0:
        return (first * ((x * 2 * count % 2 < 1) ^ (y * 2 * count % 2 < 1))).astype(np.uint8)
    if style == 1:  # lines over the middle of the bands
        thin = rng.uniform(0.03, 0.1)
        line_x, line_y = (
            np.abs((axis * count + shift + 0.5 - width / 2) % 1 - 0.5) < thin for axis in (x, y)
        )
        bands = np.where(on_x & on_y, second, np.where(on_x | on_y, first, 0))
        return np.where(line_x | line_y, third, bands).astype(np.uint8)
    if style == 2:  # upright bands over those across
        return np.where(on_x, first, np.where(on_y, second, 0 * x + 0 * y)).astype(np.uint8)
    return np.where(on_x & on_y, second, np.where(on_x | on_y, first, 0)).astype(np.uint8)


def zigzag(rng, size):
    """Chevrons, steep or flat, sharp or waved, of two to five bands."""
    y, x = canvas.unit_grid(size)
    teeth, rows = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    height = rng.uniform(0.15, 0.9) * rows / teeth
    wave = np.abs(2 * (x * teeth % 1) - 1)
    if rng.random() < 0.35:
        wave = (1 - np.cos(np.pi * wave)) / 2
    count = int(rng.integers(2, 6))
    widths = rng.uniform(0.4, 1, count)
    edges = np.cumsum(widths)[:-1] / widths.sum()
    order = np.array([0, *canvas.inks(rng, min(count, 5) - 1)], np.uint8)
    index = canvas.banded(canvas.wrapped(y * rows + np.float32(height) * wave), edges, order)
    return np.ascontiguousarray(index.T) if rng.random() < 0.25 and size[0] == size[1] else index


DESIGNS = {"dots": dots, "pin_dots": pin_dots, "stripes": stripes, "checks": checks, "zigzag": zigzag}
