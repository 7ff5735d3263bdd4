"""What the losses on distances share: how they see embeddings, and how far apart these are."""

import keras
from keras import ops

from fabric_retrieval.losses.distances import embedding_health, l2_normalise, spread, squared_distances

EMBEDDING_NORMS = ("none", "l2")


class EmbeddingLoss(keras.layers.Layer):
    """A loss on embeddings in float32, whatever their type, that may be scaled to unit length first.

    Args:
        embedding_norm: "none", or "l2": embeddings are scaled to unit length first.

    Raises:
        ValueError: unknown `embedding_norm`.
    """

    def __init__(self, embedding_norm="none", **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        if embedding_norm not in EMBEDDING_NORMS:
            raise ValueError(f"embedding_norm is {embedding_norm!r}; it must be one of {EMBEDDING_NORMS}.")
        self.embedding_norm = embedding_norm

    def seen(self, embeddings):
        """The embeddings as the loss measures them: [M, D] to [M, D] float32."""
        embeddings = ops.cast(embeddings, "float32")
        return l2_normalise(embeddings) if self.embedding_norm == "l2" else embeddings

    def health(self, embeddings):
        """`embedding_spread` of what the loss sees (0: all alike, a collapse) and `embedding_health`."""
        return {"embedding_spread": spread(self.seen(embeddings)), **embedding_health(embeddings)}

    def get_config(self):
        return {**super().get_config(), "embedding_norm": self.embedding_norm}


class MetricLoss(EmbeddingLoss):
    """A loss on scaled squared L2 distances in float32, whatever the type of the embeddings.

    Args:
        distance_scale: factor on the squared distances.
        embedding_norm: "none", or "l2": embeddings are scaled to unit length first.

    Raises:
        ValueError: unknown `embedding_norm`, or a `distance_scale` that is not positive.
    """

    def __init__(self, distance_scale=1.0, embedding_norm="none", **kwargs):
        super().__init__(embedding_norm, **kwargs)
        require_positive("distance_scale", distance_scale)
        self.distance_scale = distance_scale

    def probe_distances(self, embeddings, units):
        """Scaled distances of [U, 2 + R] units: [U, 1] probe to positive, [U, R] probe to negatives."""
        distances = ops.reshape(self.distance_scale * squared_distances(self.seen(embeddings)), (-1,))
        units = ops.cast(units, "int32")
        from_probe = ops.take(distances, units[:, :1] * ops.shape(embeddings)[0] + units[:, 1:])
        return from_probe[:, :1], from_probe[:, 1:]

    def ordering(self, embeddings, positive, negative):
        """Diagnostics from `probe_distances`.

        `disordered`: the share of (unit, negative) pairs with the negative nearer (Eq. 2; a tie is not one);
        the means `positive_distance` and `negative_distance`; and `health`.
        """
        return {
            "disordered": share(negative < positive),
            "positive_distance": ops.mean(positive),
            "negative_distance": ops.mean(negative),
            **self.health(embeddings),
        }

    def get_config(self):
        return {**super().get_config(), "distance_scale": self.distance_scale}


def require_positive(name, value):
    """Raises `ValueError` unless `value` is above zero."""
    if not value > 0:
        raise ValueError(f"{name} is {value}; it must be positive.")


def mean_where(values, chosen):
    """The mean of those `values` that are `chosen` (bool, the same shape); 0 if none is."""
    weights = ops.cast(chosen, "float32")
    return ops.sum(values * weights) / ops.maximum(ops.sum(weights), 1.0)


def share(condition):
    """The share of True in a boolean tensor, float32."""
    return ops.mean(ops.cast(condition, "float32"))
