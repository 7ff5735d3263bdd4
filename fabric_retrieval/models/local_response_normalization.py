"""Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3)."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="fabric_retrieval")
class LocalResponseNormalization(keras.layers.Layer):
    """x / (bias + alpha * sum of x^2 over the 2 * depth_radius + 1 nearest channels)^beta.

    The sum is a product with a band matrix: equal to `tf.nn.local_response_normalization`, on any Keras
    backend, and faster to train on a CPU. It is taken in float32 in any case: float16 has no square of 256.
    The defaults are AlexNet's: Caffe divides its alpha = 1e-4 by the window of 5 channels.
    """

    def __init__(self, depth_radius=2, bias=1.0, alpha=2e-5, beta=0.75, **kwargs):
        super().__init__(**kwargs)
        self.depth_radius = depth_radius
        self.bias = bias
        self.alpha = alpha
        self.beta = beta

    def call(self, inputs):
        channel = np.arange(inputs.shape[-1])
        near = np.abs(channel[:, None] - channel) <= self.depth_radius
        band = ops.convert_to_tensor((self.alpha * near).astype("float32"))
        scale = self.bias + ops.matmul(ops.square(ops.cast(inputs, "float32")), band)
        factor = ops.rsqrt(scale * ops.sqrt(scale)) if self.beta == 0.75 else ops.power(scale, -self.beta)
        return inputs * ops.cast(factor, inputs.dtype)

    def get_config(self):
        own = ("depth_radius", "bias", "alpha", "beta")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}
