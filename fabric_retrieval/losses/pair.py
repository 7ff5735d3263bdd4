"""Pairs of images: those of one fabric are drawn together, others pushed a margin apart."""

import keras
from keras import ops

from fabric_retrieval.losses.distances import NORM_FLOOR
from fabric_retrieval.losses.metric import MetricLoss, mean_where, require_positive


@keras.saving.register_keras_serializable(package="fabric_retrieval")
class PairLoss(MetricLoss):
    """The contrastive loss of Hadsell, Chopra and LeCun (2006), Eq. 4, as a mean over pairs.

    1/2 D^2 for a pair of one fabric, 1/2 max(0, margin - D)^2 for a pair of two, with the Euclidean distance
    D = sqrt(distance_scale * ||f(a) - f(b)||^2): the scale is a factor on squared distances, as in
    `FocusRankingLoss`, so with `embedding_norm="l2"` D lies in 0 ... 2 sqrt(distance_scale).

    Args:
        margin: the distance beyond which a pair of two fabrics costs nothing, in units of D.
        distance_scale: factor on the squared distances.
        embedding_norm: "none", or "l2": embeddings are scaled to unit length first.

    Raises:
        ValueError: unknown `embedding_norm`, or a `margin` or `distance_scale` that is not positive.
    """

    def __init__(self, margin=1.0, distance_scale=1.0, embedding_norm="none", **kwargs):
        super().__init__(distance_scale, embedding_norm, **{"name": "pair_loss", **kwargs})
        require_positive("margin", margin)
        self.margin = margin

    def call(self, embeddings, units):
        """The loss of a batch.

        Args:
            embeddings: [M, D] floats.
            units: [U, 3] integers, (a, b, same): two positions in `embeddings`, and 1 if they show one
                fabric, else 0.

        Returns:
            A float32 scalar.
        """
        squared, distance, same = self._pairs(embeddings, units)
        missing = ops.maximum(self.margin - distance, 0.0)
        return 0.5 * ops.mean(ops.where(same, squared, ops.square(missing)))

    def diagnostics(self, embeddings, units):
        """Why the loss is what it is: a dict of float32 scalars.

        `positive_distance` and `negative_distance`: mean D of the pairs of one fabric and of two (0 if there
        are none); `active`: the share of the latter that are inside the margin; `embedding_spread` and the
        signs of dying ReLUs (`EmbeddingLoss.health`).
        """
        _, distance, same = self._pairs(embeddings, units)
        inside = ops.cast(distance < self.margin, "float32")
        return {
            "positive_distance": mean_where(distance, same),
            "negative_distance": mean_where(distance, ops.logical_not(same)),
            "active": mean_where(inside, ops.logical_not(same)),
            **self.health(embeddings),
        }

    def get_config(self):
        return {**super().get_config(), "margin": self.margin}

    def _pairs(self, embeddings, units):
        """Of each pair: D^2 [U], D [U] and whether it shows one fabric [U].

        From differences, not from ||a||^2 + ||b||^2 - 2ab: the root would magnify what that cancels.
        """
        seen, units = self.seen(embeddings), ops.cast(units, "int32")
        difference = ops.take(seen, units[:, 0], axis=0) - ops.take(seen, units[:, 1], axis=0)
        squared = self.distance_scale * ops.sum(ops.square(difference), axis=-1)
        # The gradient of a root is infinite at zero; two equal embeddings give no direction to part in.
        return squared, ops.sqrt(ops.maximum(squared, NORM_FLOOR)), ops.equal(units[:, 2], 1)
