"""Triplets: a probe's positive is to be nearer than its negative by a margin."""

import keras
from keras import ops

from fabric_retrieval.losses.metric import MetricLoss, require_positive, share

MININGS = ("all", "semi_hard")


@keras.saving.register_keras_serializable(package="fabric_retrieval")
class TripletLoss(MetricLoss):
    """Schroff, Kalenichenko and Philbin (2015), Eq. 2: the mean of max(0, D+ - D- + margin) over triplets.

    D+ and D- are squared L2 distances from the probe to its positive and to a negative, times
    `distance_scale`.

    `mining="all"`: each (probe, positive, negative) of a unit is a triplet; with one negative a unit these
    are random triplets.

    `mining="semi_hard"`: one negative a unit, the nearest of those farther than the positive; where none is,
    the farthest of all. Section 3.2 of Schroff et al. asks for negatives that are farther than the positive
    but inside the margin, and does not say which of them nor what if there are none; this is the rule of the
    published TensorFlow implementations (`triplet_semihard_loss` of TensorFlow Addons), here among the
    negatives of the unit. If the nearest is outside the margin the triplet costs nothing. The choice itself
    has no gradient.

    Args:
        margin: by how much the negative is to be farther, in units of the scaled squared distance.
        distance_scale: factor on the squared distances.
        embedding_norm: "none", or "l2" (as published): embeddings are scaled to unit length first.
        mining: "all" or "semi_hard".

    Raises:
        ValueError: unknown `embedding_norm` or `mining`, or a `margin` or `distance_scale` that is not
            positive.
    """

    def __init__(self, margin=0.2, distance_scale=1.0, embedding_norm="none", mining="all", **kwargs):
        super().__init__(distance_scale, embedding_norm, **{"name": "triplet_loss", **kwargs})
        require_positive("margin", margin)
        if mining not in MININGS:
            raise ValueError(f"mining is {mining!r}; it must be one of {MININGS}.")
        self.margin = margin
        self.mining = mining

    def call(self, embeddings, units):
        """The loss of a batch.

        Args:
            embeddings: [M, D] floats.
            units: [U, 2 + R] integers, (probe, positive, negatives...) as positions in `embeddings`.

        Returns:
            A float32 scalar.
        """
        return ops.mean(self._violations(*self.probe_distances(embeddings, units)))

    def diagnostics(self, embeddings, units):
        """Why the loss is what it is: a dict of float32 scalars.

        `disordered`: the share of (unit, negative) pairs with the negative nearer than the positive (a tie is
        not one), `positive_distance` and `negative_distance`: mean scaled distances, all three over all
        negatives, whatever the mining; `active`: the share of the loss's triplets that cost something;
        `embedding_spread` and the signs of dying ReLUs (`EmbeddingLoss.health`).
        """
        distances = self.probe_distances(embeddings, units)
        active = share(self._violations(*distances) > 0.0)
        return {**self.ordering(embeddings, *distances), "active": active}

    def get_config(self):
        return {**super().get_config(), "margin": self.margin, "mining": self.mining}

    def _violations(self, positive, negative):
        """What each triplet costs: [U, 1] and [U, R] distances to [U, R], or [U, 1] if mined."""
        if self.mining == "semi_hard":
            chosen = ops.argmin(ops.where(negative > positive, negative, float("inf")), axis=1)
            farthest = ops.argmax(negative, axis=1)
            any_farther = ops.any(negative > positive, axis=1)
            chosen = ops.where(any_farther, chosen, farthest)
            negative = ops.take_along_axis(negative, chosen[:, None], axis=1)
        return ops.maximum(positive - negative + self.margin, 0.0)
