"""Means, differences and what is kept of them, against numbers worked out by hand."""

import numpy as np
import pytest

from fabric_retrieval.evaluation.features import Features
from fabric_retrieval.photographs.measured import Measured, differences, kept, mean_of, means, measure

FABRICS = np.array(["a", "a", "b", "c"])


def measured(maps, seconds=0.0):
    values = np.stack([np.ones(4), maps, np.zeros(4)], axis=1)
    return Measured(values, FABRICS, 8, seconds)


def features(rows, fabrics, ids, groups):
    return Features(
        np.array(rows, np.float32), np.array(fabrics), np.array(ids), np.array(fabrics), np.array(groups)
    )


def test_a_query_is_measured_without_its_own_group():
    query = features([[0], [5]], ["a", "b"], ["q0", "q1"], ["a/1", ""])
    gallery = features(
        [[0], [1], [2], [6]], ["a", "b", "a", "b"], ["g0", "g1", "g2", "g3"], ["a/1", "", "a/2", ""]
    )
    found = measure(query, gallery)
    # q0: g0 is left out, so b, a, b: the one answer is second. q1: g3, g2, g1, g0: answers first and third.
    np.testing.assert_allclose(found.values, [[0, 1 / 2, 1], [1, (1 + 2 / 3) / 2, 1]])
    assert found.dim == 1


def test_means_and_differences():
    found, other = measured([0.5, 0.7, 0.9, 0.3]), measured([0.4, 0.6, 0.8, 0.2])
    assert means(found, 200)["map"] == pytest.approx(0.6)
    low, high = means(found, 200)["map_ci95"]
    assert 0.3 <= low < 0.6 < high <= 0.9
    paired = differences(found, other, 200)  # the same for each query, so certain
    assert paired["map"] == pytest.approx(0.1)
    assert paired["map_ci95"] == pytest.approx([0.1, 0.1])
    assert means(found, 0)["map_ci95"] is None


def test_the_mean_of_seeds_is_that_of_each_query():
    found = mean_of([measured([0, 1, 0, 1], 2.0), measured([1, 1, 0, 0], 4.0)])
    assert found.values[:, 1].tolist() == [0.5, 1, 0, 0.5]
    assert found.seconds == 3


def test_what_is_kept_is_not_made_again(tmp_path):
    path = tmp_path / "below" / "one.npz"
    first = kept(path, lambda: measured([0.1, 0.2, 0.3, 0.4], 1.5))
    again = kept(path, lambda: pytest.fail("made again"))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert [file.name for file in path.parent.iterdir()] == ["one.npz"]
