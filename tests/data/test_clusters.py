"""Clusters of fabrics, and Magnet's batches of them, against brute force."""

import itertools

import numpy as np
import pytest

from fabric_retrieval.data import clusters as clusters_file
from fabric_retrieval.data.clusters import Clusters, cluster_fabrics
from fabric_retrieval.data.magnet_batch import magnet_batch
from fabric_retrieval.data.units import FabricIndex
from fabric_retrieval.errors import UserError


@pytest.fixture(scope="module")
def collection():
    """30 fabrics of 2 to 9 images in mixed order, and features in which fabrics overlap."""
    rng = np.random.default_rng(5)
    labels = rng.permutation(np.repeat(np.arange(30), rng.integers(2, 10, size=30)))
    features = rng.normal(size=(30, 8))[labels] + 0.7 * rng.normal(size=(len(labels), 8))
    return FabricIndex(labels), features.astype(np.float32)


@pytest.fixture(scope="module")
def clusters(collection):
    index, features = collection
    return cluster_fabrics(features, index, per_fabric=3, seed=1)


def means_of(features, clusters):
    return [features[clusters.cluster_of == c].mean(axis=0) for c in range(len(clusters.fabric))]


def partition(cluster_of, rows):
    return {frozenset(rows[cluster_of[rows] == c].tolist()) for c in np.unique(cluster_of[rows])}


def inertia(features, parts):
    return sum(np.sum((features[list(p)] - features[list(p)].mean(axis=0)) ** 2) for p in parts)


