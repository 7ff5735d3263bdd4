"""Classification of the training fabrics: a linear classifier and its cross-entropy."""

import keras
from keras import ops

from fabric_retrieval.losses.distances import embedding_health, spread
from fabric_retrieval.losses.metric import require_positive, share


@keras.saving.register_keras_serializable(package="fabric_retrieval")
class SoftmaxLoss(keras.layers.Layer):
    """The mean cross-entropy of softmax(f(x) W + b), with W [D, C] and b [C] trained beside the network.

    Computed in float32 from log-sum-exp, whatever the type of the embeddings. W begins normally distributed
    with a standard deviation of 0.01, b as zeros, as Caffe's AlexNet has its fc8. The random state of the
    dropout is a variable of the layer: a checkpoint needs all of `variables`.

    Args:
        classes: C, the number of fabrics.
        dropout: rate on the embeddings, in training only (AlexNet's fc7 has 0.5 before fc8).
        seed: of the initial weights and the dropout.

    Raises:
        ValueError: fewer than one class, or a dropout outside 0 <= rate < 1.
    """

    def __init__(self, classes, dropout=0.0, seed=0, **kwargs):
        super().__init__(**{"name": "softmax_loss", "dtype": "float32", **kwargs})
        require_positive("classes", classes)
        if not 0.0 <= dropout < 1.0:
            raise ValueError(f"dropout is {dropout}; it must be at least 0 and below 1.")
        self.classes = classes
        self.dropout = dropout
        self.seed = seed
        self._drop = keras.layers.Dropout(dropout, seed=seed, dtype="float32", name="drop")

    def build(self, embeddings_shape, labels_shape=None):
        """Makes W and b for embeddings of the shape [M, D]; `labels_shape` does not matter."""
        self.kernel = self.add_weight(
            shape=(embeddings_shape[-1], self.classes),
            initializer=keras.initializers.RandomNormal(stddev=0.01, seed=self.seed),
            name="kernel",
        )
        self.bias = self.add_weight(shape=(self.classes,), initializer="zeros", name="bias")

    def call(self, embeddings, labels, training=None):
        """The loss of a batch.

        Args:
            embeddings: [M, D] floats.
            labels: [M] integers in 0 ... C - 1, the class of each image.

        Returns:
            A float32 scalar.
        """
        logits = self.logits(self._drop(ops.cast(embeddings, "float32"), training=training))
        own = ops.take_along_axis(logits, ops.cast(labels, "int32")[:, None], axis=1)[:, 0]
        return ops.mean(ops.logsumexp(logits, axis=1) - own)

    def logits(self, embeddings):
        """[M, D] floats to [M, C] float32, without dropout."""
        return ops.matmul(ops.cast(embeddings, "float32"), self.kernel) + self.bias

    def diagnostics(self, embeddings, labels):
        """Why the loss is what it is: a dict of float32 scalars.

        `accuracy`: the share of images whose own class has the highest probability, without dropout;
        `embedding_spread`: the variance of the embeddings as a share of their mean square (0: all alike, a
        collapse); and the signs of dying ReLUs (`embedding_health`).
        """
        predicted = ops.cast(ops.argmax(self.logits(embeddings), axis=1), "int32")
        return {
            "accuracy": share(ops.equal(predicted, ops.cast(labels, "int32"))),
            "embedding_spread": spread(ops.cast(embeddings, "float32")),
            **embedding_health(embeddings),
        }

    def get_config(self):
        own = ("classes", "dropout", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}
