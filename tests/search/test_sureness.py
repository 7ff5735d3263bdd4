"""How sure an answer is: chances that come true, and that fall as distances rise."""

import json

import numpy as np
import pytest

from fabric_retrieval.errors import UserError
from fabric_retrieval.search import Hit, by_fabric
from fabric_retrieval.search.sureness import Calibration, Logistic


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
    return Calibration.fit(*halves(*photographs(500, 8, noise=0.5, seed=0)))


def brute_force(queries, names, gallery, gallery_names):
    """[Q, 2] lengths to the nearest fabric and to the next, with the query's own and without it.

    Besides, [Q] bool: whether the nearest is right.
    """
    fabrics = np.unique(gallery_names)
    nearest = np.stack([lengths_to(queries, gallery[gallery_names == name]) for name in fabrics], axis=1)
    own = names[:, None] == fabrics
    absent = np.where(own, np.inf, nearest)
    return np.sort(nearest)[:, :2], np.sort(absent)[:, :2], own[np.arange(len(own)), nearest.argmin(axis=1)]


def lengths_to(queries, images):
    """[Q] roots of the geometric mean of the squares to the nearest image and to the mean of all."""
    to_nearest = np.square(queries[:, None] - images).sum(axis=2).min(axis=1)
    return (to_nearest * np.square(queries - images.mean(axis=0)).sum(axis=1)) ** 0.25


def answers(calibration, lengths):
    """[N] `Sureness` of answers whose two nearest fabrics are at lengths [N, 2]."""
    squares = (lengths**2).tolist()
    return [calibration.of(by_fabric([Hit("a", "x", a, {}), Hit("b", "y", b, {})])) for a, b in squares]


def test_chances_come_true_for_other_fabrics(calibration):
    present, absent, right = brute_force(*halves(*photographs(500, 8, noise=0.5, seed=1)))
    assert 0.3 < right.mean() < 0.95, f"{right.mean()} are right: too easy or too hard a case"
    known, unknown = answers(calibration, present), answers(calibration, absent[::3])
    # Three of four photographs are of the catalogue's fabrics.
    ours = np.repeat([True, False], [len(known), len(unknown)])
    check_reliable(np.array([sure.ours for sure in known + unknown]), ours)
    right = np.concatenate([right, ours[len(known) :]])
    check_reliable(np.array([sure.right for sure in known + unknown]), right)


@pytest.mark.parametrize("noise", [0.2, 0.5])
def test_few_photographs_tell_known_from_unknown_fabrics(noise):
    calibration = Calibration.fit(*halves(*photographs(10, 8, noise, seed=2)))
    assert calibration.queries == 40
    present, absent, right = brute_force(*halves(*photographs(10, 8, noise, seed=3)))
    known, unknown = answers(calibration, present), answers(calibration, absent)
    assert np.mean([sure.none_of_ours for sure in known]) <= 0.1
    assert np.mean([sure.none_of_ours for sure in unknown]) >= 0.6
    mixed = known + unknown[::3]
    assert np.mean([sure.right for sure in mixed]) == pytest.approx(right.sum() / len(mixed), abs=0.1)


def test_what_it_is_fitted_to():
    photos = halves(*photographs(30, 6, noise=0.7, seed=4))
    present, absent, right = brute_force(*photos)
    shares = [lengths[:, 0] / lengths[:, 1] for lengths in (present, absent)]
    ours = np.stack([np.concatenate([present[:, 0], absent[:, 0]]), np.concatenate(shares)], axis=1)
    found = Calibration.fit(*photos)
    for curve, values, outcomes in (
        (found.right, shares[0][:, None], right),
        (found.ours, ours, np.repeat([True, False], len(right))),
    ):
        expected = Logistic.fit(values, outcomes)
        np.testing.assert_allclose(curve(values), expected(values), atol=1e-4)
    assert (found.queries, found.images, found.fabrics) == (90, 90, 30)


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


def test_a_nearer_photograph_is_never_less_sure(calibration):
    lengths = np.linspace(0, 40, 500)
    apart = np.stack([lengths, np.full(500, 40.0)], axis=1)  # the best is farther and farther
    other = np.stack([np.full(500, 1.5), 1.5 + lengths], axis=1)  # the other fabric is
    for chance in ("right", "ours"):
        assert (np.diff([getattr(sure, chance) for sure in answers(calibration, apart)]) <= 0).all()
        assert (np.diff([getattr(sure, chance) for sure in answers(calibration, other)]) >= 0).all()


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
    assert (again.queries, again.images, again.fabrics) == (2000, 2000, 500)


def test_images_of_the_own_group_are_no_answers():
    vectors, names = photographs(50, 8, noise=0.6, seed=2)
    # Every query is in the gallery once more, as a crop of the same shot: distance 0.
    queries, query_names, gallery, gallery_names = halves(vectors, names)
    gallery, gallery_names = np.concatenate([gallery, queries]), np.concatenate([gallery_names, query_names])
    groups = [f"shot {number}" for number in range(len(queries))]
    gallery_groups = [""] * (len(gallery) - len(queries)) + groups
    blind = Calibration.fit(queries, query_names, gallery, gallery_names)
    seeing = Calibration.fit(queries, query_names, gallery, gallery_names, groups, gallery_groups)
    shares = np.array([[0.0], [0.9], [1.0]])
    np.testing.assert_allclose(blind.right(shares), 201 / 202)  # all 200 are right
    assert np.ptp(seeing.right(shares)) > 0.3


