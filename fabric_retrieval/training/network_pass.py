"""The network of a training step: forward to the embeddings, and back from a gradient at them."""

import functools

import tensorflow as tf

from fabric_retrieval.models.pooling import pooling_by_maxima
from fabric_retrieval.training.dividing import divided, joined
from fabric_retrieval.training.precision import computing_in
from fabric_retrieval.training.random_state import RandomState


class NetworkPass:
    """Embeds the images of a step, and carries the gradient at their embeddings to the weights.

    With several chunks the images go through one chunk after another, twice: once to the embeddings, of which
    alone the loss is a function, and again, with the same dropout, to carry the gradient back through (Gao et
    al. 2021, "Scaling deep contrastive learning batch size under memory limited setup"). The gradient is that
    of the whole batch; the memory is a chunk's.

    Args:
        model: a Keras model of float32 images to embeddings.
        precision: the Keras dtype policy that its layers compute by.
        jit_compile: compile both directions with XLA.
        chunks: how many.
    """

    def __init__(self, model, precision="float32", jit_compile=False, chunks=1):
        self.variables = model.trainable_variables
        self._model = model
        self._precision = precision
        self._chunks = chunks
        self._random = RandomState(model)
        self._forward = tf.function(self._embed, jit_compile=True) if jit_compile else self._embed
        self._by_maxima = jit_compile and not tf.config.list_logical_devices("GPU")

    def __call__(self, images):
        """[M, H, W, 3] images, in training mode and a replica's context.

        Returns:
            The embeddings [M, D] float32, and a function of a gradient at them, likewise, to the gradients of
            `variables`.
        """
        first = tf.distribute.get_replica_context().replica_id_in_sync_group * self._chunks
        in_pieces = self._whole if self._chunks == 1 else self._chunked
        embeddings, after, backpropagate = in_pieces(images, self._random.read(), first)
        self._random.write(after)
        return embeddings, backpropagate

    def _whole(self, images, state, part):
        with tf.GradientTape() as tape:
            embeddings, after = self._forward(images, state, part)
        return embeddings, after, functools.partial(self._gradients, tape, embeddings)

    def _chunked(self, images, state, first):
        parts = first + tf.range(self._chunks)
        chunks = divided(images, self._chunks)
        embeddings, after = tf.map_fn(
            lambda chunk: self._forward(chunk[0], state, chunk[1]),
            (chunks, parts),
            fn_output_signature=(
                tf.TensorSpec([chunks.shape[1], *self._model.output_shape[1:]]),
                [tf.TensorSpec(value.shape, value.dtype) for value in state],
            ),
            parallel_iterations=1,
        )

        def add_chunk(sums, chunk):
            images, part, gradient = chunk
            _, _, backpropagate = self._whole(images, state, part)
            return [total + more for total, more in zip(sums, backpropagate(gradient), strict=True)]

        def backpropagate(gradient):
            zeros = [tf.zeros(variable.shape) for variable in self.variables]
            gradients = divided(gradient, self._chunks)
            return tf.foldl(add_chunk, (chunks, parts, gradients), zeros, parallel_iterations=1)

        return joined(embeddings, images.shape[0]), [values[0] for values in after], backpropagate

    def _embed(self, images, state, part):
        """Embeddings [M, D] float32 of part `part` of a step that began with `state`; the state after it."""

        def embed():
            with computing_in(self._model, self._precision), pooling_by_maxima(self._by_maxima):
                return tf.cast(self._model(tf.cast(images, tf.float32), training=True), tf.float32)

        return self._random.call(embed, state, part)

    def _gradients(self, tape, embeddings, gradient):
        return tape.gradient(embeddings, [variable.value for variable in self.variables], gradient)
