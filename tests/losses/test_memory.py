"""What the loss holds at once grows with the square of the batch, never with its cube."""

import numpy as np
import pytest
import tensorflow as tf

from fabric_retrieval.losses import FocusRankingLoss
from fabric_retrieval.losses.distances import squared_distances


def units_of_all(embeddings, negatives):
    """Every embedding as a probe with a positive and `negatives` of the others, or all: [M, 2 + R]."""
    rows = np.arange(embeddings)
    return (rows[:, None] + np.arange(2 + (negatives or embeddings - 2))) % embeddings


def largest_tensor(loss, embeddings, negatives):
    """Elements of the largest of all tensors of the loss and its gradient."""

    @tf.function
    def gradient(f, units):
        with tf.GradientTape() as tape:
            tape.watch(f)
            value = loss(f, units)
        return tf.convert_to_tensor(tape.gradient(value, f))

    units = tf.constant(units_of_all(embeddings, negatives), tf.int32)
    graph = gradient.get_concrete_function(tf.TensorSpec([embeddings, 8]), units).graph
    assert not graph.as_graph_def().library.function  # in which tensors would not be counted
    return max(tensor.shape.num_elements() for op in graph.get_operations() for tensor in op.outputs)


@pytest.mark.parametrize("norm", ["none", "l2"])
@pytest.mark.parametrize("negatives", [32, None])
def test_twice_the_batch_takes_four_times_the_memory(negatives, norm):
    small, large = (largest_tensor(FocusRankingLoss(10.0, norm), m, negatives) for m in (200, 400))
    assert small <= 2 * 200**2
    assert large / small == pytest.approx(4, rel=0.05)


def test_a_loss_of_all_triplets_would_take_eight_times():
    def cubic(f, units):
        distances = squared_distances(f)
        return tf.reduce_mean(tf.nn.softplus(distances[:, :, None] - distances[:, None, :]))

    small, large = (largest_tensor(cubic, m, 32) for m in (20, 40))
    assert large / small == 8
