"""Which fabrics look alike to the network as it is, so that batches can show them together."""

from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from fabric_retrieval.data.clusters import nearest_impostors
from fabric_retrieval.errors import TrainingStoppedError

PHOTOGRAPHS = 2  # of each fabric, of which its place among the others is the mean


class Neighbours(NamedTuple):
    """The fabrics of a training set, as its features were at one step of the training.

    Attributes:
        nearest: [F, K] int32, the K fabrics nearest to each, nearest first.
    """

    nearest: np.ndarray


def nearest_fabrics(embed, index, wanted):
    """The `Neighbours` of each fabric by the mean of its first `PHOTOGRAPHS` photographs.

    Args:
        embed: function of rows [n] int64 of `index` to their embeddings [n, D], as the loss sees them.
        index: a `FabricIndex`.
        wanted: K; as many as there are others if these are fewer.

    Raises:
        TrainingStoppedError: NaN or infinite embeddings.
    """
    rows = np.concatenate([index.rows(fabric)[:PHOTOGRAPHS] for fabric in range(len(index))])
    features = np.asarray(embed(rows), np.float64)
    if not np.isfinite(features).all():
        raise TrainingStoppedError(
            "The embeddings are not finite, so that no neighbours can be found by them: the steps were too "
            "long. Lower --learning_rate or --clip_norm. Checkpoints from before it are kept."
        )
    means = features.reshape(len(index), PHOTOGRAPHS, -1).mean(axis=1)
    with threadpool_limits(limits=1):  # as in `cluster_fabrics`: the same sums, whatever the cores
        return Neighbours(nearest_impostors(means, np.arange(len(index)), wanted))
