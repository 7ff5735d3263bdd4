"""Mixed precision: the network computes in 16 bits; its weights, the distances, the loss stay float32."""

import contextlib

import tensorflow as tf

from fabric_retrieval.models.scales import layers_of

# As Keras's LossScaleOptimizer has them.
INITIAL_SCALE = 2.0**15
GROW_EVERY = 2000


@contextlib.contextmanager
def computing_in(model, policy):
    """While entered, the layers of `model` compute by this Keras dtype policy; weights stay as they are.

    To be entered where the model is called, so that all other uses of it (validation, export) stay float32.
    """
    layers = layers_of(model)
    before = [layer.dtype_policy for layer in layers]
    try:
        for layer in layers:
            layer.dtype_policy = policy
        yield
    finally:
        for layer, own in zip(layers, before, strict=True):
            layer.dtype_policy = own


def make_loss_scale(precision):
    """A `LossScale` for mixed_float16, whose small gradients would be zeros; None for others."""
    return LossScale() if precision == "mixed_float16" else None


class LossScale:
    """The factor on the gradient that goes back through a float16 network (Micikevicius et al. 2018).

    Halved after a step whose gradient is not finite, which is to be skipped; doubled after `GROW_EVERY`
    finite ones in a row. To be made in the strategy's scope.

    Attributes:
        scale: float32; finite_steps: int64, in a row since the last change; skipped: int64, steps of the run.
    """

    def __init__(self):
        self.scale = tf.Variable(INITIAL_SCALE, trainable=False)
        self.finite_steps = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.skipped = tf.Variable(0, dtype=tf.int64, trainable=False)

    @property
    def variables(self):
        """All state, by name."""
        return {"scale": self.scale, "finite_steps": self.finite_steps, "skipped": self.skipped}

    def update(self, finite):
        """Takes note of a step: whether (bool scalar) its gradient was finite."""
        finite_steps = tf.where(finite, self.finite_steps + 1, 0)
        grows = finite_steps == GROW_EVERY
        self.scale.assign(self.scale * tf.where(grows, 2.0, tf.where(finite, 1.0, 0.5)))
        self.finite_steps.assign(tf.where(grows, tf.zeros_like(finite_steps), finite_steps))
        self.skipped.assign_add(tf.where(finite, tf.constant(0, tf.int64), 1))
