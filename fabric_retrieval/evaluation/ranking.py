"""Exact ranks without sorting the gallery and without holding a distance matrix.

Everything a measure needs is the rank of each relevant image, and that is a count: images ordered before it
by (distance, id). A fast approximate distance with a proven error bound settles almost all of them; those
within the bound of a relevant image are compared by direct float64 differences. So the ranks do not depend on
the block size, the BLAS or the rounding of its products.
"""

from dataclasses import dataclass

import numpy as np

from fabric_retrieval.evaluation.distances import BLOCK_VALUES, BoundedDistances
from fabric_retrieval.evaluation.inputs import check_features


@dataclass(frozen=True)
class Ranks:
    """The ranks of T relevant images over Q queries, one entry each, queries and ranks ascending.

    Attributes:
        relevant: [Q] int64, relevant images of each query.
        query: [T] int64, whose image it is.
        order: [T] int64, j: it is the j-th relevant image of its query, from 1.
        rank: [T] int64, its rank from 1, ties broken by id.
        least, most: [T] int64, the same where every tie goes for, or against, the relevant images.
    """

    relevant: np.ndarray
    query: np.ndarray
    order: np.ndarray
    rank: np.ndarray
    least: np.ndarray
    most: np.ndarray


def rank_relevant(queries, gallery, judgements, id_order, block_values=BLOCK_VALUES):
    """Ranks every query's relevant images among the gallery images that take part.

    Args:
        queries: [Q, D] finite floats. gallery: [G, D] finite floats.
        judgements: `Judgements` of these queries and this gallery.
        id_order: [G] int64, position of each gallery image in the order of ids; breaks ties.
        block_values: approximate distances held in memory at once. It cannot change the result.

    Returns:
        `Ranks`.
    """
    distances = BoundedDistances(queries, gallery, block_values)
    columns, counts = [], []
    for query, (approximate, bound) in enumerate(distances.rows()):
        relevant = judgements.relevant(query)
        counts.append(len(relevant))
        if len(relevant):
            others = np.ones(len(gallery), bool)
            others[relevant] = False
            others[judgements.excluded(query)] = False
            lower, upper = approximate - bound, approximate + bound
            ranks = _rank_one(distances, query, lower, upper, relevant, others, id_order)
            columns.append(np.stack([np.full(len(relevant), query), *ranks]))
    table = np.concatenate(columns, axis=1) if columns else np.zeros((5, 0), np.int64)
    return Ranks(np.array(counts, np.int64), *table)


def _rank_one(distances, query, lower, upper, relevant, others, id_order):
    exact = distances.exact(query, relevant)
    order = np.lexsort((id_order[relevant], exact))
    relevant, exact = relevant[order], exact[order]

    others = np.flatnonzero(others & (lower <= exact[-1]))
    # Of the sorted relevant images, those before `first` are surely nearer, those from `last` on farther.
    first = np.searchsorted(exact, lower[others], side="left")
    last = np.searchsorted(exact, upper[others], side="right")
    sure = first == last
    before = np.cumsum(np.bincount(first[sure], minlength=len(exact) + 1))[: len(exact)]

    contested = others[~sure]
    contested_exact = distances.exact(query, contested)
    merged = np.lexsort(
        (np.concatenate([id_order[relevant], id_order[contested]]), np.concatenate([exact, contested_exact]))
    )
    number = np.arange(1, len(exact) + 1)
    rank = before + 1 + np.flatnonzero(merged < len(exact))
    contested_exact.sort()
    least = before + number + np.searchsorted(contested_exact, exact, side="left")
    most = before + number + np.searchsorted(contested_exact, exact, side="right")
    return number, rank, least, most


def nearest(queries, gallery, count, judgements=None, id_order=None, block_values=BLOCK_VALUES):
    """The exact nearest gallery images of each query, by squared L2 distance, ties by id.

    Args:
        queries: [Q, D] finite floats. gallery: [G, D] finite floats.
        count: how many neighbours.
        judgements: its excluded images are left out; None leaves out none.
        id_order: [G] int64, position of each gallery image in the order of ids; None: their own order.

    Returns:
        `(positions [Q, count] int64, distances [Q, count] float64)`; -1 and infinity where fewer take part.

    Raises:
        ValueError: shapes that do not fit, or a NaN or infinite feature.
    """
    if count < 1:
        raise ValueError(f"The number of neighbours must be at least 1, not {count}.")
    queries, gallery = check_features(queries, "query"), check_features(gallery, "gallery")
    distances = BoundedDistances(queries, gallery, block_values)
    id_order = np.arange(len(gallery)) if id_order is None else id_order
    found = np.full((len(queries), count), -1, np.int64)
    lengths = np.full((len(queries), count), np.inf)
    for query, (approximate, bound) in enumerate(distances.rows()):
        taking_part = np.arange(len(gallery))
        if judgements is not None:
            taking_part = np.setdiff1d(taking_part, judgements.excluded(query), assume_unique=True)
        if len(taking_part) > count:
            upper = (approximate + bound)[taking_part]
            reach = np.partition(upper, count - 1)[count - 1]
            taking_part = taking_part[(approximate - bound)[taking_part] <= reach]
        exact = distances.exact(query, taking_part)
        order = np.lexsort((id_order[taking_part], exact))[:count]
        found[query, : len(order)] = taking_part[order]
        lengths[query, : len(order)] = exact[order]
    return found, lengths
