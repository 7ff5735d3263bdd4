"""The update of a batch that goes through the network in chunks is that of the whole batch."""

import numpy as np
import pytest
import tensorflow as tf
from training.small_step import LOSSES, Training, batch, relative_error, update

from fabric_retrieval.training.network_pass import NetworkPass


@pytest.mark.parametrize("method", LOSSES)
def test_chunks_make_the_update_of_the_whole_batch(method):
    exact = update(batch(0), batch(1), method=method)
    assert relative_error(update(batch(0), batch(1), method=method, chunks=4), exact) < 1e-5


def test_so_do_chunks_that_do_not_divide_it():
    assert relative_error(update(batch(0), chunks=5), update(batch(0))) < 1e-5


def test_both_passes_have_the_same_dropout_masks():
    """By hand: one tape over all chunks, each called with the seed that belongs to it."""
    training = Training(dropout=0.5, chunks=3)
    (state,) = training.model.non_trainable_variables
    before = state.numpy()
    data, embeddings = batch(), []
    with tf.GradientTape() as tape:
        for chunk, images in enumerate(np.split(data["images"].astype(np.float32), 3)):
            state.assign(before + np.array([chunk, 0]))
            embeddings.append(training.model(images, training=True))
        value = training.loss(tf.concat(embeddings, axis=0), data["units"])
    gradients = [
        gradient.numpy() + (0.01 * variable.numpy() if variable.path.endswith("kernel") else 0.0)
        for gradient, variable in zip(
            tape.gradient(value, [v.value for v in training.variables]), training.variables, strict=True
        )
    ]
    gradient = np.concatenate([g.ravel() for g in gradients])
    norm = np.linalg.norm(gradient)
    assert norm > 0.5  # so it is clipped
    state.assign(before)

    start = training.weights()
    values = training.step(data)
    assert float(values["loss"]) == pytest.approx(float(value), rel=1e-5)
    assert relative_error(training.weights() - start, -0.1 * 0.5 / norm * gradient) < 1e-5
    np.testing.assert_array_equal(state.numpy(), before + np.array([0, 1]))


def test_masks_differ_from_chunk_to_chunk_and_from_step_to_step():
    network = NetworkPass(Training(dropout=0.5).model, chunks=2)
    twice = np.repeat(batch()["images"][:1], 2, axis=0)
    (one, other), (later, _) = network(twice)[0].numpy(), network(twice)[0].numpy()
    assert (one != other).any()
    assert (one != later).any()


def test_chunks_of_float16():
    assert relative_error(update(batch(0), chunks=3, precision="mixed_float16"), update(batch(0))) < 2**-7
