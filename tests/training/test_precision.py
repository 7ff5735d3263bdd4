"""16 bits within the network only: close to float32, nothing lost to overflow, all else float32."""

import numpy as np
import pytest
import tensorflow as tf
from training.small_step import Training, batch, relative_error, update

from fabric_retrieval.training import precision
from fabric_retrieval.training.precision import LossScale, computing_in


@pytest.mark.parametrize(
    ("policy", "loss_scale", "tolerance"),
    [("mixed_float16", LossScale, 2**-9), ("mixed_bfloat16", None, 2**-6)],
)
def test_an_update_is_as_near_to_float32_as_the_digits_allow(policy, loss_scale, tolerance, monkeypatch):
    """A float16 has 11 significant bits, a bfloat16 8."""
    monkeypatch.setattr(precision, "INITIAL_SCALE", 2.0**6)  # no step of these is skipped
    exact = update(batch(0), batch(1))
    error = relative_error(update(batch(0), batch(1), precision=policy, loss_scale=loss_scale), exact)
    assert tolerance / 100 < error < tolerance  # no error at all: nothing was computed in 16 bits


def test_weights_and_other_uses_of_the_network_stay_float32():
    training = Training(precision="mixed_bfloat16")
    training.step(batch())
    assert {variable.dtype for variable in [*training.variables, *training.optimizer.variables[2:]]} == {
        "float32"
    }
    images = tf.cast(batch()["images"], tf.float32)
    assert training.model(images).dtype == tf.float32
    with computing_in(training.model, "mixed_bfloat16"):
        assert training.model(images).dtype == tf.bfloat16


def test_an_overflow_skips_the_step_and_halves_the_scale(monkeypatch):
    monkeypatch.setattr(precision, "INITIAL_SCALE", 2.0**40)
    training = Training(precision="mixed_float16", loss_scale=LossScale)
    before = [variable.numpy() for variable in [*training.variables, *training.optimizer.variables]]
    values = training.step(batch())
    after = [variable.numpy() for variable in [*training.variables, *training.optimizer.variables]]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    assert float(values["loss_scale"]) == 2.0**39
    assert int(values["skipped_steps"]) == 1
    assert np.isfinite(values["loss"])

    for _ in range(40):
        values = training.step(batch())
    assert float(values["loss_scale"]) == 2.0 ** (40 - int(values["skipped_steps"])) > 1.0
    assert (training.variables[0].numpy() != before[0]).any()
    assert np.isfinite(training.weights()).all()


def test_the_scale_doubles_after_so_many_finite_steps_in_a_row(monkeypatch):
    monkeypatch.setattr(precision, "GROW_EVERY", 3)
    scale, seen = LossScale(), []
    for finite in (True, True, False, True, True, True, True, True, True, False):
        scale.update(tf.constant(finite))
        seen.append(float(scale.scale) / 2.0**15)
    assert seen == [1, 1, 0.5, 0.5, 0.5, 1, 1, 1, 2, 1]
    assert int(scale.skipped) == 2


def test_small_gradients_reach_the_weights_by_the_scale_alone(monkeypatch):
    """Below 6e-8 a float16 is zero; a bias does not decay, so that its update is its gradient's."""

    def bias_update(scale, **how):
        monkeypatch.setattr(precision, "INITIAL_SCALE", scale)
        training = Training(loss_scale=LossScale, **how)
        training.loss.distance_scale = 1e-7
        training.step(batch())
        return training.model.get_layer("hidden").bias.numpy()

    exact = bias_update(1.0)
    assert relative_error(bias_update(2.0**15, precision="mixed_float16"), exact) < 0.01
    assert relative_error(bias_update(1.0, precision="mixed_float16"), exact) > 0.1
