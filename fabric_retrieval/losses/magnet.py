"""Magnet (Rippel et al. 2016): an image is to be likelier under its own cluster than under other fabrics'."""

import keras
from keras import ops

from fabric_retrieval.losses.metric import EmbeddingLoss, mean_where, share

VARIANCE_FLOOR = 1e-6  # the gradient grows as 1 / sigma: a collapsed batch must not give an unbounded one
NO_IMPOSTOR = -1e30  # in place of a logarithm of 0, and of an infinity in a gradient


@keras.saving.register_keras_serializable(package="fabric_retrieval")
class MagnetLoss(EmbeddingLoss):
    """Eq. 5 of "Metric learning with adaptive density discrimination" (ICLR 2016), over a batch of clusters.

    With mu the mean of a cluster's examples in the batch, and the variance of all M examples

        sigma^2 = sum over examples of ||r - mu_own||^2 / (M - 1),

    an example costs max(0, -log(exp(-||r - mu_own||^2 / (2 sigma^2) - alpha) / S)), where S sums
    exp(-||r - mu||^2 / (2 sigma^2)) over the clusters of other fabrics: its fabric's other clusters are no
    impostors. It is computed as max(0, ||r - mu_own||^2 / (2 sigma^2) + alpha + log S) with a log-sum-exp.

    Means and variance are functions of the embeddings, as in the equation, and gradients flow through both.
    Thus the loss is the same for embeddings times any constant, and takes no `distance_scale`.

    Args:
        alpha: by how much an example must be likelier under its own cluster, in units of log-likelihood.
        embedding_norm: "none" (as published) or "l2" (embeddings are scaled to unit length first).

    Raises:
        ValueError: unknown `embedding_norm`, or a negative `alpha`.
    """

    def __init__(self, alpha=1.0, embedding_norm="none", **kwargs):
        super().__init__(embedding_norm, **{"name": "magnet_loss", **kwargs})
        if not alpha >= 0:
            raise ValueError(f"alpha is {alpha}; it must not be negative.")
        self.alpha = alpha

    def call(self, embeddings, units):
        """The mean over the examples of all clusters; 0 where the batch shows one fabric only.

        Args:
            embeddings: [M, D] floats.
            units: [C, 1 + N] integers, (fabric, examples...) of each cluster; the examples are positions in
                `embeddings`.

        Returns:
            A float32 scalar.
        """
        return ops.mean(self._penalties(*self._distances(embeddings, units)))

    def diagnostics(self, embeddings, units):
        """Why the loss is what it is: a dict of float32 scalars.

        `disordered`: the share of examples nearer to the mean of another fabric's cluster than to their own's
        (a tie is not one); `active`: the share whose penalty is above 0; `variance`: sigma^2;
        `positive_distance` and `negative_distance`: mean squared distances to the own mean, and to the
        nearest of another fabric (0 where there is none); `embedding_spread` and the signs of dying ReLUs
        (`EmbeddingLoss.health`).
        """
        own, others, impostors, variance = self._distances(embeddings, units)
        nearest = ops.min(ops.where(impostors, others, -NO_IMPOSTOR), axis=-1)
        return {
            "disordered": share(nearest < own),
            "active": share(self._penalties(own, others, impostors, variance) > 0),
            "variance": variance,
            "positive_distance": ops.mean(own),
            "negative_distance": mean_where(nearest, ops.any(impostors, axis=-1)),
            **self.health(embeddings),
        }

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}

    def _penalties(self, own, others, impostors, variance):
        """[C * N], what each example costs."""
        twice = 2.0 * ops.maximum(variance, VARIANCE_FLOOR)
        impostor = ops.logsumexp(ops.where(impostors, -others / twice, NO_IMPOSTOR), axis=-1)
        return ops.relu(own / twice + self.alpha + impostor)

    def _distances(self, embeddings, units):
        """Of each example: squared distances [C * N] to its cluster's mean, [C * N, C] to all, which of them
        are impostors; and the variance."""
        units = ops.cast(units, "int32")
        fabrics, positions = units[:, 0], units[:, 1:]
        clusters, each = ops.shape(positions)
        examples = ops.take(self.seen(embeddings), positions, axis=0)
        examples -= ops.mean(examples, axis=(0, 1))  # distances stay; the products below lose fewer digits
        means = ops.mean(examples, axis=1)
        own = ops.reshape(ops.sum(ops.square(examples - means[:, None]), axis=-1), (-1,))
        variance = ops.sum(own) / ops.maximum(ops.cast(clusters * each - 1, "float32"), 1.0)

        examples = ops.reshape(examples, (-1, ops.shape(means)[-1]))
        squares = ops.sum(ops.square(examples), axis=-1)[:, None] + ops.sum(ops.square(means), axis=-1)
        others = ops.maximum(squares - 2.0 * ops.matmul(examples, ops.transpose(means)), 0.0)
        impostors = ops.repeat(fabrics[:, None] != fabrics[None, :], each, axis=0)
        return own, others, impostors, variance
