"""Dropout and memory without side effects: the same again where a pass is repeated."""

import keras
import tensorflow as tf


class RandomState:
    """What a Keras layer or model changes when it is called in training: random numbers, what it remembers.

    Replicas and chunks are parts of a step. All begin with the same state, and part p draws from the seeds p
    behind it, so that masks depend on the step and the part alone, not on which device computes it.

    Args:
        layer: built.
    """

    def __init__(self, layer):
        self._variables = layer.non_trainable_variables

    def read(self):
        """The values that the step begins with, to be read before any part runs."""
        return [tf.identity(variable.value) for variable in self._variables]

    def call(self, function, values, part):
        """`function()` as part `part` of a step that began with `values`; also what these are after it."""
        pairs = zip(self._variables, values, strict=True)
        with keras.StatelessScope([(v, self._shifted(v, value, part)) for v, value in pairs]) as scope:
            result = function()
        return result, [self._shifted(v, scope.get_current_value(v), -part) for v in self._variables]

    def write(self, values):
        """What the next step is to begin with."""
        for variable, value in zip(self._variables, values, strict=True):
            variable.value.assign(value)

    @staticmethod
    def _shifted(variable, value, part):
        """Of the pair (seed, count) the seed moved by `part`; other variables as they are."""
        if not variable.path.endswith("seed_generator_state"):
            return value
        return value + tf.stack([tf.cast(part, value.dtype), tf.zeros([], value.dtype)])
