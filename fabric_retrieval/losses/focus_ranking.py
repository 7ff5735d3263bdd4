"""Focus ranking (section 3): a probe's positive is to rank above every negative of its unit."""

import math

import keras
from keras import ops

from fabric_retrieval.losses.memory import EmbeddingMemory
from fabric_retrieval.losses.metric import MetricLoss

REDUCTIONS = ("mean", "sum", "n_pair")


@keras.saving.register_keras_serializable(package="fabric_retrieval")
class FocusRankingLoss(MetricLoss):
    """Eq. 4: the sum over units and their negatives of sigma(D(f(x), f(x-)) - D(f(x), f(x+))).

    sigma(z) = log2(1 + 2^-z), computed as softplus(-z ln 2) / ln 2, which is exact for any z. Distances are
    squared L2 distances in float32, whatever the type of the embeddings.

    Args:
        distance_scale: factor on the distances; with `embedding_norm="l2"` they lie in 0 ... 4 only, and a
            scale of about 10 gives the loss something to tell apart.
        embedding_norm: "none" (as published) or "l2" (embeddings are scaled to unit length first).
        reduction: "mean" over all (unit, negative) pairs, "sum", which is Eq. 4 as printed, or "n_pair",
            the mean over units of log2(1 + the sum of 2^-z over negatives), where Eq. 4 has the sum of the
            logarithms: near negatives count more, in the measure of their nearness (Sohn 2016).
        hardest: how many of a unit's negatives count, those nearest to the probe; 0: all, as published.
        memory: how many embeddings of earlier batches are negatives of each unit too (`EmbeddingMemory`, a
            variable of the layer: a checkpoint needs all of `variables`); 0: none. Needs `hardest`.

    Raises:
        ValueError: unknown `embedding_norm` or `reduction`, a `distance_scale` that is not positive,
            `hardest` below 0, or a `memory` that is not 0 and below `hardest`, or without it.
    """

    def __init__(
        self, distance_scale=1.0, embedding_norm="none", reduction="mean", hardest=0, memory=0, **kwargs
    ):
        super().__init__(distance_scale, embedding_norm, **{"name": "focus_ranking_loss", **kwargs})
        if reduction not in REDUCTIONS:
            raise ValueError(f"reduction is {reduction!r}; it must be one of {REDUCTIONS}.")
        if hardest < 0:
            raise ValueError(f"hardest is {hardest}; it must not be negative.")
        if memory and not 0 < hardest <= memory:
            raise ValueError(f"memory is {memory}; it needs hardest above 0, and at least {hardest} places.")
        self.reduction, self.hardest = reduction, hardest
        self.memory = EmbeddingMemory(memory) if memory else None

    def build(self, embeddings_shape, units_shape=None, labels_shape=None):
        """Makes the memory for embeddings of the shape [M, D]; the other shapes do not matter."""
        if self.memory:
            self.memory.build(embeddings_shape)

    def call(self, embeddings, units, labels=None, training=False):
        """The loss of a batch.

        Args:
            embeddings: [M, D] floats.
            units: [U, 2 + R] integers, (probe, positive, negatives...) as positions in `embeddings`.
            labels: [M] integers, the fabric of each image; for the memory, which must not take a fabric for
                its own negative.
            training: remember the embeddings.

        Returns:
            A float32 scalar.
        """
        positive, negative = self.probe_distances(embeddings, units)
        if self.memory:
            negative = ops.concatenate([negative, self._remembered(embeddings, units, labels)], axis=1)
            if training:
                self.memory.remember(self.seen(embeddings), labels)
        if 0 < self.hardest < negative.shape[1]:
            negative = -ops.top_k(-negative, self.hardest)[0]
        if self.reduction == "n_pair":
            negative = soft_minimum(negative)
        penalty = logistic(negative - positive)
        return ops.sum(penalty) if self.reduction == "sum" else ops.mean(penalty)

    def _remembered(self, embeddings, units, labels):
        """Scaled distances [U, `hardest`] from the probes to their nearest negatives in the memory."""
        nearest = self.distance_scale * self.memory.nearest(self.seen(embeddings), labels, self.hardest)
        return ops.take(nearest, ops.cast(units[:, 0], "int32"), axis=0)

    def diagnostics(self, embeddings, units, labels=None):
        """Why the loss is what it is: a dict of float32 scalars, of the batch alone.

        `disordered`: the share of (unit, negative) pairs in the wrong order, Eq. 2 (a tie is not one);
        `positive_distance` and `negative_distance`: mean distances as the loss sees them;
        `embedding_spread`: the variance of the embeddings it sees as a share of their mean square (0: all
        alike, a collapse); and the signs of dying ReLUs (`embedding_health`).
        """
        return self.ordering(embeddings, *self.probe_distances(embeddings, units))

    def get_config(self):
        memory = self.memory.size if self.memory else 0
        own = {"reduction": self.reduction, "hardest": self.hardest, "memory": memory}
        return {**super().get_config(), **own}


def logistic(z):
    """sigma(z) = log2(1 + 2^-z), the smooth upper bound of 1(z < 0) in Eq. 3; stable for any z."""
    return ops.softplus(-z * math.log(2.0)) / math.log(2.0)


def soft_minimum(z):
    """-log2 of the sum of 2^-z over the last axis of [..., R], which stays with length 1."""
    return -ops.logsumexp(-z * math.log(2.0), axis=-1, keepdims=True) / math.log(2.0)
