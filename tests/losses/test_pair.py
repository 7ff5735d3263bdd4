"""The pair loss against Hadsell, Chopra and LeCun (2006), Eq. 4, written out in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from losses.gradients import finite_differences, gradient, unit_length

from fabric_retrieval.losses import PairLoss


def contrastive(f, units, margin, scale=1.0):
    """Mean of Y-weighted L_S and L_D, pair by pair in float64."""
    costs = []
    for a, b, same in units:
        distance = np.sqrt(scale) * np.linalg.norm(f[a] - f[b])
        costs.append(0.5 * distance**2 if same else 0.5 * max(0.0, margin - distance) ** 2)
    return np.mean(costs)


@pytest.fixture
def case():
    """Eleven embeddings, and every pair of them, a third of one fabric; a good part inside the margin."""
    rng = np.random.default_rng(5)
    a, b = np.triu_indices(11, 1)
    return 0.5 * rng.normal(size=(11, 4)), np.column_stack([a, b, rng.random(a.size) < 1 / 3]).astype(
        np.int32
    )


def test_hand_worked_pairs():
    """D = 5 of one fabric: 25/2. D = 1 of two, margin 3: 4/2. D = sqrt(18) of two: outside, 0."""
    embeddings = np.array([[0, 0], [3, 4], [0, 1], [3, 3]], np.float32)
    units = np.array([[0, 1, 1], [0, 2, 0], [0, 3, 0]])
    assert float(PairLoss(margin=3.0)(embeddings, units)) == pytest.approx((12.5 + 2.0) / 3, rel=1e-6)


def test_scale_is_a_factor_on_squared_distances():
    """With a scale of 4 the distances 5, 1 and sqrt(18) are 10, 2 and 2 sqrt(18)."""
    embeddings = np.array([[0, 0], [3, 4], [0, 1], [3, 3]], np.float32)
    units = np.array([[0, 1, 1], [0, 2, 0], [0, 3, 0]])
    expected = (100 / 2 + 1 / 2) / 3
    assert float(PairLoss(3.0, distance_scale=4.0)(embeddings, units)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("norm", ["none", "l2"])
@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_value_and_gradient_equal_the_definition(case, norm, scale):
    embeddings, units = case
    loss = PairLoss(margin=1.5, distance_scale=scale, embedding_norm=norm)

    def value(f):
        return contrastive(unit_length(f) if norm == "l2" else f, units, 1.5, scale)

    assert 0 < float(loss.diagnostics(embeddings, units)["active"]) < 1
    assert float(loss(embeddings, units)) == pytest.approx(value(embeddings), rel=1e-5)
    expected = finite_differences(value, embeddings)
    np.testing.assert_allclose(gradient(loss, embeddings, units), expected, rtol=1e-3, atol=1e-5)


def test_a_pair_of_two_fabrics_outside_the_margin_has_no_gradient():
    embeddings = np.array([[0.0, 0.0], [3.0, 4.0]])
    assert (gradient(PairLoss(margin=5.0), embeddings, np.array([[0, 1, 0]])) == 0).all()
    assert (gradient(PairLoss(margin=5.1), embeddings, np.array([[0, 1, 0]])) != 0).all()


def test_near_duplicates_keep_their_distance():
    """||a||^2 + ||b||^2 - 2ab would lose it: 1e6 in float32 has steps of 0.06."""
    embeddings = np.array([[1000.0, 0.0], [1000.0, 0.125]], np.float32)
    expected = 0.5 * (1.0 - 0.125) ** 2
    assert float(PairLoss()(embeddings, np.array([[0, 1, 0]]))) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("norm", ["none", "l2"])
@pytest.mark.parametrize("same", [[1, 0], [0, 0], [1, 1]])
@pytest.mark.parametrize("embeddings", [np.zeros((4, 3)), np.ones((4, 3)), 1e4 * np.eye(4, 3)])
def test_everything_is_finite_in_the_corners(embeddings, same, norm):
    units = np.column_stack([[0, 2], [1, 3], same])
    loss = PairLoss(embedding_norm=norm)
    values = gradient(loss, embeddings, units)
    assert np.isfinite(values).all()
    assert np.abs(values).max() < 1e6
    assert np.isfinite(float(loss(embeddings, units)))
    assert all(np.isfinite(float(value)) for value in loss.diagnostics(embeddings, units).values())


def test_distances_are_float32_under_half_precision():
    embeddings = tf.constant([[0.0], [400.0]], tf.float16)  # 400^2 overflows float16
    value = PairLoss()(embeddings, np.array([[0, 1, 1]]))
    assert value.dtype == tf.float32
    assert float(value) == 400.0**2 / 2


def test_diagnostics_by_hand():
    embeddings = np.array([[0, 0], [3, 4], [0, 1], [3, 3]], np.float32)
    units = np.array([[0, 1, 1], [0, 2, 0], [1, 3, 0], [0, 3, 0]])
    values = {name: float(value) for name, value in PairLoss(3.0).diagnostics(embeddings, units).items()}
    assert values["positive_distance"] == 5.0
    assert values["negative_distance"] == pytest.approx((1 + 1 + np.sqrt(18)) / 3)
    assert values["active"] == pytest.approx(2 / 3)
    assert values["embedding_norm"] == pytest.approx((0 + 5 + 1 + np.sqrt(18)) / 4)
    assert values["embedding_spread"] == pytest.approx((44 - 36 / 4 - 64 / 4) / 44, rel=1e-5)
    assert values["dead_units"] == 0.0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"margin": 0.0}, "margin is 0.0"),
        ({"distance_scale": -1.0}, "distance_scale is -1.0"),
        ({"embedding_norm": "l1"}, "embedding_norm is 'l1'"),
    ],
)
def test_wrong_arguments_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        PairLoss(**arguments)


def test_survives_keras_serialisation(case):
    loss = PairLoss(margin=0.7, distance_scale=2.0, embedding_norm="l2")
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert float(copy(*case)) == float(loss(*case))
