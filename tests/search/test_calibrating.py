"""A catalogue that is asked for its own photographs tells what `Calibration.fit` does of the same vectors."""

import numpy as np
import pytest
from search.oracle import description

from fabric_retrieval.errors import UserError
from fabric_retrieval.search import Item, calibrating, create_index, open_index
from fabric_retrieval.search.calibrating import calibrated_by_itself
from fabric_retrieval.search.sureness import Calibration

FABRICS, EACH = 40, 5


@pytest.fixture
def catalogue(tmp_path):
    """(index, vectors [N, D], names of the fabrics [N], ids [N])."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(FABRICS), EACH)
    vectors = rng.normal(size=(FABRICS, 8))[labels] + 0.5 * rng.normal(size=(len(labels), 8))
    vectors = vectors.astype(np.float32)
    fabrics = np.array([f"fabric {label}" for label in labels])
    ids = np.array([f"{fabric}/{number}.jpg" for number, fabric in enumerate(fabrics)])
    with create_index(tmp_path / "index", description(8)) as index:
        index.add(list(map(Item, ids.tolist(), fabrics.tolist())), vectors)
        index.save()
        yield index, vectors, fabrics, ids


@pytest.mark.parametrize("first", [2, 32])
def test_as_if_each_photograph_were_not_there(catalogue, monkeypatch, first):
    index, vectors, fabrics, ids = catalogue
    monkeypatch.setattr(calibrating, "FIRST", first)  # 2: more must be looked at
    found, right = calibrated_by_itself(index)
    expected = Calibration.fit(vectors, fabrics, vectors, fabrics, ids, ids)
    assert (found.queries, found.images, found.fabrics) == (len(ids), len(ids), FABRICS)
    for name in ("right", "ours"):
        one, other = getattr(found, name), getattr(expected, name)
        np.testing.assert_allclose([one.intercept, *one.slopes], [other.intercept, *other.slopes], rtol=1e-3)
    assert right == np.mean([nearest(number, vectors, fabrics) == own for number, own in enumerate(fabrics)])


def nearest(number, vectors, fabrics):
    """The fabric that is nearest to an image by its nearest image and the mean of its images, without it."""
    others, names = np.delete(vectors, number, axis=0).astype(float), np.delete(fabrics, number)

    def distance(fabric):
        to = [others[names == fabric], others[names == fabric].mean(axis=0, keepdims=True)]
        return np.prod([np.square(images - vectors[number]).sum(axis=1).min() for images in to])

    return min(np.unique(names), key=distance)


def test_a_sample_is_that_of_its_seed(catalogue):
    index, *_ = catalogue
    one, other = (calibrated_by_itself(index, queries=60, seed=seed)[0] for seed in (1, 2))
    assert one.queries == other.queries == 60
    assert one == calibrated_by_itself(index, queries=60, seed=1)[0] != other


def test_it_is_kept(catalogue):
    index, *_ = catalogue
    index.calibration, _ = calibrated_by_itself(index)
    index.save()
    with open_index(index.location) as other:
        assert other.calibration == index.calibration


def test_photographs_that_are_alone_are_not_asked_for(catalogue):
    index, _, _, ids = catalogue
    index.remove([image_id for image_id in ids if image_id.startswith("fabric 3/")][1:])
    assert calibrated_by_itself(index)[0].queries == len(ids) - EACH


@pytest.mark.parametrize("kept", [0, 1, EACH])
def test_too_little_to_learn_from(catalogue, kept):
    index, _, _, ids = catalogue
    index.remove(ids[kept:].tolist())
    with pytest.raises(UserError, match="it takes two fabrics"):
        calibrated_by_itself(index)