def test_clusters_lie_within_fabrics_and_have_two_images(collection, clusters):
    index, _ = collection
    np.testing.assert_array_equal(clusters.fabric[clusters.cluster_of], index.fabric_of)
    sizes = np.bincount(clusters.cluster_of, minlength=len(clusters.fabric))
    assert sizes.min() >= 2
    counts = np.bincount(clusters.fabric)
    images = np.bincount(index.fabric_of)
    assert (counts <= np.minimum(3, images // 2)).all()
    assert set(counts) == {1, 2, 3}


def test_clusters_are_numbered_by_fabric_and_first_image(clusters):
    first = np.unique(clusters.cluster_of, return_index=True)[1]
    order = np.lexsort([first, clusters.fabric])
    np.testing.assert_array_equal(order, np.arange(len(first)))


def test_finds_the_best_partition():
    """Six images of a fabric in two groups that k-means cannot miss, against all partitions in two."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 6)
    features = rng.normal(size=(12, 4)) + 20 * np.array([0, 1, 1, 0, 0, 1] * 2)[:, None]
    found = cluster_fabrics(features, FabricIndex(labels), per_fabric=2, seed=0)
    for fabric in (0, 1):
        rows = np.flatnonzero(labels == fabric)
        halves = [set(half) for n in (1, 2, 3) for half in itertools.combinations(rows.tolist(), n)]
        partitions = [(half, set(rows.tolist()) - half) for half in halves]
        best = min(partitions, key=lambda parts: inertia(features, parts))
        assert partition(found.cluster_of, rows) == {frozenset(part) for part in best}


def test_an_image_that_is_like_no_other_is_no_cluster():
    features = np.array([[0.0], [0.1], [0.2], [0.3], [9.0], [5.0], [5.1]])
    found = cluster_fabrics(features, FabricIndex([0, 0, 0, 0, 0, 1, 1]), per_fabric=2, seed=0)
    assert found.cluster_of.tolist() == [0, 0, 0, 0, 0, 1, 1]


def test_loss_is_equation_5_among_all_clusters(collection, clusters):
    """Exponentials, logarithm and loops, in float64."""
    _, features = collection
    features = features.astype(np.float64)
    means = means_of(features, clusters)
    own = [np.sum((r - means[c]) ** 2) for r, c in zip(features, clusters.cluster_of, strict=True)]
    variance = sum(own) / (len(features) - 1)
    for cluster in range(len(means)):
        costs = []
        for i in np.flatnonzero(clusters.cluster_of == cluster):
            impostors = [
                np.exp(-np.sum((features[i] - mean) ** 2) / (2 * variance))
                for mean, fabric in zip(means, clusters.fabric, strict=True)
                if fabric != clusters.fabric[cluster]
            ]
            costs.append(max(0.0, -np.log(np.exp(-own[i] / (2 * variance) - 1.0) / sum(impostors))))
        assert clusters.loss[cluster] == pytest.approx(np.mean(costs), rel=1e-9)
    assert clusters.loss.std() > 0.1


def test_impostors_are_the_nearest_of_other_fabrics(collection, clusters):
    _, features = collection
    means = means_of(features.astype(np.float64), clusters)
    assert clusters.impostors.shape == (len(means), min(63, len(means) - 1))
    for cluster, found in enumerate(clusters.impostors):
        others = [c for c in range(len(means)) if clusters.fabric[c] != clusters.fabric[cluster]]
        expected = sorted(others, key=lambda c: np.sum((means[c] - means[cluster]) ** 2))
        found = found[found >= 0].tolist()
        assert found == expected[: clusters.impostors.shape[1]]


def test_equal_distances_are_ordered_by_number():
    features = np.repeat([[0.0], [3.0], [-3.0], [3.0]], 2, axis=0)
    found = cluster_fabrics(features, FabricIndex(np.repeat(range(4), 2)), per_fabric=1, seed=0)
    assert found.impostors.tolist() == [[1, 2, 3], [3, 0, 2], [0, 1, 3], [1, 0, 2]]

    alike = cluster_fabrics(np.ones((200, 2)), FabricIndex(np.repeat(range(100), 2)), per_fabric=1, seed=0)
    assert alike.impostors[70].tolist() == list(range(63))
    assert alike.impostors[2].tolist() == [0, 1, *range(3, 64)]


def test_blocks_change_nothing(collection, clusters, monkeypatch):
    index, features = collection
    monkeypatch.setattr(clusters_file, "BLOCK", 7)
    for name, array in cluster_fabrics(features, index, per_fabric=3, seed=1)._asdict().items():
        np.testing.assert_allclose(array, getattr(clusters, name), rtol=1e-12, err_msg=name)


def test_same_seed_same_clusters(collection, clusters):
    index, features = collection
    for name, array in cluster_fabrics(features, index, per_fabric=3, seed=1)._asdict().items():
        np.testing.assert_array_equal(array, getattr(clusters, name), err_msg=name)
    others = [cluster_fabrics(features, index, per_fabric=3, seed=s) for s in range(2, 5)]
    assert any((other.cluster_of != clusters.cluster_of).any() for other in others)


@pytest.mark.filterwarnings("error")
def test_a_dead_network_gives_one_cluster_a_fabric():
    index = FabricIndex(np.repeat(range(4), 4))
    found = cluster_fabrics(np.zeros((16, 3), np.float32), index, per_fabric=2, seed=0)
    assert found.fabric.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(found.loss, 1.0 + np.log(3))
    assert magnet_batch(index, found, seed=0, batch=0, size=3).rows.shape == (15,)


def test_file_keeps_everything(collection, clusters, tmp_path):
    """So that a run which was killed goes on with the same batches."""
    path = tmp_path / "clusters" / "100.npz"
    clusters_file.save(clusters, path)
    loaded = clusters_file.load(path)
    for name, array in loaded._asdict().items():
        np.testing.assert_array_equal(array, getattr(clusters, name), err_msg=name)
        assert array.dtype == getattr(clusters, name).dtype
    assert [file.name for file in path.parent.iterdir()] == ["100.npz"]
    made, again = (magnet_batch(collection[0], state, 0, 105) for state in (clusters, loaded))
    np.testing.assert_array_equal(made.rows, again.rows)


def test_damaged_files_are_named(clusters, tmp_path):
    path = tmp_path / "0.npz"
    clusters_file.save(clusters, path)
    whole = path.read_bytes()
    np.savez(tmp_path / "other.npz", features=np.zeros(3))
    np.savez(tmp_path / "pickled.npz", **clusters._asdict() | {"loss": np.array([{}], dtype=object)})
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.npz").write_bytes(b"")
    np.save(tmp_path / "array.npy", np.zeros(3))
    for name in ("other.npz", "pickled.npz", "cut.npz", "empty.npz", "array.npy"):
        with pytest.raises(UserError, match=rf"{name} is no file of clusters"):
            clusters_file.load(tmp_path / name)


def test_wrong_features_are_named(collection):
    index, features = collection
    with pytest.raises(UserError, match=f"features of 3 images and {len(features)}"):
        cluster_fabrics(features[:3], index, per_fabric=2, seed=0)
    broken = features.copy()
    broken[4, 1] = np.nan
    with pytest.raises(UserError, match="features of image 4 are not finite"):
        cluster_fabrics(broken, index, per_fabric=2, seed=0)


@pytest.mark.parametrize("batch", range(8))
def test_batch_is_a_cluster_and_its_nearest_impostors(collection, clusters, batch):
    index, features = collection
    rows, units = magnet_batch(index, clusters, seed=0, batch=batch)
    assert (rows.shape, units.shape, units.dtype) == ((80,), (16, 6), np.int32)
    np.testing.assert_array_equal(np.sort(units[:, 1:], axis=None), np.arange(80))

    chosen = [np.unique(clusters.cluster_of[rows[positions]]).item() for positions in units[:, 1:]]
    means = means_of(features.astype(np.float64), clusters)
    others = [c for c in range(len(means)) if clusters.fabric[c] != clusters.fabric[chosen[0]]]
    assert chosen[1:] == sorted(others, key=lambda c: np.sum((means[c] - means[chosen[0]]) ** 2))[:15]
    np.testing.assert_array_equal(units[:, 0], clusters.fabric[chosen])


def test_examples_repeat_only_where_a_cluster_has_too_few(collection, clusters):
    index, _ = collection
    sizes = np.bincount(clusters.cluster_of)
    for batch in range(20):
        rows, units = magnet_batch(index, clusters, seed=3, batch=batch, size=10, examples=4)
        for positions in units[:, 1:]:
            images, times = np.unique(rows[positions], return_counts=True)
            assert len(images) == min(4, sizes[clusters.cluster_of[images[0]]])
            assert times.max() - times.min() <= 1


def test_seed_cluster_is_drawn_by_its_loss():
    """Losses 0, 1, 3, 6 over 2,000 batches; sqrt(2,000 p (1 - p)) <= 22, so 5 sigma are 110."""
    index = FabricIndex(np.repeat(range(4), 2))
    impostors = np.array([[j for j in range(4) if j != i] for i in range(4)], np.int32)
    state = Clusters(
        np.arange(4, dtype=np.int32),
        np.repeat(np.arange(4, dtype=np.int32), 2),
        np.r_[0, 1, 3, 6.0],
        impostors,
    )
    drawn = [magnet_batch(index, state, 0, batch, size=2, examples=2).units[0, 0] for batch in range(2000)]
    counts = np.bincount(drawn, minlength=4)
    assert counts[0] == 0
    np.testing.assert_allclose(counts, [0, 200, 600, 1200], atol=110)

    even = state._replace(loss=np.zeros(4))
    drawn = [magnet_batch(index, even, 0, batch, size=2, examples=2).units[0, 0] for batch in range(2000)]
    np.testing.assert_allclose(np.bincount(drawn, minlength=4), 500, atol=110)


def test_batch_is_a_function_of_seed_and_number(collection, clusters):
    index, _ = collection
    first, again = (magnet_batch(index, clusters, seed=2, batch=7) for _ in range(2))
    np.testing.assert_array_equal(first.rows, again.rows)
    np.testing.assert_array_equal(first.units, again.units)
    assert (magnet_batch(index, clusters, seed=2, batch=8).rows != first.rows).any()
    assert (magnet_batch(index, clusters, seed=3, batch=7).rows != first.rows).any()


def test_few_clusters_give_batches_of_one_shape():
    """Fabrics of two, two and one clusters: a seed of the first two has three impostors, of the last four.

    The last fabric's lies at 2, the others' at 0 and 5, and 9 and 14: its nearest three are 0, 5 and 9.
    """
    index = FabricIndex(np.repeat([0, 1, 2], [4, 4, 2]))
    centres = np.repeat([0.0, 5.0, 9.0, 14.0, 2.0], 2)[:, None]
    state = cluster_fabrics(centres + np.tile([[0.0], [0.1]], (5, 1)), index, per_fabric=2, seed=0)
    assert state.fabric.tolist() == [0, 0, 1, 1, 2]
    state = state._replace(loss=np.ones(5))
    drawn = {tuple(magnet_batch(index, state, 0, batch).units[:, 0]) for batch in range(60)}
    assert drawn == {(0, 2, 1, 1), (1, 0, 2, 0), (2, 0, 0, 1)}


def test_two_clusters():
    index = FabricIndex([0, 0, 1, 1])
    state = cluster_fabrics(np.array([[0.0], [0.1], [2.0], [2.1]]), index, per_fabric=2, seed=0)
    for batch in range(5):
        units = magnet_batch(index, state, seed=0, batch=batch).units
        assert units[:, 0].tolist() in ([0, 1], [1, 0])


def test_clusters_of_other_images_are_refused(clusters):
    with pytest.raises(UserError, match="not those of these images"):
        magnet_batch(FabricIndex([0, 0, 1, 1]), clusters, seed=0, batch=0)


def test_too_large_a_batch_is_refused(collection):
    index, features = collection
    state = cluster_fabrics(features, index, per_fabric=3, seed=1, impostors=4)
    assert len(magnet_batch(index, state, seed=0, batch=0, size=5).units) == 5
    with pytest.raises(UserError, match="4 impostors each; batches of 6 need 5"):
        magnet_batch(index, state, seed=0, batch=0, size=6)
