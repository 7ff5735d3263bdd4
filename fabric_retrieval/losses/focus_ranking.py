"""Focus ranking (section 3): a probe's positive is to rank above every negative of its unit."""

import math

import keras
from keras import ops

from fabric_retrieval.losses.distances import embedding_health, l2_normalise, spread, squared_distances

REDUCTIONS = ("mean", "sum")
EMBEDDING_NORMS = ("none", "l2")


@keras.saving.register_keras_serializable(package="fabric_retrieval")
class FocusRankingLoss(keras.layers.Layer):
    """Eq. 4: the sum over units and their negatives of sigma(D(f(x), f(x-)) - D(f(x), f(x+))).

    sigma(z) = log2(1 + 2^-z), computed as softplus(-z ln 2) / ln 2, which is exact for any z. Distances are
    squared L2 distances in float32, whatever the type of the embeddings.

    Args:
        distance_scale: factor on the distances; with `embedding_norm="l2"` they lie in 0 ... 4 only, and a
            scale of about 10 gives the loss something to tell apart.
        embedding_norm: "none" (as published) or "l2" (embeddings are scaled to unit length first).
        reduction: "mean" over all (unit, negative) pairs, or "sum", which is Eq. 4 as printed.

    Raises:
        ValueError: unknown `embedding_norm` or `reduction`, or a `distance_scale` that is not positive.
    """

    def __init__(self, distance_scale=1.0, embedding_norm="none", reduction="mean", **kwargs):
        super().__init__(**{"name": "focus_ranking_loss", "dtype": "float32", **kwargs})
        if embedding_norm not in EMBEDDING_NORMS:
            raise ValueError(f"embedding_norm is {embedding_norm!r}; it must be one of {EMBEDDING_NORMS}.")
        if reduction not in REDUCTIONS:
            raise ValueError(f"reduction is {reduction!r}; it must be one of {REDUCTIONS}.")
        if not distance_scale > 0:
            raise ValueError(f"distance_scale is {distance_scale}; it must be positive.")
        self.distance_scale = distance_scale
        self.embedding_norm = embedding_norm
        self.reduction = reduction

    def call(self, embeddings, units):
        """The loss of a batch.

        Args:
            embeddings: [M, D] floats.
            units: [U, 2 + R] integers, (probe, positive, negatives...) as positions in `embeddings`.

        Returns:
            A float32 scalar.
        """
        positive, negative = self._distances(embeddings, units)
        penalty = logistic(negative - positive)
        return ops.mean(penalty) if self.reduction == "mean" else ops.sum(penalty)

    def diagnostics(self, embeddings, units):
        """Why the loss is what it is: a dict of float32 scalars.

        `disordered`: the share of (unit, negative) pairs in the wrong order, Eq. 2 (a tie is not one);
        `positive_distance` and `negative_distance`: mean distances as the loss sees them;
        `embedding_spread`: the variance of the embeddings it sees as a share of their mean square (0: all
        alike, a collapse); and the signs of dying ReLUs (`embedding_health`).
        """
        positive, negative = self._distances(embeddings, units)
        return {
            "disordered": ops.mean(ops.cast(negative < positive, "float32")),
            "positive_distance": ops.mean(positive),
            "negative_distance": ops.mean(negative),
            "embedding_spread": spread(self._seen(embeddings)),
            **embedding_health(embeddings),
        }

    def get_config(self):
        own = ("distance_scale", "embedding_norm", "reduction")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}

    def _distances(self, embeddings, units):
        """Scaled distances from the probe: [U, 1] to the positive and [U, R] to the negatives."""
        distances = ops.reshape(self.distance_scale * squared_distances(self._seen(embeddings)), (-1,))
        units = ops.cast(units, "int32")
        from_probe = ops.take(distances, units[:, :1] * ops.shape(embeddings)[0] + units[:, 1:])
        return from_probe[:, :1], from_probe[:, 1:]

    def _seen(self, embeddings):
        embeddings = ops.cast(embeddings, "float32")
        return l2_normalise(embeddings) if self.embedding_norm == "l2" else embeddings


def logistic(z):
    """sigma(z) = log2(1 + 2^-z), the smooth upper bound of 1(z < 0) in Eq. 3; stable for any z."""
    return ops.softplus(-z * math.log(2.0)) / math.log(2.0)
