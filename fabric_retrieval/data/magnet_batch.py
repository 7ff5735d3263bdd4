"""Magnet's batches: a cluster that is confused with others, and the clusters it is confused with."""

import numpy as np

from fabric_retrieval.data.units import CLUSTERS, UnitBatch, generator
from fabric_retrieval.errors import UserError


def magnet_batch(index, clusters, seed, batch, size=16, examples=5):
    """A seed cluster and its `size` - 1 nearest impostor clusters, `examples` images of each (section 3.2).

    The seed cluster is drawn with a probability proportional to its loss (evenly, where all are 0). The paper
    keeps these losses up to date from the batches it trains on; here they are those of the last refresh, so
    that a batch is a pure function of (seed, batch, clusters). Impostors are of other fabrics than the
    seed's; several may be of one fabric. Images of a cluster are distinct while it has enough, and come
    evenly often after that (their crops differ). Where some cluster has fewer impostors than asked for, every
    batch has as few: all batches of these clusters have one shape.

    Args:
        index: a `FabricIndex`. clusters: its `Clusters`.

    Returns:
        `UnitBatch` of M = size * examples rows; units are [size, 1 + examples] int32, (fabric, positions of
        its examples in `rows`), the seed cluster first. `size` may be smaller than asked for, see above.

    Raises:
        UserError: `clusters` are of other images, or know fewer than `size` - 1 impostors.
    """
    if not np.array_equal(clusters.fabric[clusters.cluster_of], index.fabric_of):
        raise UserError(
            "The clusters are not those of these images, but of another collection: begin the run anew."
        )
    known = clusters.impostors.shape[1]
    if known < min(size, len(clusters.fabric)) - 1:
        raise UserError(f"The clusters have {known} impostors each; batches of {size} need {size - 1}.")

    rng = generator(seed, CLUSTERS, batch)
    loss = clusters.loss if clusters.loss.any() else np.ones_like(clusters.loss)
    start = rng.choice(len(loss), p=loss / loss.sum())
    fewest = (clusters.impostors[:, : size - 1] >= 0).sum(axis=1).min()
    chosen = np.array([start, *clusters.impostors[start, :fewest]])
    members = [np.flatnonzero(clusters.cluster_of == c) for c in chosen]
    rows = np.concatenate([np.resize(rng.permutation(m), examples) for m in members])
    positions = np.arange(rows.size).reshape(-1, examples)
    return UnitBatch(rows, np.column_stack([clusters.fabric[chosen], positions]).astype(np.int32))
