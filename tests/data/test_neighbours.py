import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from fabric_retrieval.data.clusters import load, save
from fabric_retrieval.data.neighbours import Neighbours, nearest_fabrics
from fabric_retrieval.data.units import FabricIndex, shared_batch
from fabric_retrieval.errors import TrainingStoppedError, UserError


def test_neighbours_are_those_of_the_mean_of_two_photographs(monkeypatch):
    monkeypatch.setattr("fabric_retrieval.data.clusters.BLOCK", 7)
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat(np.arange(30), rng.integers(2, 6, size=30)))
    features = rng.normal(size=(len(labels), 5)).astype(np.float32)
    found = nearest_fabrics(lambda rows: features[rows], FabricIndex(labels), 4).nearest
    means = np.stack([features[np.flatnonzero(labels == fabric)[:2]].mean(axis=0) for fabric in range(30)])
    expected = NearestNeighbors(n_neighbors=5).fit(means).kneighbors(means, return_distance=False)
    np.testing.assert_array_equal(found, expected[:, 1:])


def test_of_two_at_one_distance_the_first_is_nearer():
    points = np.array([[0.0], [1.0], [-1.0], [0.0]])
    found = nearest_fabrics(lambda rows: points[rows // 2], FabricIndex(np.repeat(range(4), 2)), 9)
    assert found.nearest.tolist() == [[3, 1, 2], [0, 3, 2], [0, 3, 1], [0, 1, 2]]


def test_embeddings_that_are_not_finite_stop_the_training():
    with pytest.raises(TrainingStoppedError, match="not finite"):
        nearest_fabrics(lambda rows: np.full((len(rows), 2), np.nan), FabricIndex([0, 0, 1, 1]), 1)


def test_kept_neighbours_are_neighbours_again(tmp_path):
    kept = Neighbours(np.array([[1], [0]], np.int32))
    save(kept, tmp_path / "0.npz")
    np.testing.assert_array_equal(load(tmp_path / "0.npz", Neighbours).nearest, kept.nearest)
    with pytest.raises(UserError, match="no file of clusters"):
        load(tmp_path / "0.npz")


def test_half_of_a_batch_comes_in_groups():
    """Forty fabrics, of which each multiple of four has the next three as neighbours, and they have it."""
    block = np.arange(40).reshape(10, 4)
    nearest = np.array([[j for j in block[i // 4] if j != i] for i in range(40)], np.int32)
    index = FabricIndex(np.repeat(np.arange(40), 3))
    together, seeds = [], set()
    for number in range(60):
        batch = shared_batch(index, 0, number, fabrics=16, images=2, neighbours=Neighbours(nearest))
        fabrics = index.fabric_of[batch.rows].reshape(16, 2)[:, 0]
        assert len(set(fabrics)) == 16
        assert [len(set(fabrics[i : i + 4] // 4)) for i in (0, 4)] == [1, 1]
        together.append(np.mean(fabrics[8:, None] // 4 == fabrics[8:] // 4))
        seeds |= set(fabrics[[0, 4]] // 4)
    assert seeds == set(range(10))
    assert 1 / 8 < np.mean(together) < 1 / 4  # the other half is drawn at random


def test_a_batch_is_of_its_size_whatever_the_groups():
    """Three of eight fabrics are drawn together, where a group has five; with fewer fabrics all are taken."""
    index = FabricIndex(np.repeat(np.arange(8), 2))
    nearest = np.array([[(i + j) % 8 for j in range(1, 5)] for i in range(8)], np.int32)
    for wanted, expected in ((6, 6), (16, 8)):
        rows = shared_batch(index, 3, 1, fabrics=wanted, images=2, neighbours=Neighbours(nearest)).rows
        assert len(set(index.fabric_of[rows])) == expected
        assert len(rows) == 2 * expected
