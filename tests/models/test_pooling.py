"""Pooling by maxima is TensorFlow's pooling, ties included."""

import numpy as np
import pytest
import tensorflow as tf

from fabric_retrieval.models.pooling import MaxPooling, pooling_by_maxima


def values_and_gradient(pool, x, weights):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = pool(x)
        value = tf.reduce_sum(y * weights)
    return y.numpy(), tape.gradient(value, x).numpy()


@pytest.mark.parametrize("side", [3, 4, 13, 27])
@pytest.mark.parametrize("by_maxima", [False, True])
def test_equals_tensorflow(side, by_maxima):
    """Of whole numbers from 0 to 3 most windows hold the largest more than once."""
    rng = np.random.default_rng(side)
    x = tf.constant(rng.integers(0, 4, (2, side, side + 2, 5)), tf.float32)
    pooled = (side - 1) // 2, (side + 1) // 2
    weights = rng.integers(1, 100, (2, *pooled, 5)).astype(np.float32)
    expected = values_and_gradient(lambda x: tf.nn.max_pool2d(x, 3, 2, "VALID"), x, weights)
    with pooling_by_maxima(by_maxima):
        found = values_and_gradient(MaxPooling(), x, weights)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_it_ends_with_its_block():
    x = tf.keras.Input((7, 7, 1))
    with pytest.raises(RuntimeError), pooling_by_maxima():
        raise RuntimeError
    graph = tf.function(MaxPooling()).get_concrete_function(tf.TensorSpec(x.shape)).graph
    assert "MaxPool" in {operation.type for operation in graph.get_operations()}
