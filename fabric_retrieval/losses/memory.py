"""Embeddings of earlier batches that still serve as negatives."""

import keras
from keras import ops

from fabric_retrieval.losses.distances import squared_distances

NONE = -1  # the label of a place that is still empty


class EmbeddingMemory(keras.layers.Layer):
    """The last N embeddings of a training: cross-batch memory (Wang et al., 2020).

    They are what the network made of their images then, and are not differentiated. The mean of each batch,
    the present one too, is taken away. So what all embeddings have moved by since is no distance, and none is
    gained by moving all away from where they were, as else they do until they are nearly alike. (Ajanthan et
    al., 2023, adapt the variances too.) Under several replicas all must be given the same.

    Args:
        size: N, above zero.
    """

    def __init__(self, size, **kwargs):
        super().__init__(**{"name": "memory", "dtype": "float32", **kwargs})
        self.size = size

    def build(self, embeddings_shape):
        """Makes room for embeddings of the shape [M, D]."""
        kept = {"trainable": False, "aggregation": "only_first_replica"}
        self.embeddings = self.add_weight(
            shape=(self.size, embeddings_shape[-1]), initializer="zeros", name="remembered", **kept
        )
        self.labels = self.add_weight(
            shape=(self.size,),
            initializer=keras.initializers.Constant(NONE),
            dtype="int32",
            name="remembered_labels",
            **kept,
        )

    def nearest(self, embeddings, labels, count):
        """Squared distances [M, count] float32 to the nearest that are kept of other classes.

        Args:
            embeddings: [M, D] float32, a batch. labels: [M] integers, their classes.
            count: at most N; infinite where fewer are kept.
        """
        labels = ops.cast(labels, "int32")[:, None]
        others = ops.logical_and(self.labels != labels, self.labels != NONE)
        distances = squared_distances(_centred(embeddings), ops.convert_to_tensor(self.embeddings))
        return -ops.top_k(ops.where(others, -distances, float("-inf")), count)[0]

    def remember(self, embeddings, labels):
        """Puts the batch [M, D] float32 of the classes [M] before what is kept, of which the last go."""
        new, size = ops.stop_gradient(_centred(embeddings)), self.size
        self.embeddings.assign(ops.concatenate([new, self.embeddings])[:size])
        self.labels.assign(ops.concatenate([ops.cast(labels, "int32"), self.labels])[:size])


def _centred(embeddings):
    return embeddings - ops.mean(embeddings, axis=0)
