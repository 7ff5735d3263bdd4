"""Squared L2 distances between the embeddings of a batch, and what to know about the embeddings."""

from keras import ops

# A root of zero has no gradient, and a dead (all-zero) embedding a huge one: both are kept from here.
NORM_FLOOR = 1e-6


def l2_normalise(embeddings):
    """[M, D] scaled to unit length; an all-zero row stays zero, with a bounded gradient."""
    return embeddings * ops.rsqrt(ops.sum(ops.square(embeddings), axis=-1, keepdims=True) + NORM_FLOOR)


def squared_distances(embeddings, others=None):
    """D(f(x), f(y)) = ||f(x) - f(y)||^2 (section 3.1) of all pairs, in O(M N) memory.

    Args:
        embeddings: [M, D]. others: [N, D]; None: the same.

    Returns:
        [M, N] float32.
    """
    embeddings = ops.cast(embeddings, "float32")
    others = embeddings if others is None else ops.cast(others, "float32")
    products = ops.matmul(embeddings, ops.transpose(others))
    return ops.maximum(_squares(embeddings)[:, None] + _squares(others) - 2.0 * products, 0.0)


def _squares(embeddings):
    return ops.sum(ops.square(embeddings), axis=-1)


def spread(embeddings):
    """The variance of [M, D] embeddings as a share of their mean square; 0 if all are alike."""
    variance = ops.sum(ops.mean(ops.square(embeddings - ops.mean(embeddings, axis=0)), axis=0))
    mean_square = ops.mean(ops.sum(ops.square(embeddings), axis=-1))
    return variance / ops.maximum(mean_square, NORM_FLOOR)


def embedding_health(embeddings):
    """A dict of scalars: `embedding_norm`, the mean L2 norm of [M, D] embeddings; `dead_units`, the share of
    the D dimensions that are zero for the whole batch."""
    embeddings = ops.cast(embeddings, "float32")
    active = ops.any(ops.not_equal(embeddings, 0.0), axis=0)
    return {
        "embedding_norm": ops.mean(ops.sqrt(ops.sum(ops.square(embeddings), axis=-1))),
        "dead_units": 1.0 - ops.mean(ops.cast(active, "float32")),
    }
