"""The rows beside a model's: what those of SIFT learn from and are known by, what is left out."""

import copy
import sys

import numpy as np
import pytest
import tensorflow as tf

from fabric_retrieval.errors import LeftOutError, UserError
from fabric_retrieval.evaluation import aggregated as module
from fabric_retrieval.evaluation import descriptors
from fabric_retrieval.evaluation.aggregated import TrainingKeypoints, aggregated
from fabric_retrieval.evaluation.descriptors import BagOfWords, Fisher, Vlad, root_sift
from fabric_retrieval.evaluation.handmade import HandMade, decoder
from fabric_retrieval.evaluation.references import references
from fabric_retrieval.reference_rows import NAMES


def encode(pixels):
    return tf.io.encode_png(pixels).numpy()


@pytest.fixture
def blotchy(collection):
    """The made-up collection with 6 blotchy images to train on, and none else."""
    random = np.random.default_rng(0)
    examples = collection.examples["train"][:6]
    for example in examples:
        blotches = random.integers(0, 256, size=(12, 12, 3), dtype=np.uint8)
        example["image"] = encode(np.kron(blotches, np.ones((6, 6, 1), np.uint8)))
    collection.examples = {"train": examples}
    return collection


def test_keypoints_are_some_of_each_training_image(blotchy, monkeypatch):
    monkeypatch.setattr(module, "KEYPOINTS", 7)
    decode = decoder(72, 64)
    expected = []
    for example in blotchy.examples["train"]:
        expected.append(root_sift(decode(tf.constant([example["image"]])).numpy()[0]))
    assert min(map(len, expected)) > 7
    found = TrainingKeypoints(blotchy, 72, 64)()
    assert found.shape == (6 * 7, 128)
    for seven, of_image in zip(np.split(found, 6), expected, strict=True):
        places = [np.flatnonzero((of_image == one).all(axis=1)) for one in seven]
        assert all(len(place) for place in places)
        assert len(np.unique(np.concatenate(places))) >= 7


def test_the_choice_is_the_seeds(blotchy, monkeypatch):
    monkeypatch.setattr(module, "KEYPOINTS", 7)
    monkeypatch.setattr(module, "IMAGES", 4)
    ones = [TrainingKeypoints(blotchy, 72, 64, seed, workers)() for seed, workers in ((1, 1), (1, 3), (2, 1))]
    np.testing.assert_array_equal(ones[0], ones[1])
    assert [one.shape for one in ones] == [(4 * 7, 128)] * 3
    assert (ones[0] != ones[2]).any()


def test_a_training_image_that_cannot_be_read_is_named(blotchy):
    broken = blotchy.examples["train"][3]
    broken["image"] = broken["image"][:40]
    with pytest.raises(UserError, match=f"Image '{broken['image_id']}' of split 'train' cannot be read"):
        TrainingKeypoints(blotchy, 72, 64)()


def test_an_image_is_described_by_what_was_learned(blotchy):
    keypoints = TrainingKeypoints(blotchy, 72, 64, seed=5)
    images = tf.constant([example["image"] for example in blotchy.examples["train"][:2]])
    flat = encode(np.full((72, 72, 3), 128, np.uint8))
    found = aggregated(Vlad, keypoints, workers=2)(tf.concat([images, [flat]], axis=0))
    learned = Vlad.learn(keypoints(), seed=5)
    expected = [learned(root_sift(pixels)) for pixels in decoder(72, 64)(images).numpy()]
    np.testing.assert_array_equal(found[:2], expected)
    assert not found[2].any()


def test_features_are_known_by_all_that_they_depend_on(collection):
    def fingerprint(method=BagOfWords, collection=collection, resize=72, crop=64, seed=0):
        return aggregated(method, TrainingKeypoints(collection, resize, crop, seed)).fingerprint

    fewer_queries, fewer_trained = copy.deepcopy(collection), copy.deepcopy(collection)
    fewer_queries.examples["query"].pop()
    fewer_trained.examples["train"].pop()
    others = [
        fingerprint(Vlad),
        fingerprint(Fisher),
        fingerprint(collection=fewer_trained),
        fingerprint(resize=73),
        fingerprint(crop=63),
        fingerprint(seed=1),
    ]
    assert fingerprint() == fingerprint() == fingerprint(collection=fewer_queries)
    assert len({fingerprint(), *others}) == 7


def test_all_see_the_same_middle(collection):
    """Which does not hold the red frame, but is told apart from it where nothing is cropped."""
    pixels = np.full((260, 260, 3), [0, 128, 0], np.uint8)
    pixels[:12] = pixels[-12:] = [255, 0, 0]
    pixels[:, :12] = pixels[:, -12:] = [255, 0, 0]
    encoded = tf.constant([encode(pixels)])
    rows = references(collection, ["rgb_histogram", "hue_saturation", "lbp", "hog", "gist"])
    for name, make in rows.items():
        plain = make()(tf.constant([encode(np.full_like(pixels, [0, 128, 0]))]))
        np.testing.assert_allclose(make()(encoded), plain, atol=1e-6, err_msg=name)
    whole = references(collection, ["rgb_histogram", "lbp"], resize=130, crop=130)
    for name, make in whole.items():
        assert np.abs(make()(encoded) - rows[name]()(encoded)).max() > 0.01, name


@pytest.mark.parametrize(
    ("name", "resize", "crop"), [("lbp", 256, 227), ("hog", 144, 128), ("gist", 144, 128)]
)
def test_sizes_are_those_of_the_difficulty_table(collection, name, resize, crop):
    expected = HandMade(getattr(descriptors, name), resize, crop)
    assert references(collection, [name])[name]().fingerprint == expected.fingerprint


def test_grey_models_stand_beside_grey_rows(collection):
    rows = references(collection, NAMES, grey=True)
    assert set(rows) == {*NAMES, "grey_histogram"} - {"rgb_histogram"}
    black = tf.constant([encode(np.zeros((9, 9, 3), np.uint8))])
    assert np.flatnonzero(rows["grey_histogram"]()(black)).tolist() == [0]
    with pytest.raises(LeftOutError, match="sees no colours"):
        rows["hue_saturation"]()


def test_without_training_images_nothing_is_learned(collection):
    del collection.examples["train"]
    rows = references(collection, ["sift_bow", "sift_vlad"])
    for make in rows.values():
        with pytest.raises(LeftOutError, match="no training images"):
            make()


def test_without_scikit_image_the_command_that_installs_it_is_said(collection, monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    monkeypatch.setitem(sys.modules, "skimage.feature", None)
    with pytest.raises(LeftOutError, match=r"pip install 'fabric-retrieval\[references\]'"):
        references(collection, ["sift_fisher"])["sift_fisher"]()
