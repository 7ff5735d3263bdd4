"""Focus ranking (section 3): a probe's positive is to rank above every negative of its unit."""

import math

import keras
from keras import ops

from fabric_retrieval.losses.metric import MetricLoss

REDUCTIONS = ("mean", "sum")


@keras.saving.register_keras_serializable(package="fabric_retrieval")
class FocusRankingLoss(MetricLoss):
    """Eq. 4: the sum over units and their negatives of sigma(D(f(x), f(x-)) - D(f(x), f(x+))).

    sigma(z) = log2(1 + 2^-z), computed as softplus(-z ln 2) / ln 2, which is exact for any z. Distances are
    squared L2 distances in float32, whatever the type of the embeddings.

    Args:
        distance_scale: factor on the distances; with `embedding_norm="l2"` they lie in 0 ... 4 only, and a
            scale of about 10 gives the loss something to tell apart.
        embedding_norm: "none" (as published) or "l2" (embeddings are scaled to unit length first).
        reduction: "mean" over all (unit, negative) pairs, or "sum", which is Eq. 4 as printed.
        hardest: how many of a unit's negatives count, those nearest to the probe; 0: all, as published.

    Raises:
        ValueError: unknown `embedding_norm` or `reduction`, a `distance_scale` that is not
            positive, or `hardest` below 0.
    """

    def __init__(self, distance_scale=1.0, embedding_norm="none", reduction="mean", hardest=0, **kwargs):
        super().__init__(distance_scale, embedding_norm, **{"name": "focus_ranking_loss", **kwargs})
        if reduction not in REDUCTIONS:
            raise ValueError(f"reduction is {reduction!r}; it must be one of {REDUCTIONS}.")
        if hardest < 0:
            raise ValueError(f"hardest is {hardest}; it must not be negative.")
        self.reduction, self.hardest = reduction, hardest

    def call(self, embeddings, units):
        """The loss of a batch.

        Args:
            embeddings: [M, D] floats.
            units: [U, 2 + R] integers, (probe, positive, negatives...) as positions in `embeddings`.

        Returns:
            A float32 scalar.
        """
        positive, negative = self.probe_distances(embeddings, units)
        if 0 < self.hardest < units.shape[1] - 2:
            negative = -ops.top_k(-negative, self.hardest)[0]
        penalty = logistic(negative - positive)
        return ops.mean(penalty) if self.reduction == "mean" else ops.sum(penalty)

    def diagnostics(self, embeddings, units):
        """Why the loss is what it is: a dict of float32 scalars.

        `disordered`: the share of (unit, negative) pairs in the wrong order, Eq. 2 (a tie is not one);
        `positive_distance` and `negative_distance`: mean distances as the loss sees them;
        `embedding_spread`: the variance of the embeddings it sees as a share of their mean square (0: all
        alike, a collapse); and the signs of dying ReLUs (`embedding_health`).
        """
        return self.ordering(embeddings, *self.probe_distances(embeddings, units))

    def get_config(self):
        return {**super().get_config(), "reduction": self.reduction, "hardest": self.hardest}


def logistic(z):
    """sigma(z) = log2(1 + 2^-z), the smooth upper bound of 1(z < 0) in Eq. 3; stable for any z."""
    return ops.softplus(-z * math.log(2.0)) / math.log(2.0)
