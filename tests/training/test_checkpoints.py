"""Checkpoints hold the weights of the loss too, and give them back."""

import keras
import numpy as np
import pytest

from fabric_retrieval.losses import SoftmaxLoss
from fabric_retrieval.training.checkpoints import Checkpoints

EMBEDDINGS, LABELS = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32), np.arange(6) % 3


@pytest.fixture
def make(tmp_path):
    """A network, a softmax loss and their checkpoints, as a run that starts makes them."""

    def made(seed):
        keras.utils.set_random_seed(seed)
        layers = [keras.Input((5,)), keras.layers.Dense(4, name="embedding")]
        model = keras.Sequential(layers, name="network")
        loss = SoftmaxLoss(3, dropout=0.5, seed=seed)
        loss(EMBEDDINGS, LABELS)
        optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
        optimizer.build([*model.trainable_variables, *loss.trainable_variables])
        return loss, optimizer, Checkpoints(tmp_path, model, optimizer, loss)

    return made


def test_a_classifier_goes_on_as_it_was(make):
    """Its weights, their momentum and the state of its dropout."""
    loss, optimizer, checkpoints = make(seed=0)
    for variable in (*loss.trainable_variables, *optimizer.variables):
        if variable.dtype == "float32":
            variable.assign(variable + np.random.default_rng(1).normal(size=variable.shape))
    loss(EMBEDDINGS, LABELS, training=True)
    checkpoints.save(7)
    expected = [variable.numpy() for variable in (*loss.variables, *optimizer.variables)]
    dropped = float(loss(EMBEDDINGS, LABELS, training=True))

    loss, optimizer, checkpoints = make(seed=1)
    assert (loss.kernel.numpy() != expected[0]).any()
    assert checkpoints.restore_latest() == 7
    for variable, value in zip((*loss.variables, *optimizer.variables), expected, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value, err_msg=variable.path)
    assert float(loss(EMBEDDINGS, LABELS, training=True)) == dropped
