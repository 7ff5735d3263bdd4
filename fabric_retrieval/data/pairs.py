"""Pairs of images, half of them of one fabric: units (a, b, same) for the contrastive loss."""

import numpy as np

from fabric_retrieval.data.units import PAIRS, SHARED, UnitBatch, draw_fabrics, draw_unit, generator, take
from fabric_retrieval.errors import UserError


def shared_pairs(index, seed, batch, fabrics=16, images=5, pairs=0):
    """Pairs of one fabric in a batch of `fabrics` x `images` photographs, and as many of two fabrics.

    The photographs are those that `shared_batch` draws for the same seed and batch. Each pair is listed once,
    in one order. A photograph that its small fabric gives twice is never paired with its copy; other pairs
    repeat instead, so that every batch has as many. Pairs of two fabrics, too, repeat only where there are
    too few.

    Args:
        index: `FabricIndex`. seed, batch: integers, on which alone the result depends.
        pairs: how many, half of each kind; 0 gives all of one fabric, M * (images - 1) / 2.

    Returns:
        `UnitBatch` with units [U, 3] int32, (a, b, same), those with same = 1 first.

    Raises:
        UserError: `pairs` is odd.
    """
    if pairs % 2:
        raise UserError(f"Half of the pairs are of one fabric, so their number must be even, not {pairs}.")
    rows, same_fabric = draw_fabrics(index, generator(seed, SHARED, batch), fabrics, images)
    same = np.argwhere(np.triu(same_fabric & (rows[:, None] != rows)))
    different = np.argwhere(np.triu(~same_fabric))
    rng, wanted = generator(seed, PAIRS, batch), pairs // 2 or rows.size * (images - 1) // 2
    drawn = np.concatenate([kind[take(rng, len(kind), wanted)] for kind in (same, different)])
    return UnitBatch(rows, np.column_stack([drawn, np.repeat([1, 0], wanted)]).astype(np.int32))


def independent_pairs(index, seed, batch, pairs=40):
    """Every pair brings its own two images, as the paper has it (section 5.2: 40 pairs are its batch of 80).

    The first image is any; the second another one of its fabric in every other pair, beginning with pair 0 of
    the run, and any image of other fabrics in the rest. Pair i of the run is a pure function of (seed, i).

    Args:
        index: `FabricIndex`. seed, batch: integers, on which alone the result depends.

    Returns:
        `UnitBatch` with rows [2 * pairs] and units [pairs, 3] int32, (a, b, same).
    """
    numbers = np.arange(batch * pairs, (batch + 1) * pairs)
    same = numbers % 2 == 0
    drawn = np.stack([draw_unit(index, generator(seed, PAIRS, int(i)), ratio=1) for i in numbers])
    second = np.where(same, drawn[:, 1], drawn[:, 2])
    units = np.column_stack([np.arange(2 * pairs).reshape(pairs, 2), same]).astype(np.int32)
    return UnitBatch(np.column_stack([drawn[:, 0], second]).ravel(), units)
