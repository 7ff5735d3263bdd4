"""The network of a training step: forward to the embeddings, and back from a gradient at them."""

import tensorflow as tf

from fabric_retrieval.training.precision import computing_in


class NetworkPass:
    """Embeds the images of a step, and carries the gradient at their embeddings to the weights.

    Args:
        model: a Keras model of float32 images to embeddings.
        precision: the Keras dtype policy that its layers compute by.
        jit_compile: compile both directions with XLA.
    """

    def __init__(self, model, precision="float32", jit_compile=False):
        self.variables = model.trainable_variables
        self._model = model
        self._precision = precision
        self._forward = tf.function(self._embed, jit_compile=True) if jit_compile else self._embed

    def __call__(self, images):
        """[M, H, W, 3] images, in training mode.

        Returns:
            The embeddings [M, D] float32, and a function of a gradient at them, likewise, to the gradients of
            `variables`.
        """
        with tf.GradientTape() as tape:
            embeddings = self._forward(images)
        variables = [variable.value for variable in self.variables]
        return embeddings, lambda gradient: tape.gradient(embeddings, variables, gradient)

    def _embed(self, images):
        with computing_in(self._model, self._precision):
            embeddings = self._model(tf.cast(images, tf.float32), training=True)
        return tf.cast(embeddings, tf.float32)
