"""The exact nearest gallery images of each query."""

import numpy as np

from fabric_retrieval.evaluation.distances import BLOCK_VALUES, Distances
from fabric_retrieval.evaluation.inputs import check_features
from fabric_retrieval.evaluation.judgements import NONE, pairs


def nearest(queries, gallery, count, judgements=None, id_order=None, block_values=BLOCK_VALUES):
    """The exact nearest gallery images of each query, by squared L2 distance, ties by id.

    Args:
        queries: [Q, D] finite floats. gallery: [G, D] finite floats.
        count: how many neighbours.
        judgements: its excluded images are left out; None leaves out none.
        id_order: [G] int64, position of each gallery image in the order of ids; None: their own order.
        block_values: approximate distances held in memory at once. It cannot change the result.

    Returns:
        `(positions [Q, count] int64, distances [Q, count] float64)`; -1 and infinity where fewer take part.

    Raises:
        ValueError: shapes that do not fit, or a NaN or infinite feature.
    """
    if count < 1:
        raise ValueError(f"The number of neighbours must be at least 1, not {count}.")
    queries, gallery = check_features(queries, "query"), check_features(gallery, "gallery")
    id_order = np.arange(len(gallery)) if id_order is None else id_order
    found = np.full((len(queries), count), -1, np.int64)
    lengths = np.full((len(queries), count), np.inf)
    left_out = [NONE if judgements is None else judgements.excluded(query) for query in range(len(queries))]
    left_out = pairs(left_out)
    distances = Distances(queries, gallery, block_values)

    def merge(block):
        block.hide(*left_out)
        for row in range(len(block.scores)):
            query = block.queries.start + row
            kept = found[query] >= 0
            candidates = _candidates(block, row, lengths[query, -1], count)
            exact = distances.exact(np.full(len(candidates), query), candidates)
            images = np.concatenate([found[query, kept], candidates])
            exact = np.concatenate([lengths[query, kept], exact])
            order = np.lexsort((id_order[images], exact))[:count]
            found[query, : len(order)] = images[order]
            lengths[query, : len(order)] = exact[order]

    distances.visit(merge)
    return found, lengths


def _candidates(block, row, reach, count):
    """Positions of the block's images that may be among the nearest `count`, none of them beyond `reach`."""
    scores = block.scores[row]
    taking_part = scores > -np.inf
    if np.count_nonzero(taking_part) > count:
        last = np.partition(scores, len(scores) - count)[len(scores) - count]
        reach = min(reach, block.farthest(row, last))
    if np.isfinite(reach):
        _, possible = block.limits(np.array([row]), np.array([reach]))
        taking_part &= scores >= possible
    return np.flatnonzero(taking_part) + block.images.start
