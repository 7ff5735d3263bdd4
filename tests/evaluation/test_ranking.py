"""The bound behind the exact ranks, and the exact nearest neighbours."""

import numpy as np
import pytest

from fabric_retrieval.evaluation import nearest
from fabric_retrieval.evaluation.distances import BoundedDistances
from fabric_retrieval.evaluation.judgements import Judgements


@pytest.mark.parametrize("offset", [0, 1, 1000])
@pytest.mark.parametrize("dims", [1, 3, 300, 5000])
def test_the_true_distance_is_within_the_bound(dims, offset):
    rng = np.random.default_rng(dims)
    queries, gallery = (rng.normal(offset, size=(count, dims)).astype(np.float32) for count in (5, 30))
    gallery[3] = queries[2]
    distances = BoundedDistances(queries, gallery, block_values=64)
    for query, (approximate, bound) in enumerate(distances.rows()):
        difference = gallery.astype(np.float64) - queries[query]
        true = (difference**2).sum(axis=1)
        assert (np.abs(approximate - true) <= bound).all()
        np.testing.assert_allclose(distances.exact(query, np.arange(30)), true, rtol=1e-14)
        assert np.median(bound) / np.median(true) < 1e-6 * (dims + 30)  # of use, not only true


def test_exact_distances_of_equal_vectors_are_equal_whatever_they_are_computed_with():
    rng = np.random.default_rng(0)
    gallery = np.repeat(rng.normal(size=(10, 777)), 5, axis=0).astype(np.float32)
    distances = BoundedDistances(rng.normal(size=(1, 777)), gallery)
    alone = [distances.exact(0, np.array([position]))[0] for position in range(50)]
    assert distances.exact(0, np.arange(50)).tolist() == alone
    assert len(set(alone)) == 10


def test_nearest_equals_a_full_sort():
    rng = np.random.default_rng(0)
    queries, gallery = rng.integers(0, 3, size=(20, 4)), rng.integers(0, 3, size=(200, 4))
    order = rng.permutation(200)
    squared = ((queries[:, np.newaxis] - gallery) ** 2).sum(axis=2)
    expected = [np.lexsort((order, row))[:9] for row in squared]
    positions, distances = nearest(queries.astype(float), gallery.astype(float), 9, id_order=order)
    np.testing.assert_array_equal(positions, expected)
    np.testing.assert_array_equal(distances, np.take_along_axis(squared, positions, axis=1))


def test_nearest_leaves_out_what_takes_no_part_and_fills_up():
    features = np.arange(4, dtype=np.float32)[:, np.newaxis]
    judgements = Judgements(
        np.array([0]),
        np.zeros(4),
        np.array(["b"]),
        np.array(list("abcd")),
        np.array(["x"]),
        np.array(["", "", "x", ""]),
    )
    positions, distances = nearest(features[1:2], features, 3, judgements)
    assert positions.tolist() == [[0, 3, -1]]
    assert distances.tolist() == [[1.0, 4.0, np.inf]]


def test_nearest_of_no_neighbours_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        nearest(np.ones((1, 1)), np.ones((1, 1)), 0)
