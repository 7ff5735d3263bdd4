"""The softmax loss against the cross-entropy by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from losses.gradients import finite_differences, gradient

from fabric_retrieval.losses import SoftmaxLoss


def built(kernel, bias, **arguments):
    loss = SoftmaxLoss(len(bias), **arguments)
    loss.build((None, len(kernel)))
    loss.set_weights([np.asarray(kernel), np.asarray(bias)])
    return loss


def cross_entropy(f, labels, kernel, bias):
    """-log of the probability of the own class, image by image in float64."""
    costs = []
    for embedding, label in zip(f, labels, strict=True):
        odds = np.exp(embedding @ kernel + bias)
        costs.append(-np.log(odds[label] / odds.sum()))
    return np.mean(costs)


@pytest.fixture
def case():
    rng = np.random.default_rng(2)
    embeddings, kernel, bias = rng.normal(size=(9, 5)), rng.normal(size=(5, 4)), rng.normal(size=4)
    return embeddings, rng.integers(4, size=9).astype(np.int32), kernel, bias


def test_hand_worked_image():
    """Logits 0, ln 2 and ln 5: the classes have probabilities 1/8, 2/8 and 5/8."""
    loss = built([[0.0, 0.0, np.log(5)]], [0.0, np.log(2), 0.0])
    for label, probability in enumerate((1 / 8, 2 / 8, 5 / 8)):
        value = float(loss(np.array([[1.0]]), np.array([label])))
        assert value == pytest.approx(-np.log(probability), rel=1e-6)


def test_value_and_gradients_equal_the_definition(case):
    embeddings, labels, kernel, bias = case
    loss = built(kernel, bias)
    assert float(loss(embeddings, labels)) == pytest.approx(cross_entropy(*case), rel=1e-5)
    expected = finite_differences(lambda f: cross_entropy(f, labels, kernel, bias), embeddings)
    np.testing.assert_allclose(gradient(loss, embeddings, labels), expected, rtol=1e-3, atol=1e-6)

    with tf.GradientTape() as tape:
        value = loss(embeddings, labels)
    of_kernel, of_bias = tape.gradient(value, [variable.value for variable in loss.trainable_variables])
    expected = finite_differences(lambda w: cross_entropy(embeddings, labels, w, bias), kernel)
    np.testing.assert_allclose(of_kernel, expected, rtol=1e-3, atol=1e-6)
    expected = finite_differences(lambda b: cross_entropy(embeddings, labels, kernel, b), bias)
    np.testing.assert_allclose(of_bias, expected, rtol=1e-3, atol=1e-6)


def test_begins_near_the_logarithm_of_the_number_of_classes():
    loss = SoftmaxLoss(1000)
    embeddings = np.random.default_rng(0).normal(size=(64, 16))
    assert float(loss(embeddings, np.arange(64))) == pytest.approx(np.log(1000), rel=1e-3)


def test_weights_are_named_for_the_weight_decay_and_follow_from_the_seed():
    first, again, other = SoftmaxLoss(30, seed=1), SoftmaxLoss(30, seed=1), SoftmaxLoss(30, seed=2)
    for loss in (first, again, other):
        loss.build((None, 200), (None,))
    assert [v.path.split("/")[-1] for v in first.trainable_variables] == ["kernel", "bias"]
    assert [v.shape for v in first.trainable_variables] == [(200, 30), (30,)]
    kernel = first.kernel.numpy()
    assert kernel.std() == pytest.approx(0.01, rel=0.05)
    assert (first.bias.numpy() == 0).all()
    np.testing.assert_array_equal(kernel, again.kernel.numpy())
    assert (kernel != other.kernel.numpy()).any()


def test_dropout_in_training_only_and_from_the_seed():
    """Half of the inputs drop and the others double: the mean stays, each value differs."""
    embeddings, labels = np.ones((200, 50), np.float32), np.zeros(200, np.int32)
    kernel, bias = np.column_stack([np.full(50, 0.02), np.zeros(50)]), np.zeros(2)
    first, again = (built(kernel, bias, dropout=0.5, seed=3) for _ in range(2))
    without = float(built(kernel, bias)(embeddings, labels))
    assert float(first(embeddings, labels)) == float(first(embeddings, labels, training=False)) == without
    values = [float(first(embeddings, labels, training=True)) for _ in range(3)]
    assert len({without, *values}) == 4
    assert np.mean(values) == pytest.approx(without, rel=0.05)
    assert values == [float(again(embeddings, labels, training=True)) for _ in range(3)]


def test_dropout_goes_on_from_restored_variables():
    """What a checkpoint must hold: all of `variables`."""
    embeddings, labels = np.ones((8, 50), np.float32), np.zeros(8, np.int32)
    first, second = SoftmaxLoss(3, dropout=0.5, seed=3), SoftmaxLoss(3, dropout=0.5, seed=4)
    for loss in (first, second):
        loss.build((None, 50))
    first(embeddings, labels, training=True)
    assert len(first.variables) == 3
    for variable, saved in zip(second.variables, first.variables, strict=True):
        variable.assign(saved)
    assert float(first(embeddings, labels, training=True)) == float(second(embeddings, labels, training=True))


@pytest.mark.parametrize("embeddings", [np.zeros((4, 3)), np.ones((4, 3)), 1e30 * np.eye(4, 3)])
def test_everything_is_finite_in_the_corners(embeddings):
    loss = built(np.eye(3), np.zeros(3))
    labels = np.array([0, 1, 2, 0])
    assert np.isfinite(gradient(loss, embeddings, labels)).all()
    assert np.isfinite(float(loss(embeddings, labels)))
    assert np.isfinite(float(loss.diagnostics(embeddings, labels)["accuracy"]))


def test_a_hopeless_class_costs_the_difference_of_the_logits():
    loss = built([[1.0, 0.0]], [0.0, 0.0])
    assert float(loss(np.array([[1e4]]), np.array([1]))) == 1e4


def test_labels_stay_integers():
    """2^24 and 2^24 + 1 are the same float32: the second class must not become the first."""
    loss = SoftmaxLoss(2**24 + 2)
    loss.build((None, 1))
    loss.bias.assign(np.append(np.zeros(2**24 + 1, np.float32), np.float32(40)))
    assert float(loss(np.zeros((1, 1)), np.array([2**24 + 1], np.int32))) == pytest.approx(0.0, abs=1e-5)


def test_logits_are_float32_under_half_precision():
    loss = built([[400.0, 0.0]], [0.0, 0.0])
    value = loss(tf.constant([[400.0]], tf.float16), np.array([1]))  # 400^2 overflows float16
    assert value.dtype == tf.float32
    assert float(value) == 400.0**2


def test_diagnostics_by_hand():
    loss = built(np.eye(3), [0.0, 0.0, 1.5], dropout=0.9)
    embeddings = np.array([[2, 0, 0], [0, 1, 0], [0, 2, 0], [0, 0, 0]], np.float32)
    values = {k: float(v) for k, v in loss.diagnostics(embeddings, np.array([0, 1, 1, 2])).items()}
    assert values["accuracy"] == 0.75
    assert values["embedding_norm"] == pytest.approx(5 / 4)
    assert values["dead_units"] == pytest.approx(1 / 3)
    assert values["embedding_spread"] == pytest.approx((9 / 4 - 0.5**2 - 0.75**2) / (9 / 4), rel=1e-5)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"classes": 0}, "classes is 0"),
        ({"classes": 3, "dropout": 1.0}, "dropout is 1.0"),
        ({"classes": 3, "dropout": -0.5}, "dropout is -0.5"),
    ],
)
def test_wrong_arguments_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        SoftmaxLoss(**arguments)


def test_survives_keras_serialisation(case):
    loss = SoftmaxLoss(4, dropout=0.25, seed=5)
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert float(copy(*case[:2])) == float(loss(*case[:2]))
    assert float(copy(*case[:2], training=True)) == float(loss(*case[:2], training=True))
