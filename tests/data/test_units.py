"""Ranking units as a specification: what a unit is, and on what alone it depends."""

import numpy as np
import pytest

from fabric_retrieval.data import units as units_module
from fabric_retrieval.data.units import FabricIndex, independent_batch, shared_batch

LABELS = np.repeat([4, 9, 2, 7, 1, 30], [5, 2, 7, 3, 9, 4])[np.random.default_rng(3).permutation(30)]
INDEX = FabricIndex(LABELS)


def batches(number, ratio=4):
    return [
        independent_batch(INDEX, 0, number, units=6, ratio=ratio),
        shared_batch(INDEX, 0, number, fabrics=4, images=3, ratio=ratio),
    ]


def test_positive_is_another_image_of_the_probes_fabric():
    for number in range(50):
        for rows, units in batches(number):
            probe, positive = rows[units[:, 0]], rows[units[:, 1]]
            assert (LABELS[probe] == LABELS[positive]).all()
            assert (probe != positive).all()


def test_negatives_are_distinct_and_of_other_fabrics():
    for number in range(50):
        for rows, units in batches(number):
            negatives = rows[units[:, 2:]]
            assert (LABELS[negatives] != LABELS[rows[units[:, :1]]]).all()
            assert all(len(set(unit)) == len(unit) for unit in units[:, 2:])


def test_shapes():
    independent = independent_batch(INDEX, 0, 0, units=3, ratio=8)
    assert independent.rows.shape == (3 * 10,)
    assert independent.units.shape == (3, 10)
    assert independent.units.dtype == np.int32
    shared = shared_batch(INDEX, 0, 0, fabrics=5, images=4, ratio=8)
    assert shared.rows.shape == (20,)
    assert shared.units.shape == (20 * 3, 10)
    assert shared_batch(INDEX, 0, 0, fabrics=5, images=4, ratio=8, units=17).units.shape == (17, 10)


def test_a_batch_depends_on_seed_and_number_alone():
    """Drawn in another order, by another index object, or twice: the same. Another seed or number: not."""
    forwards = [batches(number) for number in range(5)]
    backwards = [batches(number) for number in reversed(range(5))][::-1]
    for one, two in zip(forwards, backwards, strict=True):
        for a, b in zip(one, two, strict=True):
            np.testing.assert_array_equal(a.rows, b.rows)
            np.testing.assert_array_equal(a.units, b.units)
    assert (forwards[0][0].rows != forwards[1][0].rows).any()
    assert (independent_batch(INDEX, 1, 0, 6, 4).rows != forwards[0][0].rows).any()


def test_independent_unit_i_does_not_depend_on_the_batch_size():
    """Unit 6 is the first of batch 1 of six units and the last of batch 0 of seven."""
    by_six = independent_batch(INDEX, 0, 1, units=6, ratio=4)
    by_seven = independent_batch(INDEX, 0, 0, units=7, ratio=4)
    np.testing.assert_array_equal(by_six.rows[by_six.units[0]], by_seven.rows[by_seven.units[6]])


def test_every_image_is_drawn_as_a_probe_and_every_other_fabric_as_a_negative():
    rows, units = independent_batch(INDEX, 0, 0, units=2000, ratio=4)
    probes = np.bincount(rows[units[:, 0]], minlength=30)
    assert probes.min() > 2000 / 30 * 0.6
    assert probes.max() < 2000 / 30 * 1.5
    negatives = rows[units[LABELS[rows[units[:, 0]]] == 1][:, 2:]]
    assert set(LABELS[negatives.ravel()]) == {4, 9, 2, 7, 30}


def test_a_small_fabric_repeats_images_but_is_never_its_own_positive():
    index = FabricIndex([0, 0, 1, 1, 2, 2])
    for number in range(20):
        rows, units = shared_batch(index, 0, number, fabrics=3, images=5, ratio=4)
        assert rows.shape == (15,)
        assert units.shape == (60, 6)
        assert (rows[units[:, 0]] != rows[units[:, 1]]).all()


def test_fewer_fabrics_than_asked_for():
    rows, units = shared_batch(FabricIndex([0, 0, 1, 1]), 0, 0, fabrics=16, images=2, ratio=32)
    assert sorted(rows) == [0, 1, 2, 3]
    others = [set(rows[unit[2:]].tolist()) for unit in units]
    assert units.shape == (4, 4)
    assert others == [{2, 3} if rows[unit[0]] < 2 else {0, 1} for unit in units]


@pytest.mark.parametrize(
    ("labels", "named"), [([5, 5, 5], "there are 1"), ([1, 1, 8], "fabric 8 has one"), ([], "there are 0")]
)
def test_labels_without_units_are_refused(labels, named):
    with pytest.raises(ValueError, match=named):
        FabricIndex(labels)


def test_streams_keep_their_numbers():
    """A run that a later version continues is to draw what it would have drawn."""
    names = ("INDEPENDENT", "SHARED", "CROPS", "AUGMENTATION", "PAIRS", "SHUFFLED", "CLUSTERS")
    assert [getattr(units_module, name) for name in names] == [0, 1, 2, 3, 4, 5, 6]
