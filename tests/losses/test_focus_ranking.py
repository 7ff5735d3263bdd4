"""The focus ranking loss against the paper's equations, written out by hand in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from losses.gradients import finite_differences, gradient, unit_length

from fabric_retrieval.losses import FocusRankingLoss
from fabric_retrieval.losses.focus_ranking import logistic


def distance(a, b):
    return np.sum((a - b) ** 2)


def equation_4(f, units):
    """Eq. 4, term by term in float64."""
    total = 0.0
    for probe, positive, *negatives in units:
        for negative in negatives:
            z = distance(f[probe], f[negative]) - distance(f[probe], f[positive])
            total += np.log2(1.0 + 2.0**-z)
    return total


def equation_6(f, units):
    """Eq. 6: the gradients of Eq. 4 with respect to every embedding, with the delta of Eq. 5."""
    gradient = np.zeros_like(f)
    for probe, positive, *negatives in units:
        for negative in negatives:
            delta = 2.0 ** -(distance(f[probe], f[negative]) - distance(f[probe], f[positive]))
            weight = -delta / (1.0 + delta)
            gradient[probe] += 2 * weight * (f[positive] - f[negative])
            gradient[positive] += 2 * weight * (f[probe] - f[positive])
            gradient[negative] += 2 * weight * (f[negative] - f[probe])
    return gradient


@pytest.fixture
def case():
    rng = np.random.default_rng(7)
    embeddings = 0.5 * rng.normal(size=(12, 6))
    units = np.stack([rng.permutation(12)[: 2 + 4] for _ in range(9)]).astype(np.int32)
    return embeddings, units


def test_hand_worked_unit():
    """Probe (0, 0); positive at distance 1; negatives at distances 4 and 1: sigma(3) + sigma(0)."""
    embeddings = np.array([[0, 0], [1, 0], [0, 2], [0, -1]], np.float32)
    units = np.array([[0, 1, 2, 3]])
    expected = np.log2(1 + 2.0**-3) + 1.0
    assert float(FocusRankingLoss(reduction="sum")(embeddings, units)) == pytest.approx(expected, rel=1e-6)
    assert float(FocusRankingLoss()(embeddings, units)) == pytest.approx(expected / 2, rel=1e-6)


def test_equals_equation_4(case):
    embeddings, units = case
    assert float(FocusRankingLoss(reduction="sum")(embeddings, units)) == pytest.approx(
        equation_4(embeddings, units), rel=1e-5
    )


def test_gradient_equals_equation_6(case):
    embeddings, units = case
    np.testing.assert_allclose(
        gradient(FocusRankingLoss(reduction="sum"), embeddings, units),
        equation_6(embeddings, units),
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.parametrize("norm", ["none", "l2"])
def test_gradient_equals_finite_differences(case, norm):
    embeddings, units = case
    scale = 3.0

    def value(f):
        return equation_4(np.sqrt(scale) * (unit_length(f) if norm == "l2" else f), units)

    loss = FocusRankingLoss(distance_scale=scale, embedding_norm=norm, reduction="sum")
    expected = finite_differences(value, embeddings)
    np.testing.assert_allclose(gradient(loss, embeddings, units), expected, rtol=1e-3, atol=1e-4)


def test_mean_is_the_sum_over_the_number_of_pairs(case):
    embeddings, units = case
    total = float(FocusRankingLoss(reduction="sum")(embeddings, units))
    assert float(FocusRankingLoss()(embeddings, units)) == pytest.approx(total / (9 * 4), rel=1e-5)


def n_pair(f, units):
    """log2(1 + the sum of 2^-z over a unit's negatives), the mean over units, in float64."""
    total = 0.0
    for probe, positive, *negatives in units:
        z = [distance(f[probe], f[each]) - distance(f[probe], f[positive]) for each in negatives]
        total += np.log2(1 + np.sum(2.0 ** -np.array(z)))
    return total / len(units)


def test_n_pair_has_the_logarithm_of_the_sum(case):
    """Of the hand-worked unit log2(1 + 2^-3 + 1)."""
    embeddings = np.array([[0, 0], [1, 0], [0, 2], [0, -1]], np.float32)
    loss = FocusRankingLoss(reduction="n_pair")
    assert float(loss(embeddings, np.array([[0, 1, 2, 3]]))) == pytest.approx(np.log2(2 + 2.0**-3), rel=1e-6)
    assert float(loss(*case)) == pytest.approx(n_pair(*case), rel=1e-5)
    expected = finite_differences(lambda f: n_pair(f, case[1]), case[0])
    np.testing.assert_allclose(gradient(loss, *case), expected, rtol=1e-3, atol=1e-4)


def test_n_pair_lies_between_the_hardest_negative_s_penalty_and_the_sum_over_all(case):
    values = [
        float(FocusRankingLoss(reduction=reduction, hardest=hardest)(*case)) * factor
        for reduction, hardest, factor in [("mean", 1, 1), ("n_pair", 0, 1), ("mean", 0, 4)]
    ]
    assert values == sorted(values)
    assert float(FocusRankingLoss(reduction="n_pair", hardest=1)(*case)) == pytest.approx(values[0], rel=1e-6)


def test_n_pair_is_finite_for_distances_however_large():
    embeddings = np.array([[0.0], [1e4], [1e-3], [2e4]], np.float32)
    loss = FocusRankingLoss(reduction="n_pair")
    assert float(loss(embeddings, np.array([[0, 1, 2, 3]]))) == pytest.approx(1e8, rel=1e-5)
    assert float(loss(embeddings, np.array([[0, 2, 1, 3]]))) == pytest.approx(0, abs=1e-5)


def test_logistic_is_exact_for_any_argument():
    z = np.array([-1e30, -1e4, -1.0, 0.0, 1.0, 100.0, 1e30], np.float32)
    expected = [1e30, 1e4, np.log2(3.0), 1.0, np.log2(1.5), 2.0**-100 / np.log(2), 0.0]
    np.testing.assert_allclose(keras.ops.convert_to_numpy(logistic(z)), expected, rtol=1e-5, atol=1e-45)


def test_logistic_bounds_the_indicator_from_above():
    z = np.linspace(-5, 5, 101)
    assert (keras.ops.convert_to_numpy(logistic(z)) >= (z < 0)).all()


@pytest.mark.parametrize("norm", ["none", "l2"])
@pytest.mark.parametrize("embeddings", [np.zeros((4, 3)), np.ones((4, 3)), 1e4 * np.eye(4, 3)])
def test_gradient_is_finite_in_the_corners(embeddings, norm):
    units = np.array([[0, 1, 2, 3], [1, 0, 3, 2]])
    values = gradient(FocusRankingLoss(embedding_norm=norm), embeddings, units)
    assert np.isfinite(values).all()
    assert np.abs(values).max() < 1e6


def test_distances_are_float32_under_half_precision():
    embeddings = tf.constant([[0.0], [300.0], [400.0]], tf.float16)  # 400^2 overflows float16
    value = FocusRankingLoss(reduction="sum")(embeddings, np.array([[0, 2, 1]]))
    assert value.dtype == tf.float32
    assert float(value) == pytest.approx(400.0**2 - 300.0**2)


def test_diagnostics_by_hand():
    embeddings = np.array([[0, 0], [2, 0], [0, 1], [0, -3]], np.float32)
    units = np.array([[0, 1, 2, 3]])
    values = {
        k: float(v) for k, v in FocusRankingLoss(distance_scale=2.0).diagnostics(embeddings, units).items()
    }
    assert values["disordered"] == 0.5
    assert values["positive_distance"] == 8.0
    assert values["negative_distance"] == 10.0
    assert values["embedding_norm"] == pytest.approx((0 + 2 + 1 + 3) / 4)
    assert values["dead_units"] == 0.0
    mean_square = (0 + 4 + 1 + 9) / 4
    assert values["embedding_spread"] == pytest.approx(
        (mean_square - 0.5**2 - 0.5**2) / mean_square, rel=1e-5
    )


def test_diagnostics_show_a_collapse():
    values = FocusRankingLoss().diagnostics(np.tile([[1.0, 2.0, 0.0]], (4, 1)), np.array([[0, 1, 2, 3]]))
    assert float(values["embedding_spread"]) == 0.0
    assert float(values["dead_units"]) == pytest.approx(1 / 3)
    assert float(values["disordered"]) == 0.0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"embedding_norm": "l1"}, "embedding_norm is 'l1'"),
        ({"reduction": "max"}, "reduction is 'max'"),
        ({"distance_scale": 0.0}, "distance_scale is 0.0"),
    ],
)
def test_wrong_arguments_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        FocusRankingLoss(**arguments)


def test_survives_keras_serialisation(case):
    loss = FocusRankingLoss(distance_scale=10.0, embedding_norm="l2", reduction="sum")
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert float(copy(*case)) == float(loss(*case))


def test_the_hardest_negatives_are_the_nearest_ones(case):
    embeddings, units = case
    nearest = []
    for probe, positive, *negatives in units:
        ordered = sorted(negatives, key=lambda row: distance(embeddings[probe], embeddings[row]))
        nearest.append([probe, positive, *ordered[:2]])
    loss = FocusRankingLoss(reduction="sum", hardest=2)
    assert float(loss(embeddings, units)) == pytest.approx(equation_4(embeddings, nearest), rel=1e-5)


def test_as_many_hardest_negatives_as_there_are_is_equation_4(case):
    for hardest in (0, 4, 9):
        loss = FocusRankingLoss(reduction="sum", hardest=hardest)
        assert float(loss(*case)) == pytest.approx(equation_4(*case), rel=1e-5)


def test_fewer_than_no_negatives_are_refused():
    with pytest.raises(ValueError, match="hardest"):
        FocusRankingLoss(hardest=-1)
