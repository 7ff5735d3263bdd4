"""An index in Milvus answers as one in a folder: here by milvus-lite; `make test-milvus` asks a server."""

import os
import time
import uuid

import grpc
import numpy as np
import pytest
from search.oracle import MODEL, Oracle, check_same, description, drawn, items, play

from fabric_retrieval.errors import UserError
from fabric_retrieval.search import (
    Item,
    create_index,
    milvus_client,
    milvus_collection,
    milvus_index,
    open_index,
)
from fabric_retrieval.search.sureness import Calibration, Logistic

SERVER = os.environ.get("FABRIC_MILVUS")  # http://host:port, set by `make test-milvus`


@pytest.fixture
def location(tmp_path):
    return f"{SERVER}/test_{uuid.uuid4().hex}" if SERVER else str(tmp_path / "index.db")


def test_random_sequence_against_a_dictionary(location):
    index = create_index(location, description(6), kind="flat")
    play(index, Oracle(), 0, steps=25, dimension=6, reopen=lambda: open_index(location, MODEL)).close()


def test_it_answers_as_an_index_in_a_folder(location, tmp_path):
    vectors, queries = drawn(500, 16, seed=1), drawn(40, 16, seed=2)
    one, other = (
        create_index(location, description(16), "flat"),
        create_index(tmp_path / "index", description(16)),
    )
    with one, other:
        for index in (one, other):
            index.add(items(range(500)), vectors)
            index.remove([item.image_id for item in items(range(50))])
            index.add(items(range(60, 70)), queries[:10])
            index.save()
        hidden = {item.image_id for item in items(range(60, 65))}
        # The same distances to the last bit: both compare the vectors that they keep.
        assert one.search(queries, 12, hidden) == other.search(queries, 12, hidden)
        assert list(one.items("cloth 3/")) == list(other.items("cloth 3/")) != []
        assert one.of_fabric("cloth 2") == other.of_fabric("cloth 2") != []
        same = ("count", "fabrics", "dimension", "model", "model_name")
        assert [one.info()[name] for name in same] == [other.info()[name] for name in same]


def test_a_reader_finds_what_another_adds_within_seconds(location, monkeypatch):
    monkeypatch.setattr(milvus_client, "FRESH", 0)  # as if it had been open for long
    vectors = drawn(3, 4, seed=5)
    with create_index(location, description(4)) as index, open_index(location) as reader:
        index.add(items(range(3)), vectors)
        index.save()
        for _ in range(100):
            if found := reader.search(vectors[1:2], 1)[0]:
                break
            time.sleep(0.1)
        assert found[0].image_id == items([1])[0].image_id
        assert reader.get(found[0].image_id)[0] == items([1])[0]
        assert reader.outdated()


def test_more_asked_for_than_there_is(location):
    oracle, vectors = Oracle(), drawn(30, 4, seed=3)
    oracle.add(items(range(30)), vectors)
    with create_index(location, description(4)) as index:
        assert index.search(vectors[:2], 3) == [[], []]
        index.add(items(range(30)), vectors)
        hidden = {item.image_id for item in items(range(28))}
        check_same(index, oracle, vectors[:3], 5, hidden)
        check_same(index, oracle, vectors[:3], 100)
        with pytest.raises(UserError, match="at most 16,384 images at once"):
            index.search(vectors, 16_385)


@pytest.mark.parametrize(("most", "together"), [(100_000, 2), (1000, 0)], ids=["a few", "less than one"])
def test_answers_are_no_larger_than_can_be_sent(location, monkeypatch, most, together):
    # Milvus 2.3 sends 64 MB: the vectors of 122 images, as long as AlexNet's, for each of 32 queries.
    monkeypatch.setattr(milvus_index, "ANSWER", most)
    oracle, vectors = Oracle(), drawn(60, 32, seed=5)
    oracle.add(items(range(60)), vectors)
    with create_index(location, description(32), "flat") as index:
        index.add(items(range(60)), vectors)
        client, asked = index._milvus._client, []
        search = client.search

        def watched(*arguments, **named):
            asked.append((len(named["data"]), named["limit"], "vector" in named["output_fields"]))
            return search(*arguments, **named)

        monkeypatch.setattr(client, "search", watched)
        check_same(index, oracle, vectors[:5], 20)
    assert asked == ([(2, 36, True)] * 2 + [(1, 36, True)] if together else [(1, 36, False)] * 5)


def test_a_save_keeps_what_another_process_has_changed(location):
    with create_index(location, description(4, {"roots": {}})) as first, open_index(location) as second:
        second.settings = {"roots": {"0": "/photographs"}}
        with pytest.raises(UserError, match="changed by another process"):
            first.settings = {"roots": {"0": "/others"}}
        first.add(items(range(3)), drawn(3, 4, seed=0))
        first.save()
        assert first.settings == {"roots": {"0": "/photographs"}}
    with open_index(location) as index:
        assert index.settings == {"roots": {"0": "/photographs"}}


def test_fabrics_are_counted_when_they_may_have_changed(location, monkeypatch):
    with create_index(location, description(4)) as index:
        index.add(items(range(5)), drawn(5, 4, seed=0))
        index.save()
        asked, rows = [], index._rows
        monkeypatch.setattr(index, "_rows", lambda *arguments: asked.append(1) or rows(*arguments))
        assert [index.info()["fabrics"] for _ in range(3)] == [5, 5, 5]
        assert len(asked) == 1
        index.add([Item("one more", "cloth 0")], drawn(1, 4, seed=1))
        index.remove(["cloth 1/00001.jpg"])
        assert index.info()["fabrics"] == 4


