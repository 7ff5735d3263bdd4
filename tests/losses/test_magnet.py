"""The magnet loss against Eq. 5 of Rippel et al. (2016), written out by hand in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from losses.gradients import finite_differences, gradient, unit_length

from fabric_retrieval.losses import MagnetLoss

HAND_WORKED = np.array([[0, 0], [2, 0], [0, 4], [2, 4]], np.float32)
TWO_CLUSTERS = np.array([[7, 0, 1], [3, 2, 3]])


def statistics(r, units):
    """Means and variance of Eq. 5, with loops."""
    means = [np.mean([r[p] for p in positions], axis=0) for _, *positions in units]
    total, count = 0.0, 0
    for mean, (_, *positions) in zip(means, units, strict=True):
        for p in positions:
            total += np.sum((r[p] - mean) ** 2)
            count += 1
    return means, total / (count - 1)


def equation_5(r, units, alpha, means=None, variance=None):
    """Eq. 5 as printed, exponentials, logarithm and all, in float64."""
    if means is None:
        means, variance = statistics(r, units)
    costs = []
    for own, (fabric, *positions) in zip(means, units, strict=True):
        for p in positions:
            numerator = np.exp(-np.sum((r[p] - own) ** 2) / (2 * variance) - alpha)
            impostors = [mean for mean, unit in zip(means, units, strict=True) if unit[0] != fabric]
            denominator = sum(np.exp(-np.sum((r[p] - mean) ** 2) / (2 * variance)) for mean in impostors)
            costs.append(max(0.0, -np.log(numerator / denominator)))
    return np.mean(costs)


def numbers(dictionary):
    return {name: float(value) for name, value in dictionary.items()}


@pytest.fixture
def case():
    """Four clusters of three, two of them of one fabric; example 3 is in two of them, 11 in none."""
    embeddings = np.random.default_rng(3).normal(size=(12, 5))
    units = np.array([[9, 0, 5, 3], [4, 2, 8, 10], [9, 6, 1, 3], [1, 7, 4, 9]], np.int32)
    return embeddings, units


def test_hand_worked_value():
    """Means (1, 0), (1, 4); every example is at 1 from its own and 17 from the other; sigma^2 = 4 / 3.

    1 / (8/3) + alpha - 17 / (8/3) = alpha - 6: nothing is left of alpha = 1, and 1.5 of alpha = 7.5. With
    the variance squared again, as in a public implementation, it would be alpha - 16 * 9 / 32 = alpha - 4.5.
    """
    assert float(MagnetLoss(alpha=1.0)(HAND_WORKED, TWO_CLUSTERS)) == 0.0
    assert float(MagnetLoss(alpha=7.5)(HAND_WORKED, TWO_CLUSTERS)) == pytest.approx(1.5, rel=1e-6)


@pytest.mark.parametrize("alpha", [0.0, 1.0, 4.0])
def test_equals_equation_5(case, alpha):
    expected = equation_5(*case, alpha)
    assert expected > 0
    assert float(MagnetLoss(alpha=alpha)(*case)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("norm", ["none", "l2"])
def test_gradient_equals_finite_differences(case, norm):
    embeddings, units = case

    def value(r):
        if norm == "l2":
            r = unit_length(r)
        return equation_5(r, units, alpha=0.5)

    actual = gradient(MagnetLoss(alpha=0.5, embedding_norm=norm), embeddings, units)
    np.testing.assert_allclose(actual, finite_differences(value, embeddings), rtol=1e-3, atol=1e-5)


def test_gradient_flows_through_means_and_variance(case):
    """Were they held constant, the gradient would be another one: the test above can tell."""
    embeddings, units = case
    held = statistics(embeddings, units)
    constant = finite_differences(lambda r: equation_5(r, units, 0.5, *held), embeddings)
    assert np.abs(gradient(MagnetLoss(alpha=0.5), embeddings, units) - constant).max() > 0.02


@pytest.mark.parametrize("factor", [1e-2, 1e3])
def test_scale_of_the_embeddings_does_not_matter(case, factor):
    embeddings, units = case
    loss = MagnetLoss(alpha=2.0)
    assert float(loss(factor * embeddings, units)) == pytest.approx(float(loss(embeddings, units)), rel=1e-5)


def test_far_from_the_origin_nothing_is_lost(case):
    embeddings, units = case
    moved = (np.round(embeddings * 64) / 64 + 1e4).astype(np.float32)  # still exact in float32
    assert float(MagnetLoss()(moved, units)) == pytest.approx(
        equation_5(moved.astype(np.float64), units, 1.0), rel=1e-3
    )


def test_far_impostors_do_not_underflow():
    """exp(-1e8 / ...) is 0 in any floating-point type, and its logarithm infinite."""
    embeddings = np.array([[0], [1], [1e4], [1e4 + 1]], np.float32)
    for alpha, active in ((1.0, 0.0), (2e8, 1.0)):
        loss = MagnetLoss(alpha=alpha)
        assert np.isfinite(gradient(loss, embeddings, TWO_CLUSTERS)).all()
        assert numbers(loss.diagnostics(embeddings, TWO_CLUSTERS))["active"] == active


def test_own_fabrics_clusters_are_no_impostors(case):
    embeddings, units = case
    one_fabric = units.copy()
    one_fabric[:, 0] = 5
    assert float(MagnetLoss(alpha=3.0)(embeddings, one_fabric)) == 0.0
    assert not gradient(MagnetLoss(alpha=3.0), embeddings, one_fabric).any()
    values = numbers(MagnetLoss(alpha=3.0).diagnostics(embeddings, one_fabric))
    assert (values["disordered"], values["active"], values["negative_distance"]) == (0, 0, 0)


@pytest.mark.parametrize("norm", ["none", "l2"])
@pytest.mark.parametrize("embeddings", [np.zeros((4, 3)), np.ones((4, 3)), 1e4 * np.eye(4, 3)])
def test_gradient_is_finite_in_the_corners(embeddings, norm):
    loss = MagnetLoss(embedding_norm=norm)
    values = gradient(loss, embeddings, TWO_CLUSTERS)
    assert np.isfinite(values).all()
    assert np.abs(values).max() < 1e3
    if not embeddings.any():
        assert float(loss(embeddings, TWO_CLUSTERS)) == pytest.approx(1.0)  # alpha + log(1 impostor)


def test_one_example_alone_costs_nothing():
    assert float(MagnetLoss()(np.array([[1.0, 2.0]]), np.array([[3, 0]]))) == 0.0


@pytest.mark.parametrize("apart", [0.0, 1.0])
def test_variance_of_zero(apart):
    """Examples that are all at their mean: nothing to do if the means differ, alpha if they do not."""
    embeddings = np.array([[0, 1], [0, 1], [apart, 1], [apart, 1]])
    assert float(MagnetLoss(alpha=2.0)(embeddings, TWO_CLUSTERS)) == pytest.approx(0.0 if apart else 2.0)
    assert np.isfinite(gradient(MagnetLoss(alpha=2.0), embeddings, TWO_CLUSTERS)).all()


def test_distances_are_float32_under_half_precision():
    embeddings = tf.constant([[0.0], [600.0], [0.0], [900.0]], tf.float16)  # 300^2 overflows float16
    value = MagnetLoss()(embeddings, TWO_CLUSTERS)
    assert value.dtype == tf.float32
    expected = equation_5(np.array([[0.0], [600.0], [0.0], [900.0]]), TWO_CLUSTERS, 1.0)
    assert float(value) == pytest.approx(expected, rel=1e-5)


def test_diagnostics_by_hand():
    """Means 2 and 6 of (0, 4) and (3, 9); 3 is at 1 from the other's mean and 3 from its own."""
    embeddings = np.array([[0, 0], [4, 0], [3, 0], [9, 0]], np.float32)
    values = numbers(MagnetLoss(alpha=1.0).diagnostics(embeddings, TWO_CLUSTERS))
    assert values["disordered"] == 0.25
    assert values["variance"] == pytest.approx((4 + 4 + 9 + 9) / 3)
    assert values["positive_distance"] == pytest.approx((4 + 4 + 9 + 9) / 4)
    assert values["negative_distance"] == pytest.approx((36 + 4 + 1 + 49) / 4)
    # Penalties (own - other) / 17.3 + 1 before the hinge: own - other is 4 - 36, 4 - 4, 9 - 1, 9 - 49.
    assert values["active"] == 0.5
    assert values["embedding_norm"] == pytest.approx(4.0)
    assert values["dead_units"] == 0.5
    mean_square = (0 + 16 + 9 + 81) / 4
    assert values["embedding_spread"] == pytest.approx((mean_square - 4.0**2) / mean_square, rel=1e-5)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [({"embedding_norm": "l1"}, "embedding_norm is 'l1'"), ({"alpha": -1.0}, "alpha is -1.0")],
)
def test_wrong_arguments_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        MagnetLoss(**arguments)


def test_survives_keras_serialisation(case):
    loss = MagnetLoss(alpha=0.7, embedding_norm="l2")
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert float(copy(*case)) == float(loss(*case))


def test_same_in_a_graph_with_an_unknown_number_of_clusters(case):
    embeddings, units = case
    signature = [tf.TensorSpec([None, 5]), tf.TensorSpec([None, None], tf.int32)]
    compiled = tf.function(MagnetLoss(), input_signature=signature)
    assert float(compiled(embeddings.astype(np.float32), units)) == pytest.approx(
        float(MagnetLoss()(embeddings, units)), rel=1e-6
    )
