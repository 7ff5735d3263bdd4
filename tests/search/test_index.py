"""An index in a folder finds what brute force finds, whatever was added, replaced and removed before."""

import faiss
import numpy as np
import pytest
from search.oracle import (
    MODEL,
    Oracle,
    check_same,
    clustered,
    description,
    drawn,
    items,
    photographs_of,
    play,
)

from fabric_retrieval.errors import UserError
from fabric_retrieval.search import Item, create_index, engines, open_index, reranking


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "index"


@pytest.mark.parametrize("whole", [False, True], ids=["floats", "ties"])
def test_flat_finds_what_brute_force_finds(folder, whole):
    oracle, vectors = Oracle(), drawn(400, 24, seed=0, whole=whole)
    oracle.add(items(range(400)), vectors)
    with create_index(folder, description(24)) as index:
        index.add(items(range(400)), vectors)
        queries = np.concatenate([drawn(10, 24, seed=1, whole=whole), vectors[:5]])
        for k in (1, 7, 400, 1000):
            check_same(index, oracle, queries, k)
        for query in queries[:5]:  # one query alone takes another way through faiss than many
            check_same(index, oracle, query[np.newaxis], 10)


@pytest.mark.parametrize("seed", range(3))
def test_random_sequences_against_a_dictionary(folder, seed):
    index = create_index(folder, description(6))
    play(index, Oracle(), seed, steps=60, dimension=6, reopen=lambda: open_index(folder, MODEL)).close()


def test_random_sequences_in_a_graph(folder):
    # Of so few images the graph is searched whole, but for its ways round removed ones.
    index = create_index(folder, description(6), kind="hnsw")
    play(index, Oracle(), 5, steps=50, dimension=6, reopen=lambda: open_index(folder), whole=False).close()


def test_all_are_the_same_image(folder):
    oracle, vectors = Oracle(), np.ones((300, 8), np.float32)
    oracle.add(items(range(300)), vectors)
    with create_index(folder, description(8)) as index:
        index.add(items(range(300)), vectors)
        check_same(index, oracle, np.ones((25, 8), np.float32), 5)
        check_same(index, oracle, np.zeros((1, 8), np.float32), 5)


def test_roundings_of_float32_cannot_hide_an_image(folder, monkeypatch):
    # Far from the origin, the differences that decide are lost in the squares. With these faiss computes
    # when there is much to compute; here always.
    monkeypatch.setattr(faiss.cvar, "distance_compute_blas_threshold", 1)
    vectors = (1000 + drawn(800, 64, seed=2)).astype(np.float32)
    queries = (1000 + drawn(20, 64, seed=3)).astype(np.float32)
    plain = faiss.IndexFlatL2(64)
    plain.add(vectors)
    _, of_faiss = plain.search(queries, 5)
    oracle = Oracle()
    oracle.add(items(range(800)), vectors)
    best = [[int(hit.metadata["number"]) for hit in hits] for hits in oracle.search(queries, 5)]
    assert (np.array(best) != of_faiss).any(), "faiss alone is right here: the case shows nothing"
    with create_index(folder, description(64)) as index:
        index.add(items(range(800)), vectors)
        check_same(index, oracle, queries, 5)


@pytest.mark.parametrize("scale", [1e-25, 1.0, 1e15])
def test_distances_that_float32_cannot_tell_apart(folder, scale):
    # All images lie on a sphere around the queries but for its last bits, and FEW makes float32 look first.
    directions = drawn(200, 64, seed=16)
    vectors = scale * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    queries = (scale * 1e-8 * drawn(200, 64, seed=17)).astype(np.float32)
    assert len(queries) * 12 * 64 > reranking.FEW
    oracle = Oracle()
    for each in (oracle, index := create_index(folder, description(64))):
        each.add(items(range(200)), vectors.astype(np.float32))
    check_same(index, oracle, queries, 12)
    index.close()


@pytest.mark.parametrize("kind", ["hnsw", "ivfpq"])
def test_approximate_kinds_find_almost_all(folder, kind, monkeypatch):
    monkeypatch.setattr(engines, "LEAST_CODED", 3000)
    vectors = clustered(3000, 16, fabrics=150, seed=4)
    oracle = Oracle()
    oracle.add(items(range(len(vectors))), vectors)
    queries = clustered(50, 16, fabrics=150, seed=4)
    with create_index(folder, description(16), kind) as index:
        index.add(items(range(len(vectors))), vectors)
        index.save()
    expected = oracle.search(queries, 10)
    with open_index(folder) as index:
        assert index.info()["engine"] == kind
        found = index.search(queries, 10)
        shared = [len({*one} & {*other}) for one, other in zip(_ids(found), _ids(expected), strict=True)]
        assert np.mean(shared) / 10 >= 0.99
        for hits in found:
            lengths = [hit.distance for hit in hits]
            assert lengths == sorted(lengths)
        # Distances are of the vectors, not of codes.
        for hit in found[0]:
            _, vector = index.get(hit.image_id)
            np.testing.assert_allclose(
                hit.distance, ((vector.astype(float) - queries[0]) ** 2).sum(), rtol=1e-12
            )
        # All that is near is removed: what is left is found.
        near = {hit.image_id for hit in index.search(queries[:1], 500)[0]}
        index.remove(near)
        oracle.remove(near)
        left = index.search(queries[:1], 10)[0]
        assert len(left) == 10
        assert not near & {hit.image_id for hit in left}
        assert {hit.image_id for hit in left} == {hit.image_id for hit in oracle.search(queries[:1], 10)[0]}