@pytest.mark.parametrize(("count", "tolerance"), [(20_000, 0.02), (30, 0.2)])
def test_the_true_chance_of_two_normal_distributions(count, tolerance):
    # If N(m, s²) and N(n, s²) are as frequent, x is of the first by exp((m - n) (x - (m + n) / 2) / s²) to 1.
    rng = np.random.default_rng(5)
    outcomes = np.arange(2 * count) % 2 == 0
    values = rng.normal(np.where(outcomes, 2.0, 3.5)[:, None] + [0, 1], [1.0, 2.0])
    at = np.stack([np.linspace(0, 6, 50), np.linspace(1, 5, 50)[::-1]], axis=1)
    odds = -1.5 * (at - [2.75, 3.75]) / [1, 4]
    for used in ([0], [1], [0, 1]):
        expected = 1 / (1 + np.exp(-odds[:, used].sum(axis=1)))
        np.testing.assert_allclose(
            Logistic.fit(values[:, used], outcomes)(at[:, used]), expected, atol=tolerance
        )


def test_two_values_worked_out_by_hand():
    # 8 of 10 at 0 and 3 of 10 at 2, 11 of 20 in all: it aims at 12/13 for these and at 1/11 for the 9 others.
    outcomes = np.array([True] * 8 + [False] * 2 + [True] * 3 + [False] * 7)
    chance = Logistic.fit(np.repeat([[0.0], [2.0]], 10, axis=0), outcomes)
    assert chance([0.0]) == pytest.approx(0.8 * 12 / 13 + 0.2 / 11, abs=1e-4)
    assert chance([2.0]) == pytest.approx(0.3 * 12 / 13 + 0.7 / 11, abs=1e-4)
    assert (chance.least, chance.most) == (1 / 11, 12 / 13)
    assert chance([-50.0]) == 12 / 13
    assert chance([1e6]) == chance([np.inf]) == 1 / 11


def test_a_value_that_the_chance_would_rise_with_is_left_out():
    rng = np.random.default_rng(6)
    outcomes = np.arange(200) < 80
    values = rng.normal(np.where(outcomes[:, None], [1.0, 2.0], [2.0, 1.0]))
    chance, first = Logistic.fit(values, outcomes), Logistic.fit(values[:, :1], outcomes)
    assert chance.slopes[1] == 0
    np.testing.assert_allclose(chance(values), first(values[:, :1]), atol=1e-6)
    level = Logistic.fit(values[:, 1:], outcomes)
    assert level.slopes == (0,)
    assert level([5.0]) == pytest.approx((80 * 81 / 82 + 120 / 122) / 200)


@pytest.mark.parametrize("count", [1, 2, 5, 10])
@pytest.mark.parametrize("right", ["none", "all", "the nearer", "the farther", "every other"])
@pytest.mark.parametrize("values", ["apart", "equal", "zero"])
def test_few_outcomes_make_nothing_sure(count, right, values):
    numbers = np.arange(count)
    outcomes = {
        "none": numbers < 0,
        "all": numbers >= 0,
        "the nearer": numbers < count / 2,
        "the farther": numbers >= count / 2,
        "every other": numbers % 2 == 0,
    }[right]
    lengths = {"apart": numbers + 1.0, "equal": np.full(count, 0.7), "zero": np.zeros(count)}[values]
    chances = Logistic.fit(lengths[:, None], outcomes)(np.array([[0.0], [0.7], [3.0], [1e9], [np.inf]]))
    assert ((chances >= 1 / (count + 2)) & (chances <= (count + 1) / (count + 2))).all()
    assert (np.diff(chances) <= 0).all()
    if values != "apart" or right in ("none", "all"):
        assert np.ptp(chances) == 0
    if right == "all":
        assert chances[0] == pytest.approx((count + 1) / (count + 2))


@pytest.mark.parametrize("fabrics", [2, 3])
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_two_or_three_fabrics(fabrics, noise):
    vectors, names = photographs(fabrics, 2, noise, seed=7)
    calibration = Calibration.fit(*halves(vectors, names))
    lengths = np.array([[0.0, 0.0], [0.0, 5.0], [1.0, 5.0], [5.0, 5.0], [1e9, 1e9]])
    for sure in answers(calibration, lengths):
        assert 1 / (fabrics + 2) <= sure.right <= (fabrics + 1) / (fabrics + 2)
        assert 0 < sure.ours < 1
    if fabrics == 2:  # without its own fabric a query knows one other, and no share
        assert calibration.ours.slopes[1] == 0


def test_an_index_of_another_version_is_refused(calibration):
    content = calibration.to_json() | {"ours": {"values": [0.0, 1.0], "chances": [0.9, 0.1]}}
    with pytest.raises(UserError, match=r"values, chances.*make the index again"):
        Calibration.from_json(content)


def test_an_index_that_knew_distances_to_single_images_is_refused(calibration):
    content = calibration.to_json()
    del content["distances"]
    with pytest.raises(UserError, match=r"by distances to images \(intercept.*make the index again"):
        Calibration.from_json(content)


def test_what_cannot_be_learnt_from():
    vectors, names = photographs(2, 4, noise=0.1, seed=3)
    with pytest.raises(UserError, match="0 queries have an answer among 4 images of 1 fabrics"):
        Calibration.fit(vectors[:4], names[:4], vectors[4:], names[4:])
    with pytest.raises(UserError, match="2 queries have an answer among 2 images of 1 fabrics"):
        Calibration.fit(vectors[:2], names[:2], vectors[2:4], names[2:4])
