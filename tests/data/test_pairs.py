"""Pairs as a specification: half of one fabric, half of two, and on what alone they depend."""

import numpy as np
import pytest

from fabric_retrieval.data.pairs import independent_pairs, shared_pairs
from fabric_retrieval.data.units import FabricIndex, shared_batch
from fabric_retrieval.errors import UserError

LABELS = np.repeat([4, 9, 2, 7, 1, 30], [5, 2, 7, 3, 9, 4])[np.random.default_rng(3).permutation(30)]
INDEX = FabricIndex(LABELS)


@pytest.mark.parametrize("draw", [shared_pairs, independent_pairs])
def test_same_says_whether_a_pair_shows_one_fabric_and_half_do(draw):
    for number in range(50):
        rows, units = draw(INDEX, 0, number)
        a, b = rows[units[:, 0]], rows[units[:, 1]]
        assert units.dtype == np.int32
        np.testing.assert_array_equal(LABELS[a] == LABELS[b], units[:, 2])
        assert (a != b).all()
        assert units[:, 2].mean() == 0.5


def test_shared_pairs_are_all_pairs_of_one_fabric_and_distinct_pairs_of_two():
    """Three fabrics of four images: 3 * 6 pairs, each once; and 18 of the 48 others."""
    index = FabricIndex(np.repeat([0, 1, 2], 4))
    rows, units = shared_pairs(index, 0, 0, fabrics=3, images=4)
    same = {frozenset(map(int, rows[pair])) for pair in units[units[:, 2] == 1, :2]}
    assert same == {
        frozenset((4 * fabric + i, 4 * fabric + j)) for fabric in range(3) for i in range(4) for j in range(i)
    }
    assert units.shape == (36, 3)
    assert len({frozenset(map(int, pair)) for pair in units[:, :2]}) == 36


def test_fewer_pairs_are_some_of_all_half_of_each_kind():
    index = FabricIndex(np.repeat([0, 1, 2], 4))
    rows, units = shared_pairs(index, 0, 0, fabrics=3, images=4, pairs=10)
    assert units[:, 2].tolist() == [1] * 5 + [0] * 5
    assert len({frozenset(map(int, pair)) for pair in units[:, :2]}) == 10
    np.testing.assert_array_equal(rows[units[:, 0]] // 4 == rows[units[:, 1]] // 4, units[:, 2])
    with pytest.raises(UserError, match="even, not 7"):
        shared_pairs(index, 0, 0, fabrics=3, images=4, pairs=7)


def test_shared_pairs_see_the_images_of_shared_batch():
    for number in range(5):
        ours = shared_pairs(INDEX, 8, number, fabrics=4, images=3).rows
        np.testing.assert_array_equal(ours, shared_batch(INDEX, 8, number, fabrics=4, images=3).rows)


def test_small_fabrics_repeat_pairs_but_never_pair_two_copies_and_keep_the_shape():
    """Two fabrics of two images, each given as a, b, a, b, a: six pairs of ten each; all 25 between them."""
    index = FabricIndex([0, 0, 1, 1])
    rows, units = shared_pairs(index, 0, 0, fabrics=16, images=5)
    assert rows.shape == (10,)
    assert units.shape == (2 * 20, 3)
    assert (rows[units[:, 0]] != rows[units[:, 1]]).all()
    counts = np.unique(units[units[:, 2] == 1], axis=0, return_counts=True)[1]
    assert len(counts) == 12
    assert set(counts) == {1, 2}
    assert len(np.unique(units[units[:, 2] == 0], axis=0)) == 20


def test_every_pair_of_two_fabrics_is_drawn_in_time():
    index = FabricIndex(np.repeat([0, 1, 2], 2))
    seen = set()
    for number in range(60):
        rows, units = shared_pairs(index, 0, number, fabrics=3, images=2)
        seen |= {frozenset(map(int, rows[pair])) for pair in units[units[:, 2] == 0, :2]}
    assert len(seen) == 12


def test_independent_pairs_bring_their_own_images_and_alternate():
    rows, units = independent_pairs(INDEX, 0, 2, pairs=6)
    assert rows.shape == (12,)
    np.testing.assert_array_equal(units[:, :2].ravel(), np.arange(12))
    np.testing.assert_array_equal(units[:, 2], [1, 0] * 3)
    assert independent_pairs(INDEX, 0, 0).rows.shape == (80,)  # the paper's batch


def test_independent_pair_i_does_not_depend_on_the_batch_size():
    """Pair 7 is the second of batch 1 of six pairs and the last of batch 1 of four."""
    by_six, by_four = independent_pairs(INDEX, 0, 1, pairs=6), independent_pairs(INDEX, 0, 1, pairs=4)
    np.testing.assert_array_equal(by_six.rows[by_six.units[1, :2]], by_four.rows[by_four.units[3, :2]])
    assert by_six.units[1, 2] == by_four.units[3, 2] == 0


def test_every_image_is_drawn_first_and_every_other_fabric_second():
    rows, units = independent_pairs(INDEX, 0, 0, pairs=2000)
    first = np.bincount(rows[units[:, 0]], minlength=30)
    assert first.min() > 2000 / 30 * 0.6
    assert first.max() < 2000 / 30 * 1.5
    of_fabric_1 = units[(LABELS[rows[units[:, 0]]] == 1) & (units[:, 2] == 0)]
    assert set(LABELS[rows[of_fabric_1[:, 1]]]) == {4, 9, 2, 7, 30}


@pytest.mark.parametrize("draw", [shared_pairs, independent_pairs])
def test_a_batch_depends_on_seed_and_number_alone(draw):
    forwards = [draw(INDEX, 0, number) for number in range(4)]
    backwards = [draw(FabricIndex(LABELS), 0, number) for number in reversed(range(4))][::-1]
    for one, two in zip(forwards, backwards, strict=True):
        np.testing.assert_array_equal(one.rows, two.rows)
        np.testing.assert_array_equal(one.units, two.units)
    assert (forwards[0].rows != forwards[1].rows).any()
    assert (draw(INDEX, 1, 0).rows != forwards[0].rows).any()