@pytest.mark.parametrize("kind", ["flat", "hnsw", "ivfpq"])
def test_many_that_are_left_out_are_not_searched_for_again(folder, kind, monkeypatch):
    monkeypatch.setattr(engines, "LEAST_CODED", 1000)
    vectors = drawn(3000, 16, seed=18)
    asked = []
    with create_index(folder, description(16), kind) as index:
        index.add(items(range(3000)), vectors)
        near = {hit.image_id for hit in index.search(vectors[:1], 400)[0]}
        nearest = index._engine.nearest
        monkeypatch.setattr(index._engine, "nearest", lambda *how: asked.append(how[1]) or nearest(*how))
        found = index.search(vectors[:1], 5, near)[0]
    assert len(found) == 5
    assert not near & {hit.image_id for hit in found}
    assert len(asked) == 1, "once is enough"
    assert asked[0] < 600


def test_auto_turns_into_a_graph_when_it_grows(folder, monkeypatch):
    monkeypatch.setattr(engines, "MOST_FLAT", 300)
    oracle, vectors = Oracle(), drawn(420, 8, seed=5)
    with create_index(folder, description(8)) as index:
        for start, engine in ((0, "flat"), (140, "flat"), (280, "hnsw")):
            part = items(range(start, start + 140))
            index.add(part, vectors[start : start + 140])
            oracle.add(part, vectors[start : start + 140])
            assert index.info()["engine"] == engine
        index.save()
        check_same(index, oracle, drawn(10, 8, seed=6), 10)
    with open_index(folder) as index:
        assert (index.info()["kind"], index.info()["engine"]) == ("auto", "hnsw")
        check_same(index, oracle, drawn(10, 8, seed=6), 10)
        index.add(items(range(420, 430)), drawn(10, 8, seed=7))
        oracle.add(items(range(420, 430)), drawn(10, 8, seed=7))
        check_same(index, oracle, drawn(10, 8, seed=6), 10)


def test_codes_are_learnt_anew_when_it_has_outgrown_them(folder, monkeypatch):
    monkeypatch.setattr(engines, "LEAST_CODED", 400)
    vectors = clustered(3000, 8, fabrics=150, seed=8)
    with create_index(folder, description(8), "ivfpq") as index:
        index.add(items(range(300)), vectors[:300])
        assert index.info()["engine"] == "flat"
        index.add(items(range(300, 600)), vectors[300:600])
        assert index.info()["engine"] == "ivfpq"
        lists = engines.lists_for(600)
        index.add(items(range(600, 3000)), vectors[600:])
        assert index._engine._index.nlist == engines.lists_for(3000) > 2 * lists
        oracle = Oracle()
        oracle.add(items(range(3000)), vectors)
        found, expected = (each.search(vectors[:40], 5) for each in (index, oracle))
        shared = [len({*one} & {*other}) for one, other in zip(_ids(found), _ids(expected), strict=True)]
        assert np.mean(shared) / 5 >= 0.95


def test_rows_of_removed_images_go_when_they_are_most(folder):
    oracle, vectors = Oracle(), drawn(100, 8, seed=9)
    with create_index(folder, description(8)) as index:
        for each in (index, oracle):
            each.add(items(range(100)), vectors)
            each.remove(item.image_id for item in items(range(40)))
        index.save()
        assert index.info()["removed"] == 40
        for each in (index, oracle):
            each.remove([item.image_id for item in items(range(40, 60))])
        before = index.info()["bytes"]
        index.save()
        assert index.info()["removed"] == 0
        assert index.info()["bytes"] < before
        check_same(index, oracle, drawn(5, 8, seed=10), 10)
        index.remove([item.image_id for item in items(range(100))])
        index.save()
    with open_index(folder) as index:
        assert index.count() == 0
        assert index.search(drawn(2, 8, seed=11), 5) == [[], []]
        index.add(items([3]), vectors[3:4])
        assert [hit.image_id for hit in index.search(vectors[:1], 5)[0]] == [items([3])[0].image_id]


