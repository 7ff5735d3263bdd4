"""Maximum pooling of AlexNet: windows of 3x3 pixels, every second of them."""

import contextlib
import contextvars

import keras
from keras import ops

_by_maxima = contextvars.ContextVar("by_maxima", default=False)


@contextlib.contextmanager
def pooling_by_maxima(enabled=True):
    """While entered, `MaxPooling` takes elementwise maxima of neighbours: the same values and gradient.

    For what XLA compiles for a CPU: the gradient of a pool takes it ten times as long as that of maxima.
    """
    token = _by_maxima.set(enabled)
    try:
        yield
    finally:
        _by_maxima.reset(token)


@keras.saving.register_keras_serializable(package="fabric_retrieval")
class MaxPooling(keras.layers.Layer):
    """[B, H, W, C] to [B, (H - 1) // 2, (W - 1) // 2, C]; of equals the first has the gradient."""

    def call(self, inputs):
        if not _by_maxima.get():
            return ops.max_pool(inputs, 3, 2)
        return _maxima_of_three(_maxima_of_three(inputs, axis=2), axis=1)


def _maxima_of_three(x, axis):
    """The maximum of three neighbours along `axis`, beginning at every second."""
    end = x.shape[axis] - 2

    def neighbours(first):
        window = [slice(None)] * len(x.shape)
        window[axis] = slice(first, first + end, 2)
        return x[tuple(window)]

    return ops.maximum(ops.maximum(neighbours(0), neighbours(1)), neighbours(2))
