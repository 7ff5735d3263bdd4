"""How sure an answer is: chances that come true, and that fall as distances rise."""

import json

import numpy as np
import pytest

from fabric_retrieval.errors import UserError
from fabric_retrieval.search import Hit, by_fabric
from fabric_retrieval.search.sureness import Calibration, Curve


def photographs(fabrics, each, noise, seed):
    """(vectors, names of the fabrics): fabrics spread by 1, their photographs by `noise`, in 12 dims."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(fabrics), each)
    vectors = rng.normal(size=(fabrics, 12))[labels] + noise * rng.normal(size=(len(labels), 12))
    return vectors, np.array([f"fabric {label}" for label in labels])


def halves(vectors, fabrics):
    """Every other photograph a query, the others the gallery."""
    return vectors[::2], fabrics[::2], vectors[1::2], fabrics[1::2]


@pytest.fixture(scope="module")
def calibration():
    return Calibration.fit(*halves(*photographs(1000, 8, noise=0.5, seed=0)))


def test_chances_come_true_for_other_fabrics(calibration):
    queries, names, gallery, gallery_names = halves(*photographs(1000, 8, noise=0.5, seed=1))
    squares = ((queries**2).sum(1)[:, None] + (gallery**2).sum(1) - 2 * queries @ gallery.T).clip(0)
    own = names[:, None] == gallery_names
    best = squares.min(axis=1)
    found = gallery_names[squares.argmin(axis=1)]
    other = np.where(found[:, None] == gallery_names, np.inf, squares).min(axis=1)
    right = found == names
    assert 0.3 < right.mean() < 0.95, f"{right.mean()} are right: too easy or too hard a case"
    check_reliable(calibration.right(best / other), right)
    absent = np.where(own, np.inf, squares).min(axis=1)
    chances = calibration.ours(np.concatenate([best, absent]))
    check_reliable(chances, np.repeat([True, False], len(best)))


def check_reliable(chances, outcomes):
    """In ten groups by chance, the mean chance is the share that came true, within four standard errors."""
    told = []
    for group in np.array_split(np.argsort(chances), 10):
        mean, share = chances[group].mean(), outcomes[group].mean()
        # The chances were learnt from as many queries as are asked here: both have their noise.
        error = np.sqrt(2 * mean * (1 - mean) / len(group))
        assert abs(mean - share) <= 4 * error + 0.01
        told.append(mean)
    assert max(told) - min(told) > 0.3, "chances that hardly differ tell nothing"


def test_chances_fall_as_the_best_is_farther_and_rise_as_the_other_is(calibration):
    distances = np.linspace(0, 40, 500)
    assert (np.diff(calibration.ours(distances)) <= 0).all()
    assert (np.diff(calibration.right(distances / 10)) <= 0).all()
    assert (np.diff(calibration.right(1 / (1 + distances))) >= 0).all()


def test_none_of_ours(calibration):
    other = Hit("b", "y", 99.0, {})
    near, far = (calibration.of(by_fabric([Hit("a", "x", length, {}), other])) for length in (0.1, 60.0))
    assert not near.none_of_ours
    assert far.none_of_ours
    assert near.right > 0.9
    assert calibration.of([]).none_of_ours


def test_one_fabric_alone_gives_a_lower_bound(calibration):
    hits = [Hit("a", "x", 1.0, {}), Hit("b", "x", 2.0, {})]
    alone = calibration.of(by_fabric(hits))
    assert alone.right == calibration.of(by_fabric([*hits, Hit("c", "y", 2.0, {})])).right
    assert alone.right <= calibration.of(by_fabric([*hits, Hit("c", "y", 3.0, {})])).right


def test_it_is_the_same_after_json(calibration):
    again = Calibration.from_json(json.loads(json.dumps(calibration.to_json())))
    assert again == calibration
    assert (again.queries, again.images, again.fabrics) == (4000, 4000, 1000)


def test_images_of_the_own_group_are_no_answers():
    vectors, names = photographs(200, 8, noise=0.5, seed=2)
    # Every query is in the gallery once more, as a crop of the same shot: distance 0.
    queries, query_names, gallery, gallery_names = halves(vectors, names)
    gallery, gallery_names = np.concatenate([gallery, queries]), np.concatenate([gallery_names, query_names])
    groups = [f"shot {number}" for number in range(len(queries))]
    gallery_groups = [""] * (len(gallery) - len(queries)) + groups
    blind = Calibration.fit(queries, query_names, gallery, gallery_names)
    seeing = Calibration.fit(queries, query_names, gallery, gallery_names, groups, gallery_groups)
    assert max(blind.ours.values) > 0
    assert min(blind.ours.values) == 0
    assert min(seeing.ours.values) > 0


def test_a_curve_is_no_surer_than_its_bins():
    values = np.arange(100.0)
    curve = Curve.fit(values, values < 50)
    assert curve(0) == pytest.approx(50.5 / 51)
    assert curve(99) == pytest.approx(0.5 / 51)
    assert curve(-5) == curve(0)


def test_what_cannot_be_learnt_from():
    vectors, names = photographs(2, 4, noise=0.1, seed=3)
    with pytest.raises(UserError, match="0 queries have an answer among 4 images of 1 fabrics"):
        Calibration.fit(vectors[:4], names[:4], vectors[4:], names[4:])
    with pytest.raises(UserError, match="2 queries have an answer among 2 images of 1 fabrics"):
        Calibration.fit(vectors[:2], names[:2], vectors[2:4], names[2:4])
