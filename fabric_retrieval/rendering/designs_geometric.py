"""Lattices, ogees, hexagons, scales, keys, tiles and scattered shapes."""

import cv2
import numpy as np

from fabric_retrieval.rendering import canvas, motifs

# One unit of meanders on a grid, 1 where the line runs.
KEYS = tuple(
    np.array([[int(cell) for cell in row] for row in text.split()], np.uint8)
    for text in (
        "111111110 100000010 101111010 101001010 101011010 101000010 101111111 000000000",
        "11111110 00000010 01111010 01001010 01000010 01111111 00000000",
        "1111000 1001000 1011011 1000010 1111110 0000000",
    )
)


def shapes(rng, size):
    """One or two motifs, nested, on a lattice."""
    index = canvas.blank(size)
    points = int(rng.integers(4, 13))
    choices = (
        motifs.polygon(4), motifs.polygon(3), motifs.polygon(6), motifs.disc(),
        motifs.leaf(rng.uniform(0.3, 0.6)),
        motifs.star(points, rng.uniform(0.3, 0.7)), motifs.cross(rng.uniform(0.2, 0.8)),
        motifs.flower(points, rng.uniform(0.3, 0.8)),
    )  # fmt: skip
    count, half_drop = int(rng.choice([2, 2, 4])), rng.random() < 0.6
    used = canvas.inks(rng, 4)
    pair = rng.choice(len(choices), 2)
    radius, turn = (
        min(size) / count * rng.uniform(0.25, 0.5),
        rng.choice([0, np.pi / 4, np.pi / 2, np.pi / 6]),
    )
    nested, alternate = int(rng.integers(0, 4)), rng.random() < 0.5
    for place, column, row in canvas.lattice(size, count, count, half_drop):
        which = (column + (0 if half_drop else row)) % 2 * alternate
        scale = radius
        for layer in range(nested + 1):
            outline = choices[pair[(layer + which) % 2]]
            canvas.stamp(
                index,
                outline,
                place,
                scale,
                turn + which * np.pi / 2,
                used[(layer + which) % 4] * (layer < 3),
            )
            scale *= 0.62
    return index


def trellis(rng, size):
    """Diamonds between crossing lines, with something in the middle of each."""
    y, x = canvas.unit_grid(canvas.half(size))
    across, down = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    rising, falling = (np.abs(canvas.wrapped(x * across + sign * y * down) - 0.5) for sign in (1, -1))
    middle = canvas.enlarge(0.5 - np.maximum(rising, falling), size)  # 0 on the lines, 0.5 half-way
    line, gap = rng.uniform(0.03, 0.12), rng.uniform(0.03, 0.1)
    first, second, third = canvas.inks(rng, 3)
    order = [first, 0, second * (rng.random() < 0.5), 0, third * (rng.random() < 0.7)]
    return canvas.banded(middle, [line, line + gap, line + 1.6 * gap, rng.uniform(0.29, 0.4)], order)


def ogee(rng, size):
    """Onion-shaped cells between waved lines, one inside the other."""
    y, x = canvas.unit_grid(size)
    across, down = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    wave = np.float32(rng.uniform(0.55, 1.0)) * np.cos(2 * np.pi * y * down)
    field = np.cos(2 * np.pi * x * across) + wave
    low, high = (np.sort(rng.uniform(0.12, 1.5, count)) for count in (1, 4))
    outline, *cells = canvas.inks(rng, 4)
    cells = [ink * (rng.random() < 0.8) for ink in (0, *cells)]
    # Every second column of cells is drawn otherwise.
    other = int(rng.choice([0, cells[1], cells[2]]))
    return canvas.banded(field, [*-low, *high], [other, outline, *cells])


def hexagons(rng, size):
    """Honeycombs: cells in several inks, outlined or nested."""
    index = canvas.blank(size)
    across = int(rng.choice([2, 4, 4, 6]))
    down = max(1, round(across * 0.866 * size[0] / size[1]))
    used, border = canvas.inks(rng, 4), rng.uniform(0.75, 0.97)
    bare, nest, inner = rng.random() < 0.5, rng.random() < 0.5, rng.choice([0.6, 0.8])
    unit = np.array([size[1] / across / 1.5, size[0] / down / np.sqrt(3)])
    outline = motifs.polygon(6) * unit
    order = rng.integers(0, 3, (across, down))
    for place, column, row in canvas.lattice(size, across, down, half_drop=True):
        ink = used[order[column, row]] if not bare else used[0]
        canvas.fill(index, outline * border + place, ink)
        if nest or bare:
            canvas.fill(index, outline * border * inner + place, 0 if bare else used[3])
        if nest and bare:
            canvas.fill(index, outline * border * 0.35 + place, used[1 + order[column, row] % 2])
    return index


