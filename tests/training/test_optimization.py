"""Learning rates by hand; decay and clipping as Caffe has them."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from fabric_retrieval.training.optimization import clipped, learning_rate, make_optimizer, with_weight_decay


def config(**changes):
    defaults = {
        "optimizer": "sgd",
        "learning_rate": 0.1,
        "momentum": 0.9,
        "weight_decay": 0.01,
        "schedule": "constant",
        "warmup_steps": 0,
        "steps": 10,
        "decay_every": 4,
        "decay_factor": 0.5,
        "average": 0.0,
    }
    return SimpleNamespace(**defaults | changes)


@pytest.mark.parametrize(
    ("changes", "rates"),
    [
        ({}, [0.1] * 10),
        ({"warmup_steps": 4}, [0.025, 0.05, 0.075, 0.1, 0.1]),
        ({"schedule": "step"}, [0.1] * 4 + [0.05] * 4 + [0.025] * 2),
        ({"schedule": "cosine", "steps": 4}, [0.1, 0.05 * (1 + 0.5**0.5), 0.05, 0.05 * (1 - 0.5**0.5)]),
        ({"schedule": "cosine", "warmup_steps": 2, "steps": 4}, [0.05, 0.1, 0.1, 0.05]),
    ],
)
def test_learning_rates(changes, rates):
    assert [learning_rate(config(**changes), step) for step in range(len(rates))] == pytest.approx(rates)


def test_sgd_with_momentum_and_decay_of_kernels_only():
    """v <- 0.9 v + (g + 0.01 w), w <- w - 0.1 v; biases without the 0.01 w."""
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    optimizer = make_optimizer(config())
    optimizer.build(layer.trainable_variables)
    rng = np.random.default_rng(0)
    weights = [variable.numpy() for variable in layer.trainable_variables]
    velocity = [np.zeros_like(w) for w in weights]
    for _ in range(3):
        gradients = [rng.normal(size=w.shape).astype(np.float32) for w in weights]
        decayed = with_weight_decay([tf.constant(g) for g in gradients], layer.trainable_variables, 0.01)
        optimizer.apply(decayed, layer.trainable_variables)
        gradients[0] += 0.01 * weights[0]
        velocity = [0.9 * v + g for v, g in zip(velocity, gradients, strict=True)]
        weights = [w - 0.1 * v for w, v in zip(weights, velocity, strict=True)]
    for variable, expected in zip(layer.trainable_variables, weights, strict=True):
        np.testing.assert_allclose(variable.numpy(), expected, rtol=1e-5)


def test_one_operation_does_what_keras_does():
    rng = np.random.default_rng(0)
    start = rng.normal(size=(50, 40)).astype(np.float32)
    variables = [keras.Variable(start, name="kernel") for _ in range(2)]
    optimizers = [make_optimizer(config()), keras.optimizers.SGD(0.1, momentum=0.9)]
    for optimizer, variable in zip(optimizers, variables, strict=True):
        optimizer.build([variable])
    for rate in (0.1, 0.1, 0.02, 0.02):
        gradient = rng.normal(size=start.shape).astype(np.float32)
        for optimizer, variable in zip(optimizers, variables, strict=True):
            optimizer.learning_rate.assign(rate)
            optimizer.apply([tf.constant(gradient)], [variable])
    ours, theirs = ([v.numpy() for v in optimizer.variables] for optimizer in optimizers)
    assert ours[0] == theirs[0] == 4
    np.testing.assert_allclose(ours[2], theirs[2], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(*(v.numpy() for v in variables), rtol=1e-6, atol=1e-6)
    names = [[v.path.partition("/")[2] for v in optimizer.variables] for optimizer in optimizers]
    assert names[0] == names[1]  # so that checkpoints fit


def test_adamw_decays_kernels_only():
    layer = keras.layers.Dense(2, bias_initializer="ones")
    layer.build((None, 3))
    optimizer = make_optimizer(config(optimizer="adamw"))
    optimizer.build(layer.trainable_variables)
    kernel = layer.kernel.numpy()
    optimizer.apply([tf.zeros((3, 2)), tf.zeros(2)], layer.trainable_variables)
    np.testing.assert_allclose(layer.kernel.numpy(), kernel * (1 - 0.1 * 0.01), rtol=1e-5)
    np.testing.assert_array_equal(layer.bias.numpy(), np.ones(2))


def test_clipping():
    gradients = [tf.constant([3.0, 0.0]), tf.constant([[4.0]])]
    unlimited, norm = clipped(gradients, 0.0)
    assert float(norm) == 5.0
    assert unlimited is gradients
    short, norm = clipped(gradients, 1.0)
    assert float(norm) == 5.0
    np.testing.assert_allclose(short[0], [0.6, 0.0])
    np.testing.assert_allclose(short[1], [[0.8]])
