"""Figured weaves, from `Specification.figure`: small repeats of a dobby, large ones of a jacquard loom."""

import numpy as np

from fabric_retrieval.rendering import weave
from fabric_retrieval.rendering.prints import draw_print

LONGEST_FLOAT = 9  # threads; longer ones would catch on everything


def jacquard(figure, pitch, colours):
    """Damask: warp-faced satin where a print design has ink, weft-faced satin or twill where it has none.

    Args:
      figure: `Print` with a design of prints.DESIGNS.
      pitch: (weft, warp) thread distance in millimetres.
      colours: [n >= 4, 3] float32, which the design is drawn with; they leave no trace.

    Returns:
      Weave matrix [weft, warp] bool of one repeat.
    """
    rng = np.random.default_rng(figure.drawing)
    ends = int(rng.choice([5, 8]))
    twill_ground = ends == 8 and rng.random() < 0.3
    size = tuple(max(4, round(figure.repeat / distance / ends)) * ends for distance in pitch)
    face = weave.satin(ends, 3)
    ground = weave.twill(1, 3) if twill_ground else ~face
    _, coverage = draw_print(figure.design, rng, size, colours)
    return bound(np.where(coverage > 0.5, _filled(face, size), _filled(ground, size)), LONGEST_FLOAT)


def dobby(figure, pitch, colours):
    """Weave matrix [weft, warp] bool of `figure.design`, one of DOBBIES; pitch and colours do not matter."""
    return bound(DOBBIES[figure.design](np.random.default_rng(figure.drawing)), LONGEST_FLOAT)


def bound(matrix, longest):
    """Binds every float longer than `longest` threads once or more, in both directions; [H, W] bool.

    Raises:
      ValueError: the floats of one direction cannot be bound without making others too long.
    """
    matrix = matrix.copy()
    for _ in range(20):
        loose = [(lines, _loose(lines, longest)) for lines in (matrix, matrix.T)]
        if not any(len(which) for _, which in loose):
            return matrix
        for lines, which in loose:
            for i in which:
                _bind(lines[i], longest)
    raise ValueError(f"Could not bind all floats longer than {longest} of a weave of {matrix.shape}.")


def _loose(lines, longest):
    """Numbers of the rows that have a float longer than `longest`."""
    sums = np.cumsum(np.pad(lines, ((0, 0), (0, longest)), mode="wrap"), 1, dtype=np.int32)
    sums = np.pad(sums, ((0, 0), (1, 0)))
    window = sums[:, longest + 1 :] - sums[:, : -longest - 1]
    return np.flatnonzero(((window == 0) | (window == longest + 1)).any(1))


def _bind(line, longest):
    """Binds one thread's floats in place."""
    changes = np.flatnonzero(line != np.roll(line, 1))
    if len(changes) == 0:
        changes, lengths = np.zeros(1, int), np.array([len(line)])
    else:
        lengths = np.diff([*changes, changes[0] + len(line)])
    too_long = np.flatnonzero((lengths > longest) | (lengths == len(line)))
    for i in too_long:
        parts = lengths[i] // longest + 1
        at = changes[i] + np.arange(1, parts + 1) * lengths[i] // (parts + 1)
        line[at % len(line)] ^= True


def _filled(repeat, size):
    return np.tile(repeat, [n // m for n, m in zip(size, repeat.shape, strict=True)])


def _fold(threads):
    """Distance [threads, threads] from the middle along both axes, as pointed threading makes it: (y, x)."""
    fold = np.abs(np.arange(threads) - threads // 2)
    return fold[:, None], fold[None]


def _birdseye(_):
    """Small diamonds with a dot in each."""
    y, x = _fold(8)
    return np.isin(y + x, [0, 3, 4, 7])


def _diamonds(rng):
    """2/2 or 3/3 twill, pointed in both directions: diamonds within diamonds."""
    over = int(rng.integers(2, 4))
    y, x = _fold(2 * over * int(rng.integers(2, 5)))
    return (y + x) % (2 * over) < over


def _honeycomb(rng):
    """Two crossing lines of binding points with warp floats in one space between them, weft in the other."""
    half = int(rng.integers(4, 6))
    y, x = _fold(2 * half)
    return (y + x == half) | (y + x < half - 1)


def _dice(rng):
    """Squares of warp-faced and weft-faced twill, turned like a chess board."""
    block = _filled(weave.twill(3, 1, -1), (4 * int(rng.integers(2, 4)),) * 2)
    return np.block([[block, ~block[:, ::-1]], [~block[:, ::-1], block]])


def _spots(rng):
    """Little motifs of warp floats on a plain or twill ground, set in half drop."""
    threads = int(rng.choice([16, 20, 24]))
    ground = weave.plain() if rng.random() < 0.6 else weave.twill(1, 3)
    y, x = _fold(threads // 2)
    radius = int(rng.integers(2, threads // 4 - 1))
    motif = (
        y + x <= radius,
        (y + x <= radius) & (y + x >= radius - 1),
        np.maximum(y, x) <= radius * 0.75,
        (np.minimum(y, x) == 0) & (np.maximum(y, x) <= radius),
        (np.abs(y - x) <= 1) & (y + x <= 2 * radius),
    )[rng.integers(5)]
    bare = np.zeros_like(motif)
    marks = np.block([[motif, bare], [bare, motif]])
    return np.where(marks, True, _filled(ground, marks.shape))


def _satin_stripes(rng):
    """Stripes of warp satin in plain weave."""
    plain_ends, satin_ends = 2 * int(rng.integers(2, 7)), 5 * int(rng.integers(1, 4))
    return np.hstack([_filled(weave.plain(), (10, plain_ends)), _filled(weave.satin(5, 2), (10, satin_ends))])


DOBBIES = {
    "birdseye": _birdseye, "diamonds": _diamonds, "honeycomb": _honeycomb, "dice": _dice, "spots": _spots,
    "satin_stripes": _satin_stripes,
}  # fmt: skip
FIGURED = {"dobby": dobby, "jacquard": jacquard}