def test_an_error_of_the_connection_is_told(location, monkeypatch):
    class LostError(grpc.RpcError):
        def code(self):
            return grpc.StatusCode.RESOURCE_EXHAUSTED

        def details(self):
            return "message larger than max"

    def lost(*arguments, **named):
        raise LostError

    with create_index(location, description(4)) as index:
        monkeypatch.setattr(index._milvus._client, "query", lost)
        with pytest.raises(UserError, match=r"larger than max \(RESOURCE_EXHAUSTED\)"):
            index.count()


def test_names_of_all_sorts(location):
    names = ["a'b\"c\\d", "größe/鳥.jpg", "tab\tand\nline", "a' or 1 == 1", " ", "%_*"]
    named = [Item(name, f"fabric of {name}", {"name": name}) for name in names]
    vectors = drawn(len(names), 4, seed=4)
    with create_index(location, description(4)) as index:
        index.add(named, vectors)
        index.save()
    with open_index(location) as index:
        assert list(index.items()) == sorted(named)
        for item, vector in zip(named, vectors, strict=True):
            assert index.search(vector[np.newaxis], 1)[0][0][:3] == (item.image_id, item.fabric, 0.0)
            assert index.of_fabric(item.fabric) == [item]
        assert index.remove([*names, "another"]) == len(names)


def test_settings_and_calibration_are_kept(location):
    right, ours = Logistic(1.5, (-2.0,), 0.1, 0.9), Logistic(4.0, (-0.3, -0.1), 0.02, 0.98)
    calibration = Calibration(right, ours, 10, 20, 3)
    with create_index(location, description(4, {"roots": {"a": "/photos"}})) as index:
        assert index.calibration is None
        index.calibration = calibration
        index.settings = {"roots": {"b": "/more"}}
        assert not index.outdated()
    with open_index(location, MODEL) as index:
        assert index.calibration == calibration
        assert index.settings == {"roots": {"b": "/more"}}


def test_a_creation_that_was_killed_does_not_block_the_name(location, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(milvus_index, "write_about", killed)
        with pytest.raises(KeyboardInterrupt):
            create_index(location, description(4))
    with pytest.raises(UserError, match="There is no index at"):
        open_index(location)
    with create_index(location, description(8)) as index:
        index.add(items(range(3)), drawn(3, 8, seed=0))
        assert index.count() == 3


def killed(*_):
    raise KeyboardInterrupt


def test_a_collection_of_somebody_else_is_left_alone(location):
    connection, collection = milvus_collection.connect(location, new=True)
    connection.make(collection, [("name", 32)], 4, "FLAT", {})
    with pytest.raises(UserError, match="was not made by this package"):
        create_index(location, description(4))
    assert connection.has_collection(collection)
    connection.close()


def test_what_is_refused(location, tmp_path, monkeypatch):
    with pytest.raises(UserError, match="There is no index at"):
        open_index(location)
    with create_index(location, description(4)) as index:
        with pytest.raises(UserError, match=r"image 'cloth 1/00001\.jpg' holds NaN"):
            index.add(items(range(2)), [[0, 0, 0, 0], [0, 0, np.nan, 0]])
        with pytest.raises(UserError, match=r"metadata of image 'a' take 65,\d+ bytes"):
            index.add([Item("a", "b", {"x": "y" * 65_530})], drawn(1, 4, seed=0))
        assert index.count() == 0
    with pytest.raises(UserError, match=r"There is an index at .* already"):
        create_index(location, description(4))
    with pytest.raises(UserError, match="made by another model"):
        open_index(location, "b" * 64)
    with pytest.raises(UserError, match="milvus-lite has no kind ivfpq"):
        create_index(str(tmp_path / "other.db"), description(32), "ivfpq")


def test_a_server_that_does_not_answer(monkeypatch):
    monkeypatch.setattr("fabric_retrieval.search.milvus_client.SECONDS", 1)
    with pytest.raises(UserError, match=r"Milvus at http://127\.0\.0\.1:9: "):
        open_index("http://127.0.0.1:9")
    with pytest.raises(UserError, match="'a-b' cannot name a collection"):
        open_index("http://127.0.0.1:9/a-b")


@pytest.mark.skipif(not SERVER, reason="milvus-lite has other kinds; `make test-milvus` asks a server")
@pytest.mark.parametrize("kind", ["auto", "hnsw", "ivfpq"])
def test_approximate_kinds_find_almost_all(location, kind):
    from search.oracle import clustered

    vectors, queries = (clustered(count, 32, fabrics=600, seed=5) for count in (4000, 30))
    oracle = Oracle()
    oracle.add(items(range(4000)), vectors)
    with create_index(location, description(32), kind) as index:
        index.add(items(range(4000)), vectors)
        index.save()
        found, expected = (each.search(queries, 10) for each in (index, oracle))
    shared = [
        len({hit.image_id for hit in one} & {hit.image_id for hit in other})
        for one, other in zip(found, expected, strict=True)
    ]
    assert np.mean(shared) / 10 >= 0.99