def test_names_of_all_sorts(folder):
    names = ["a'b\"c\\d", "größe/鳥.jpg", "tab\tand\nline", "a' or 1 == 1", " ", "%_*"]
    named = [Item(name, f"fabric of {name}", {"name": name}) for name in names]
    vectors = drawn(len(names), 4, seed=12)
    with create_index(folder, description(4)) as index:
        index.add(named, vectors)
        index.save()
    with open_index(folder) as index:
        assert list(index.items()) == sorted(named)
        assert list(index.items(prefix="gr")) == [named[1]]
        for item, vector in zip(named, vectors, strict=True):
            assert index.search(vector[np.newaxis], 1)[0][0][:3] == (item.image_id, item.fabric, 0.0)
            assert index.of_fabric(item.fabric) == [item]
            assert photographs_of(index, [item.fabric]) == {item.fabric: {item.image_id: vector.tolist()}}
        assert index.remove(names) == len(names)


@pytest.mark.parametrize(
    ("added", "change", "message"),
    [
        (items(range(3)), {(1, 2): np.nan}, r"image 'cloth 1/00001\.jpg' holds NaN or infinity"),
        (items(range(3)), {(2, 0): np.inf}, r"image 'cloth 2/00002\.jpg' holds NaN or infinity"),
        (items(range(3)), {(0, 0): 1e39}, r"image 'cloth 0/00000\.jpg' holds NaN or infinity"),
        (items([4, 5, 4]), {}, "'cloth 4/00004.jpg' is given twice"),
        ([("a", "\udcff", {})] * 3, {}, r"'a' has the fabric '\\udcff'.*UTF-8"),
        ([("a", "b", {"x": "\udcff"})] * 3, {}, "metadata of image 'a'.*JSON"),
        ([("a", "b", {"x": 1 << 64})] * 3, {}, "metadata of image 'a'.*integers of 64 bits"),
        ([("", "a", {})] * 3, {}, "'' has the id ''"),
        ([("a", None, {})] * 3, {}, "'a' has the fabric None"),
        ([("a", "b", {"x": float("nan")})] * 3, {}, "metadata of image 'a'.*JSON"),
        ([("a", "b", {"x": object()})] * 3, {}, "metadata of image 'a'.*JSON"),
        ([("a", "b", [1])] * 3, {}, r"metadata of image \'a\' are \[1\]"),
    ],
)
def test_what_cannot_be_added_is_named_and_nothing_is_added(folder, added, change, message):
    vectors = drawn(3, 4, seed=13).astype(float)
    for place, value in change.items():
        vectors[place] = value
    with create_index(folder, description(4)) as index:
        with pytest.raises(UserError, match=message):
            index.add(added, vectors)
        assert index.count() == 0
        assert index.search(drawn(1, 4, seed=14), 3) == [[]]


def test_other_shapes_are_refused(folder):
    with create_index(folder, description(4)) as index:
        with pytest.raises(UserError, match=r"shape \(2, 5\).*shape \(2, 4\)"):
            index.add(items(range(2)), drawn(2, 5, seed=0))
        with pytest.raises(UserError, match=r"shape \(1, 4\).*shape \(2, 4\)"):
            index.add(items(range(2)), drawn(1, 4, seed=0))
        with pytest.raises(UserError, match=r"shape \(4,\).*shape \(4, 4\)"):
            index.search(drawn(1, 4, seed=0)[0], 3)
        with pytest.raises(UserError, match="query 1 holds NaN"):
            index.search(np.array([[0, 0, 0, 0], [0, np.nan, 0, 0]]), 3)
        with pytest.raises(UserError, match="at least 1, not 0"):
            index.search(drawn(1, 4, seed=0), 0)
        assert index.search(np.empty((0, 4)), 3) == []


def test_vectors_are_the_index_own(folder):
    vectors = drawn(3, 4, seed=15)
    kept = vectors.copy()
    with create_index(folder, description(4)) as index:
        index.add(items(range(3)), vectors)
        vectors[:] = 0
        np.testing.assert_array_equal(index.get("cloth 1/00001.jpg")[1], kept[1])
        assert index.search(kept[1:2], 1)[0][0].distance == 0


def test_kinds_that_do_not_suit(folder):
    with pytest.raises(UserError, match="no index of kind 'tree': choose auto, flat, hnsw, ivfpq"):
        create_index(folder, description(4), "tree")
    with pytest.raises(UserError, match="67 dimensions"):
        create_index(folder, description(67), "ivfpq")
    assert not folder.exists()


def _ids(answers):
    return [[hit.image_id for hit in hits] for hits in answers]
