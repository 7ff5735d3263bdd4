"""Figured weaves: small repeats of a dobby and large ones of a jacquard loom, from `Specification.figure`."""

import numpy as np

from fabric_retrieval.rendering import weave
from fabric_retrieval.rendering.prints import draw_print

LONGEST_FLOAT = 9  # threads; longer ones would catch on everything


def jacquard(specification):
    """Damask: warp-faced satin where the print design of `figure` has ink, weft-faced where it has none."""
    figure = specification.figure
    rng = np.random.default_rng(figure.drawing)
    ends = int(rng.choice([5, 8]))
    size = tuple(max(4, round(figure.repeat / distance / ends)) * ends for distance in specification.pitch)
    satin = weave.satin(ends, 3)
    grounds = [~satin] if rng.random() < 0.7 or ends == 5 else [weave.twill(1, 3)]
    _, coverage = draw_print(figure.design, rng, size, specification.colours)
    inside = coverage > 0.5
    face, ground = (
        np.tile(one, [n // m for n, m in zip(size, one.shape, strict=True)]) for one in (satin, grounds[0])
    )
    return bound(np.where(inside, face, ground))


def bound(matrix, longest=LONGEST_FLOAT):
    """Binds every float longer than `longest` threads in its middle, in both directions; [H, W] bool."""
    matrix = matrix.copy()
    for _ in range(20):
        count = 0
        for lines in (matrix, matrix.T):
            for line in lines:
                count += _bind(line, longest)
        if not count:
            return matrix
    raise ValueError(f"Could not bind all floats longer than {longest} of a weave of {matrix.shape}.")


def _bind(line, longest):
    changes = np.flatnonzero(line != np.roll(line, 1))
    if len(changes) == 0:
        line[::longest] ^= True
        return 1
    lengths = np.diff([*changes, changes[0] + len(line)])
    for start, length in zip(changes, lengths, strict=True):
        if length > longest:
            line[(start + np.arange(longest // 2 + 1, length, longest // 2 + 2)) % len(line)] ^= True
    return int((lengths > longest).sum())


def _on_plain(marks, ground):
    rows, columns = ground.shape
    height, width = marks.shape
    return np.where(marks, True, np.tile(ground, (height // rows, width // columns)))


def birdseye(_):
    """Diamonds with a dot in the middle: a 2/2 twill pointed in both directions."""
    fold = np.abs(np.arange(16) - 8)
    return (fold[:, None] + fold[None]) % 4 < 2


def honeycomb(_):
    """Cells whose floats rise at the borders and sink in the middle (waffle), 12 threads wide."""
    fold = np.abs(np.arange(12) - 6)
    distance = fold[:, None] + fold[None]
    # Warp floats along the upright cell walls, weft floats along the level ones.
    matrix = np.where(fold[None] >= fold[:, None], distance % 2 == 0, distance % 2 == 1)
    matrix[distance > 6] = (fold[None] > fold[:, None])[distance > 6] | (distance % 2 == 0)[distance > 6]
    return matrix


def dobby(specification):
    """One of DOBBIES, by the seed of `figure`."""
    rng = np.random.default_rng(specification.figure.drawing)
    return bound(DOBBIES[specification.figure.design](rng), 8)


DOBBIES = {"birdseye": birdseye, "honeycomb": honeycomb}
FIGURED = {"dobby": dobby, "jacquard": jacquard}
