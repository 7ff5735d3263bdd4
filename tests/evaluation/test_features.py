"""Features of a split: in the order of ids, kept on disk, and never half made or out of date."""

import numpy as np
import pytest
import tensorflow as tf

from fabric_retrieval.evaluation.embedder import Embedder, fingerprint
from fabric_retrieval.evaluation.features import compute, load_or_compute
from fabric_retrieval.export import export
from fabric_retrieval.models import alexnet
from fabric_retrieval.models.features import feature_network


@pytest.fixture
def embedder(run_dir):
    return Embedder(run_dir / "saved_model")


@pytest.fixture
def extract(embedder, collection, tmp_path):
    return lambda descriptor=embedder, batch_size=5: load_or_compute(
        descriptor, "model", collection, "query", tmp_path / "features", batch_size
    )


def assert_same(features, others):
    for column, other in zip(features, others, strict=True):
        np.testing.assert_array_equal(column, other)


def test_images_come_in_the_order_of_their_ids_with_their_own_features(extract, embedder, collection):
    features = extract()
    examples = sorted(collection.examples["query"], key=lambda example: example["image_id"])
    assert features.ids.tolist() == [example["image_id"] for example in examples]
    assert features.fabrics.tolist() == [example["fabric"] for example in examples]
    assert features.labels.tolist() == [example["label"] for example in examples]
    assert features.groups.tolist() == [""] * 12
    alone = [embedder(tf.constant([example["image"]]))[0] for example in examples]
    np.testing.assert_allclose(features.features, alone, rtol=1e-6)
    assert features.features.dtype == np.float32


def test_batches_in_flight_change_no_bit(collection, tmp_path):
    """The rows are those of one batch after another, also of a network that sums up thousands of products."""
    rng = np.random.default_rng(0)
    for example in collection.examples["query"]:
        example["image"] = tf.io.encode_jpeg(rng.integers(0, 256, (90, 120, 3), np.uint8)).numpy()
    settings = {"preprocessing": {"resize": 80, "crop": 71, "grey": False}}
    export(feature_network(alexnet(71, 0.25), "fc6", "none"), tmp_path / "model", settings)
    embedder = Embedder(tmp_path / "model")
    stored = collection.examples["query"]
    batches = [stored[start : start + 3] for start in range(0, len(stored), 3)]
    expected = np.concatenate([embedder(tf.constant([e["image"] for e in batch])) for batch in batches])
    order = np.argsort([example["image_id"] for example in stored])
    for _ in range(5):
        found = compute(embedder, "model", collection, "query", batch_size=3)
        np.testing.assert_array_equal(found.features, expected[order])


def test_features_are_computed_once(extract, collection):
    first, again = extract(), extract()
    assert collection.reads == 1
    assert_same(first, again)


def test_another_model_batch_size_or_other_images_are_computed_anew(extract, embedder, collection):
    extract()
    embedder.fingerprint = "0" * 64
    extract()
    assert collection.reads == 2
    extract(batch_size=6)
    assert collection.reads == 3
    collection.examples["query"].pop()
    assert len(extract().ids) == 11


@pytest.mark.parametrize(
    "damage", [lambda stored: stored[:-100], lambda stored: b"", lambda stored: b"\0" * 9]
)
def test_damaged_features_are_computed_anew(extract, collection, tmp_path, damage):
    features = extract()
    (path,) = (tmp_path / "features").rglob("*.npz")
    path.write_bytes(damage(path.read_bytes()))
    assert_same(features, extract())
    assert_same(features, extract())
    assert collection.reads == 2


def test_a_flipped_bit_is_noticed(extract, collection, tmp_path):
    features = extract()
    (path,) = (tmp_path / "features").rglob("*.npz")
    stored = bytearray(path.read_bytes())
    stored[200] ^= 1
    path.write_bytes(stored)
    assert_same(features, extract())
    assert collection.reads == 2


def test_an_interruption_leaves_nothing(extract, embedder, tmp_path):
    class Interrupted:
        fingerprint = embedder.fingerprint
        calls = 0

        def __call__(self, image_bytes):
            self.calls += 1
            if self.calls == 2:
                raise KeyboardInterrupt
            return embedder(image_bytes)

    with pytest.raises(KeyboardInterrupt):
        extract(Interrupted())
    assert not [path for path in (tmp_path / "features").rglob("*") if path.is_file()]


def test_an_image_that_cannot_be_read_is_named(extract, collection):
    collection.examples["query"][6]["image"] = b"no image"
    with pytest.raises(
        ValueError, match=f"Image '{collection.examples['query'][6]['image_id']}' of split 'query'"
    ):
        extract()


def test_features_that_are_no_numbers_name_the_image(extract, embedder, collection):
    def broken(image_bytes):
        return np.where(np.arange(len(image_bytes))[:, np.newaxis] == 3, np.nan, embedder(image_bytes))

    broken.fingerprint = "broken"
    with pytest.raises(ValueError, match=f"query image '{collection.examples['query'][3]['image_id']}'"):
        extract(broken)


def test_the_fingerprint_is_that_of_the_files(tmp_path):
    for name, content in (("a", "1"), ("sub/b", "2")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    first = fingerprint(tmp_path)
    (tmp_path / "sub" / "b").rename(tmp_path / "b")
    second = fingerprint(tmp_path)
    (tmp_path / "b").write_text("3")
    assert len({first, second, fingerprint(tmp_path)}) == 3
