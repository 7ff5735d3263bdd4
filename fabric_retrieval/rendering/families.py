"""Families: fabrics that differ in one thing only, as the paper's failure cases do (Figure 7)."""

from typing import NamedTuple

from fabric_retrieval.rendering import seeds

BLOCK = 10  # consecutive fabrics that are divided into families together
# How a block may be divided; 1 is a fabric of no family.
DIVISIONS = ((8, 1, 1), (9, 1), (8, 2), (7, 3), (6, 4), (7, 1, 1, 1))


class Family(NamedTuple):
    """Consecutive fabrics, `first` to `first + size - 1`; all vary the first."""

    first: int
    size: int


def family_of(seed, index):
    """`Family` of fabric `index` of the collection `seed`, of size 1 if it belongs to none."""
    block, place = divmod(index, BLOCK)
    rng = seeds.stream(seed, seeds.FAMILY, block)
    first = 0
    for size in rng.permutation(DIVISIONS[rng.integers(len(DIVISIONS))]).tolist():
        if place < first + size:
            return Family(block * BLOCK + first, size)
        first += size
    raise AssertionError("The divisions do not add up to a block.")
