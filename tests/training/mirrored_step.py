"""Run by test_step.py in a process of its own, since devices are configured before TensorFlow starts.

One step on two replicas must be the step of the mean of their two losses, decay and clipping included; and
the average of the weights after two steps what they say.
"""

import keras
import numpy as np
import tensorflow as tf
from two_devices import two_devices

from fabric_retrieval.losses import FocusRankingLoss
from fabric_retrieval.models import alexnet
from fabric_retrieval.training.averaging import averaged
from fabric_retrieval.training.network_pass import NetworkPass
from fabric_retrieval.training.optimization import FusedSGD
from fabric_retrieval.training.step import make_train_step

RATE, DECAY, CLIP, AVERAGE = 0.1, 0.01, 0.5, 0.75


def batch(number):
    rng = np.random.default_rng(number)
    units = np.stack([rng.permutation(8)[:5] for _ in range(6)]).astype(np.int32)
    return {"images": rng.integers(0, 256, (8, 67, 67, 3), np.uint8), "units": units}


def build(strategy):
    keras.utils.set_random_seed(1)
    with strategy.scope():
        model = alexnet(67, 0.1, dropout=0.0)
        optimizer = FusedSGD(RATE, momentum=0.9, use_ema=True, ema_momentum=AVERAGE)
        optimizer.build(model.trainable_variables)
        loss = FocusRankingLoss(10.0, "l2")
    return model, optimizer, loss


def by_hand(model, loss, batches):
    """Weights after w - rate * clip(mean gradient + decay * kernel): the first step of SGD with momentum."""
    variables = [variable.value for variable in model.trainable_variables]
    with tf.GradientTape() as tape:
        losses = [loss(model(b["images"].astype(np.float32), training=True), b["units"]) for b in batches]
        mean = sum(losses) / len(losses)
    gradients = [
        gradient.numpy() + (DECAY * variable.numpy() if variable.path.endswith("kernel") else 0)
        for gradient, variable in zip(tape.gradient(mean, variables), model.trainable_variables, strict=True)
    ]
    norm = np.sqrt(sum(np.sum(gradient.astype(np.float64) ** 2) for gradient in gradients))
    assert norm > CLIP, f"the case does not clip: {norm}"
    weights = [v.numpy() - RATE * CLIP / norm * g for v, g in zip(variables, gradients, strict=True)]
    return float(mean), weights


def check(strategy, batches):
    model, optimizer, loss = build(strategy)
    expected_loss, expected = by_hand(*build(tf.distribute.get_strategy())[::2], batches)
    step = make_train_step(strategy, NetworkPass(model), loss, ("units",), optimizer, DECAY, CLIP)
    source = iter(batches)
    distributed = strategy.experimental_distribute_values_from_function(lambda _: next(source))
    values = step(distributed)
    np.testing.assert_allclose(float(values["loss"]), expected_loss, rtol=1e-5)
    for variable, weights in zip(model.trainable_variables, expected, strict=True):
        np.testing.assert_allclose(variable.numpy(), weights, rtol=1e-4, atol=1e-6, err_msg=variable.path)

    step(distributed)
    check_average(model.trainable_variables, expected, optimizer)


def check_average(variables, first, optimizer):
    """That of the first step's weights and the second's; these come back."""
    second = [variable.numpy() for variable in variables]
    with averaged(optimizer, variables):
        averages = [variable.numpy() for variable in variables]
    for variable, average, one, two in zip(variables, averages, first, second, strict=True):
        expected = AVERAGE * one + (1 - AVERAGE) * two
        np.testing.assert_allclose(average, expected, rtol=1e-4, atol=1e-6, err_msg=variable.path)
        np.testing.assert_array_equal(variable.numpy(), two, err_msg=variable.path)
    assert any((one != two).any() for one, two in zip(averages, second, strict=True))


if __name__ == "__main__":
    mirrored = two_devices()
    check(tf.distribute.get_strategy(), [batch(0)])
    check(mirrored, [batch(0), batch(1)])
    print("both steps are right")
