"""XLA computes the same update."""

import numpy as np
import pytest
import tensorflow as tf
from training.small_step import LOSSES, Training, batch, relative_error, update

from fabric_retrieval.models import alexnet
from fabric_retrieval.training.network_pass import NetworkPass


@pytest.mark.parametrize("method", LOSSES)
def test_a_compiled_step_makes_the_same_update(method):
    exact = update(batch(0), batch(1), method=method)
    assert relative_error(update(batch(0), batch(1), method=method, jit_compile=True), exact) < 1e-5


def test_network_and_loss_are_compiled_forward_and_back():
    def compiled(**how):
        graph = Training(**how).step.get_concrete_function(batch()).graph.as_graph_def()
        return [f for f in graph.library.function if f.attr["_XlaMustCompile"].b]

    assert not compiled()
    assert len(compiled(jit_compile=True)) >= 3


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("norm_order", ["pool_first", "norm_first"])
def test_alexnet_has_the_same_gradient_without_a_gradient_of_pools(groups, norm_order):
    """That of pools is slow as XLA has it on a CPU; flat images, on which windows tie, among others."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4, 67, 67, 3), np.uint8)
    images[2:] = images[2:, :1, :1]
    model = alexnet(67, 0.125, groups, dropout=0.0, norm_order=norm_order)
    towards = tf.constant(rng.normal(size=(4, 512)), tf.float32)

    def results(jit_compile):
        network = NetworkPass(model, jit_compile=jit_compile)

        @tf.function
        def run(images):
            embeddings, backpropagate = network(images)
            return embeddings, *backpropagate(towards)

        graph = run.get_concrete_function(images).graph.as_graph_def()
        operations = {node.op for function in graph.library.function for node in function.node_def}
        operations |= {node.op for node in graph.node}
        return [tensor.numpy() for tensor in run(images)], "MaxPoolGrad" in operations

    expected, has_gradient_of_pools = results(jit_compile=False)
    assert has_gradient_of_pools
    found, has_gradient_of_pools = results(jit_compile=True)
    assert not has_gradient_of_pools
    for one, other in zip(found, expected, strict=True):
        assert relative_error(one, other) < 1e-5
