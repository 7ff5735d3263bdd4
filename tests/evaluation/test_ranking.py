"""The bound behind the exact ranks, and the exact nearest neighbours."""

import numpy as np
import pytest

from fabric_retrieval.evaluation import nearest
from fabric_retrieval.evaluation.distances import Distances
from fabric_retrieval.evaluation.judgements import Judgements
from fabric_retrieval.evaluation.ranking import rank_relevant


@pytest.mark.parametrize("offset", [0, 1, 1000])
@pytest.mark.parametrize("dims", [1, 3, 300, 5000])
def test_scores_say_nearer_or_farther_only_where_it_is_so(dims, offset):
    rng = np.random.default_rng(dims)
    queries, gallery = (rng.normal(offset, size=(count, dims)).astype(np.float32) for count in (5, 30))
    gallery[3] = queries[2]
    true = ((gallery.astype(np.float64) - queries[:, np.newaxis]) ** 2).sum(axis=2)
    unsure = []

    def check(block):
        near = true[block.queries, block.images]
        for row, column in np.ndindex(near.shape):
            threshold = near[row, column]
            (sure,), (possible,) = block.limits(np.array([row]), np.array([threshold]))
            scores = block.scores[row]
            assert (near[row][scores > sure] < threshold).all()
            assert (near[row][scores < possible] > threshold).all()
            assert threshold <= block.farthest(row, scores[column])
            unsure.append(np.count_nonzero((scores >= possible) & (scores <= sure)) - 1)

    Distances(queries, gallery, block_values=8 * dims).visit(check)
    assert len(unsure) == true.size
    assert sum(unsure) <= 10  # of use, not only true


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_ranks_do_not_depend_on_the_unit_of_the_features(scale):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 5)).astype(np.float32)
    found, _ = nearest(features[:9], features, 20)
    np.testing.assert_array_equal(
        nearest(features[:9] * np.float32(scale), features * np.float32(scale), 20)[0], found
    )


def test_exact_distances_of_equal_vectors_are_equal_whatever_they_are_computed_with():
    rng = np.random.default_rng(0)
    gallery = np.repeat(rng.normal(size=(10, 777)), 5, axis=0).astype(np.float32)
    query = rng.normal(size=(1, 777))
    zeros = np.zeros(500, int)
    distances = Distances(query, gallery)
    alone = [distances.exact(zeros[:1], np.array([position]))[0] for position in range(50)]
    assert distances.exact(zeros[:50], np.arange(50)).tolist() == alone
    for _ in range(3):  # from some point on, copies are found first
        assert distances.exact(zeros, np.arange(500) % 50).tolist() == [alone[n % 50] for n in range(500)]
    assert len(set(alone)) == 10
    np.testing.assert_allclose(alone, ((gallery - query) ** 2).sum(axis=1), rtol=1e-12)


@pytest.mark.parametrize("block_values", [1, 300, 1 << 20])
def test_ranks_of_equal_vectors_follow_the_ids(block_values, monkeypatch):
    monkeypatch.setattr("fabric_retrieval.evaluation.ranking.CONTESTED", 7)
    monkeypatch.setattr("fabric_retrieval.evaluation.distances.COPIES_AFTER", 0)
    labels = np.arange(40) % 4
    features = np.zeros((40, 3), np.float32)
    judgements = Judgements(labels[:8], labels, None, None, None, None)
    order = np.random.default_rng(0).permutation(40)
    ranks = rank_relevant(features[:8], features, judgements, order, block_values)
    for query in range(8):
        expected = np.sort(order[labels == labels[query]]) + 1
        mine = ranks.query == query
        np.testing.assert_array_equal(ranks.rank[mine], expected)
        np.testing.assert_array_equal(ranks.least[mine], np.arange(10) + 1)
        np.testing.assert_array_equal(ranks.most[mine], np.arange(10) + 31)


def on_a_lattice(kind, rng, images, dims):
    """`(features [N, D] float32, the same [N, D] int64 but for an offset and a factor)`."""
    if kind == "many ties":
        steps = rng.integers(-1, 2, size=(images, dims)) * (rng.random((images, dims)) < 3 / dims)
    elif kind == "copies":
        steps = rng.integers(-9, 10, size=(5, dims))[rng.integers(0, 5, size=images)]
    elif kind == "dead network":
        steps = np.zeros((images, dims), int)
        steps[::7, 0] = 1
    elif kind == "tiny differences":
        steps = rng.integers(-(1 << 22), 1 << 22, size=dims) + rng.integers(0, 2, size=(images, dims))
    elif kind == "one far away":
        steps = rng.integers(-2, 3, size=(images, dims))
        steps[images // 2] = 1 << 20
    else:
        steps = rng.integers(-9, 10, size=(images, dims))
    offset, factor = {"huge offset": (1 << 20, 1 / 8), "tiny values": (0, 2.0**-140)}.get(kind, (0, 1))
    features = (offset + steps * factor).astype(np.float32)
    np.testing.assert_array_equal((features.astype(np.float64) - offset) / factor, steps)
    return features, steps


KINDS = [
    "many ties",
    "copies",
    "dead network",
    "tiny differences",
    "one far away",
    "huge offset",
    "tiny values",
]


@pytest.mark.parametrize(("block_values", "cores"), [(700, 1), (5000, 3), (1 << 24, 2)])
@pytest.mark.parametrize("dims", [2, 600])
@pytest.mark.parametrize("kind", KINDS)
def test_ranks_equal_brute_force_in_integers(kind, dims, block_values, cores, monkeypatch):
    monkeypatch.setattr("fabric_retrieval.evaluation.distances.count_cores", lambda: cores)
    rng = np.random.default_rng(dims)
    features, steps = on_a_lattice(kind, rng, 90, dims)
    labels, order = rng.integers(0, 6, size=90), rng.permutation(90)
    judgements = Judgements(labels[:10], labels, np.arange(10), np.arange(90), None, None)
    ranks = rank_relevant(features[:10], features, judgements, order, block_values)

    true = np.square(steps[:10, np.newaxis] - steps).sum(axis=2)
    expected = []
    for query in range(10):
        for image in np.flatnonzero(labels == labels[query]):
            if image == query:
                continue
            taking_part = np.arange(90) != query
            tied = true[query] == true[query, image]
            before = (true[query] < true[query, image]) | (tied & (order < order[image]))
            rank = 1 + np.count_nonzero(taking_part & before)
            tied &= labels != labels[query]
            least = rank - np.count_nonzero(tied & before)
            expected.append((query, rank, least, least + np.count_nonzero(tied)))
    found = zip(ranks.query, ranks.rank, ranks.least, ranks.most, strict=True)
    assert sorted(found) == sorted(expected)


def test_a_memory_mapped_gallery_ranks_as_one_in_memory(tmp_path):
    rng = np.random.default_rng(0)
    gallery, labels = rng.normal(size=(300, 6)).astype(np.float32), rng.integers(0, 30, size=300)
    np.save(tmp_path / "gallery.npy", gallery)
    mapped = np.load(tmp_path / "gallery.npy", mmap_mode="r")
    judgements = Judgements(labels[:20], labels, np.arange(20), np.arange(300), None, None)
    in_memory = rank_relevant(gallery[:20], gallery, judgements, np.arange(300), 1000)
    from_disk = rank_relevant(gallery[:20], mapped, judgements, np.arange(300), 1000)
    np.testing.assert_array_equal(from_disk.rank, in_memory.rank)


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