def scales(rng, size):
    """Fish scales or seigaiha: rows of overlapping discs, each of rings."""
    index = canvas.blank(size)
    across = int(rng.integers(2, 7))
    rows = 2 * max(1, round(across * size[0] / size[1] * rng.uniform(0.8, 1.2)))
    rings = int(rng.integers(1, 5))
    inks = canvas.inks(rng, int(rng.integers(2, 5)))
    order = [inks[i % len(inks)] if i % 2 == 0 or rng.random() < 0.4 else 0 for i in range(rings + 1)]
    step = np.array([size[1] / across, size[0] / rows])
    radius = step[0] * 0.53 * np.array([1, max(2 * step[1] / step[0], 1)])
    above = int(radius[1] // step[1]) + 1
    # From above the repeat to below it: every row covers the one before it, the first one too.
    for row in range(-above, rows + above):
        for column in range(-1, across + 1):
            place = np.array([column + 0.5 + row % 2 / 2, row + 0.5]) * step
            for ring, ink in enumerate(order):
                _fill_clipped(index, motifs.disc() * radius * (1 - ring / (rings + 1)) + place, ink)
    return index


def greek_key(rng, size):
    """Bands of a meander, with lines between them."""
    key = KEYS[rng.integers(len(KEYS))]
    if rng.random() < 0.5:
        key = np.vstack([key, key[:, ::-1]])
    ink, line = canvas.inks(rng, 2)
    key = key * np.uint8(ink)
    gap = int(rng.integers(0, 6))
    if gap:
        bar = np.zeros((gap + 1, key.shape[1]), np.uint8)
        bar[gap // 2] = line
        key = np.vstack([key, bar])
    units = int(rng.integers(1, 4))
    key = np.tile(key, (units, max(1, round(units * key.shape[0] / key.shape[1]))))
    # The repeat is cut through the meander, not along its edge.
    key = np.roll(key, (3, 3), (0, 1))
    rows, columns = ((np.arange(n) * m // n) for n, m in zip(size, key.shape, strict=True))
    return key[rows[:, None], columns[None]]


def tiles(rng, size):
    """A quarter drawn from its corners and mirrored: Moorish and encaustic tiles."""
    units = int(rng.choice([1, 1, 2, 3]))
    side = size[0] // 2 // units, size[1] // 2 // units
    quarter = canvas.blank(side)
    used, unit = canvas.inks(rng, 4), min(side)
    corners = np.array([(0, 0), (side[1], side[0]), (0, side[0]), (side[1], 0), (side[1] / 2, side[0] / 2)])
    outlines = motifs.disc(), motifs.polygon(4), motifs.polygon(8), motifs.star(8, 0.7), motifs.flower(8, 0.4)
    # The largest first, so that every one of them shows.
    reaches = np.sort(rng.uniform(0.2, 0.85, int(rng.integers(3, 7))))[::-1]
    for number, reach in enumerate(reaches):
        corner, outline = corners[rng.integers(5)], outlines[rng.integers(5)]
        _fill_clipped(quarter, outline * unit * reach + corner, used[number % 4])
        if rng.random() < 0.7:
            inner = [0, used[(number + 1) % 4]][rng.integers(2)]
            _fill_clipped(quarter, outline * unit * reach * rng.uniform(0.5, 0.88) + corner, inner)
    top = np.hstack([quarter, quarter[:, ::-1]])
    return _tiled(np.vstack([top, top[::-1]]), units, size)


def _tiled(index, units, size):
    rows, columns = (np.arange(n) * units * m // n % m for n, m in zip(size, index.shape, strict=True))
    return index[rows[:, None], columns[None]]


def _fill_clipped(index, outline, ink):
    cv2.fillPoly(index, [np.round(outline * 16).astype(np.int32)], ink, shift=4)


DESIGNS = {
    "shapes": shapes, "trellis": trellis, "ogee": ogee, "hexagons": hexagons, "scales": scales,
    "greek_key": greek_key, "tiles": tiles,
}  # fmt: skip
