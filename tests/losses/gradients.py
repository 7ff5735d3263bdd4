"""The gradient of a loss layer, and finite differences of a NumPy function to compare it with."""

import numpy as np
import tensorflow as tf

from fabric_retrieval.losses.distances import NORM_FLOOR


def gradient(loss, embeddings, *targets):
    """d loss / d embeddings, [M, D] float32."""
    embeddings = tf.constant(embeddings, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(embeddings)
        value = loss(embeddings, *targets)
    return tf.convert_to_tensor(tape.gradient(value, embeddings)).numpy()


def finite_differences(value, at, step=1e-6):
    """Central differences of the float64 function `value` in every coordinate of the array `at`."""
    result = np.zeros_like(at)
    for index in np.ndindex(*at.shape):
        shift = np.zeros_like(at)
        shift[index] = step
        result[index] = (value(at + shift) - value(at - shift)) / (2 * step)
    return result


def unit_length(f):
    """Rows of f as `l2_normalise` defines them."""
    return f / np.sqrt(np.sum(f**2, axis=1, keepdims=True) + NORM_FLOOR)
