"""The triplet loss against Schroff et al. (2015), Eq. 2, written out in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from losses.gradients import finite_differences, gradient, unit_length

from fabric_retrieval.losses import TripletLoss


def distance(a, b):
    return np.sum((a - b) ** 2)


def mined(near, far):
    """The rule of `mining="semi_hard"`: of the distances `far`, the least above `near`, else the greatest."""
    farther = [d for d in far if d > near]
    return min(farther) if farther else max(far)


def equation_2(f, units, margin, mining="all", scale=1.0):
    """The mean of the hinges over the triplets, one by one in float64."""
    costs = []
    for probe, positive, *negatives in units:
        near = scale * distance(f[probe], f[positive])
        far = [scale * distance(f[probe], f[negative]) for negative in negatives]
        far = [mined(near, far)] if mining == "semi_hard" else far
        costs += [max(0.0, near - d + margin) for d in far]
    return np.mean(costs)


@pytest.fixture
def case():
    rng = np.random.default_rng(7)
    embeddings = 0.5 * rng.normal(size=(12, 6))
    return embeddings, np.stack([rng.permutation(12)[: 2 + 4] for _ in range(9)]).astype(np.int32)


# A probe at 0, its positive at 2 (D = 4), and negatives at 1, 2.5, 3 and 4 (D = 1, 6.25, 9 and 16).
LINE = np.array([[0], [2], [1], [2.5], [3], [4]], np.float32)


def test_hand_worked_unit():
    """Margin 3: 4 - 1 + 3 = 6, 4 - 6.25 + 3 = 0.75, and two negatives beyond the margin."""
    assert float(TripletLoss(margin=3.0)(LINE, np.array([[0, 1, 2, 3, 4, 5]]))) == pytest.approx(6.75 / 4)


@pytest.mark.parametrize(
    ("negatives", "expected"),
    [
        ([2, 3, 4, 5], 0.75),  # 2.5 is the nearest of those beyond the positive
        ([2, 4, 5, 5], 0.0),  # the nearest beyond it, 3, is outside the margin: nothing to learn
        ([2, 2, 2, 2], 6.0),  # none is beyond it
    ],
)
def test_hand_worked_semi_hard_choice(negatives, expected):
    loss = TripletLoss(margin=3.0, mining="semi_hard")
    assert float(loss(LINE, np.array([[0, 1, *negatives]]))) == pytest.approx(expected)


def test_without_a_farther_negative_the_farthest_is_taken():
    embeddings = np.array([[0], [5], [1], [3], [2]], np.float32)
    loss = TripletLoss(margin=1.0, mining="semi_hard")
    assert float(loss(embeddings, np.array([[0, 1, 2, 3, 4]]))) == 25.0 - 9.0 + 1.0


@pytest.mark.parametrize("mining", ["all", "semi_hard"])
@pytest.mark.parametrize(("norm", "scale"), [("none", 1.0), ("none", 3.0), ("l2", 2.0)])
def test_value_and_gradient_equal_the_definition(case, mining, norm, scale):
    embeddings, units = case
    loss = TripletLoss(margin=1.0, distance_scale=scale, embedding_norm=norm, mining=mining)

    def value(f):
        return equation_2(unit_length(f) if norm == "l2" else f, units, 1.0, mining, scale)

    assert 0 < float(loss.diagnostics(embeddings, units)["active"]) < 1
    assert float(loss(embeddings, units)) == pytest.approx(value(embeddings), rel=1e-5)
    expected = finite_differences(value, embeddings)
    np.testing.assert_allclose(gradient(loss, embeddings, units), expected, rtol=1e-3, atol=1e-5)


def test_the_negatives_that_are_not_chosen_have_no_gradient():
    loss = TripletLoss(margin=3.0, mining="semi_hard")
    values = gradient(loss, LINE, np.array([[0, 1, 2, 3, 4, 5]]))
    assert (values[[0, 1, 3]] != 0).all()
    assert (values[[2, 4, 5]] == 0).all()


def test_no_active_triplet_has_no_gradient():
    assert (gradient(TripletLoss(margin=1.0), LINE, np.array([[0, 1, 4, 5]])) == 0).all()


@pytest.mark.parametrize("mining", ["all", "semi_hard"])
@pytest.mark.parametrize("norm", ["none", "l2"])
@pytest.mark.parametrize("embeddings", [np.zeros((4, 3)), np.ones((4, 3)), 1e4 * np.eye(4, 3)])
def test_everything_is_finite_in_the_corners(embeddings, norm, mining):
    units = np.array([[0, 1, 2, 3], [1, 0, 3, 2]])
    loss = TripletLoss(embedding_norm=norm, mining=mining)
    values = gradient(loss, embeddings, units)
    assert np.isfinite(values).all()
    assert np.abs(values).max() < 1e6
    assert np.isfinite(float(loss(embeddings, units)))
    assert all(np.isfinite(float(value)) for value in loss.diagnostics(embeddings, units).values())


@pytest.mark.parametrize("mining", ["all", "semi_hard"])
def test_distances_are_float32_under_half_precision(mining):
    embeddings = tf.constant([[0.0], [300.0], [400.0]], tf.float16)  # 400^2 overflows float16
    value = TripletLoss(margin=1.0, mining=mining)(embeddings, np.array([[0, 2, 1]]))
    assert value.dtype == tf.float32
    assert float(value) == 400.0**2 - 300.0**2 + 1.0


@pytest.mark.parametrize(("mining", "active"), [("all", 0.5), ("semi_hard", 1.0)])
def test_diagnostics_by_hand(mining, active):
    """Scaled by 2: the positive at 8, the negatives at 2, 12.5, 18 and 32; a margin of 5 reaches 13."""
    loss = TripletLoss(margin=5.0, distance_scale=2.0, mining=mining)
    values = {k: float(v) for k, v in loss.diagnostics(LINE, np.array([[0, 1, 2, 3, 4, 5]])).items()}
    assert values["disordered"] == 0.25
    assert values["positive_distance"] == 8.0
    assert values["negative_distance"] == (2 + 12.5 + 18 + 32) / 4
    assert values["active"] == active
    assert values["embedding_norm"] == pytest.approx(12.5 / 6)
    assert values["embedding_spread"] == pytest.approx(LINE.var() / np.mean(LINE**2), rel=1e-5)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"margin": -0.1}, "margin is -0.1"),
        ({"distance_scale": 0.0}, "distance_scale is 0.0"),
        ({"embedding_norm": "l1"}, "embedding_norm is 'l1'"),
        ({"mining": "hard"}, "mining is 'hard'"),
    ],
)
def test_wrong_arguments_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        TripletLoss(**arguments)


def test_survives_keras_serialisation(case):
    loss = TripletLoss(0.7, distance_scale=2.0, embedding_norm="l2", mining="semi_hard")
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert float(copy(*case)) == float(loss(*case))
