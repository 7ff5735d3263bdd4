"""Which fabrics and photographs a cell of the learning curve is made of."""

import numpy as np
import pytest

from fabric_retrieval.photographs.cells import cells, choose

HALF = np.repeat(["a", "b", "c", "d", "e"], [2, 3, 3, 5, 6])


@pytest.mark.parametrize(
    ("fabrics", "photos", "expected"),
    [
        ([2, 4], [3], [(2, 3), (4, 3)]),
        ([2, 4], [3, 5], [(2, 3), (4, 3), (2, 5)]),
        ([10, 30], [2, 3, 5], [(5, 2), (4, 3), (2, 5)]),  # all there are, in place of ten
        ([2, 30], [6, 7], []),  # one fabric has six, none seven: nothing to confuse it with
    ],
)
def test_cells_are_those_that_the_half_can_fill(fabrics, photos, expected):
    assert cells(HALF, fabrics, photos) == expected


def test_a_cell_has_so_many_fabrics_with_so_many_photographs():
    rows = choose(HALF, 3, 3, seed=4)
    assert rows.tolist() == sorted(set(rows.tolist()))
    names, counts = np.unique(HALF[rows], return_counts=True)
    assert len(names) == 3
    assert counts.tolist() == [3, 3, 3]
    assert "a" not in names


def test_smaller_cells_are_inside_larger_ones():
    rows = [set(choose(HALF, *cell, seed=1).tolist()) for cell in ((2, 3), (3, 3), (4, 3))]
    assert rows[0] < rows[1] < rows[2]
    assert set(choose(HALF, 2, 4, 1).tolist()) < set(choose(HALF, 2, 5, 1).tolist())


def test_seeds_choose_differently():
    assert len({tuple(choose(HALF, 2, 2, seed).tolist()) for seed in range(8)}) > 4
