"""Optimisers and the learning rate of a step (section 5.2: SGD, momentum 0.9, weight decay 0.0005)."""

import math

import keras
import tensorflow as tf


def make_optimizer(config, slow=()):
    """SGD with momentum, or AdamW with decay of the kernels only; the loop sets the learning rate.

    With `config.average` it keeps the average of each weight, a variable of its own (see `averaged`).

    Args:
        slow: variables whose rate is `config.backbone_rate` of the others'.
    """
    averages = {"use_ema": config.average > 0, "ema_momentum": config.average}
    if config.optimizer == "sgd":
        kind = FusedSGD if config.momentum else keras.optimizers.SGD
        return _slowed(kind, config, slow)(config.learning_rate, momentum=config.momentum, **averages)
    kind = _slowed(keras.optimizers.AdamW, config, slow)
    optimizer = kind(config.learning_rate, weight_decay=config.weight_decay, **averages)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def _slowed(kind, config, variables):
    """The optimiser class with `config.backbone_rate` times its learning rate for some variables."""
    if not variables:
        return kind
    paths = {variable.path for variable in variables}

    class Slowed(kind):
        def build(self, variables):
            super().build(variables)
            self._factors = [config.backbone_rate if v.path in paths else 1.0 for v in variables]

        def update_step(self, gradient, variable, learning_rate):
            factor = self._factors[self._get_variable_index(variable)]
            super().update_step(gradient, variable, learning_rate * factor)

    return Slowed


class FusedSGD(keras.optimizers.SGD):
    """Keras's SGD with momentum, by one operation a variable that makes no temporaries of its size."""

    def update_step(self, gradient, variable, learning_rate):
        velocity = self.momentums[self._get_variable_index(variable)].value
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=variable.handle,
            accum=velocity.handle,
            lr=keras.ops.cast(learning_rate, variable.dtype),
            grad=gradient,
            momentum=self.momentum,
        )


def learning_rate(config, step):
    """The rate of a step (0 ... steps - 1): linear warm-up, then constant, cosine to zero, or in steps."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    if config.schedule == "cosine":
        done = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
        return config.learning_rate * 0.5 * (1.0 + math.cos(math.pi * done))
    if config.schedule == "step":
        return config.learning_rate * config.decay_factor ** (step // config.decay_every)
    return config.learning_rate


def with_weight_decay(gradients, variables, weight_decay):
    """Adds `weight_decay` times each kernel to its gradient, as Caffe's SGD does; biases do not decay."""
    return [
        gradient + weight_decay * variable.value if variable.path.endswith("kernel") else gradient
        for gradient, variable in zip(gradients, variables, strict=True)
    ]


def clipped(gradients, norm):
    """Gradients scaled so that their common L2 norm is at most `norm` (0: as they are), and that norm."""
    gradient_norm = tf.linalg.global_norm(gradients)
    if not norm:
        return gradients, gradient_norm
    return tf.clip_by_global_norm(gradients, norm, use_norm=gradient_norm)[0], gradient_norm
