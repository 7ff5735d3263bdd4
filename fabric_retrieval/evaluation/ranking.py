"""Exact ranks without sorting the gallery and without holding a distance matrix.

Everything a measure needs is the rank of each relevant image, and that is a count: images ordered before it
by (distance, id). A fast approximate distance with a proven error bound settles almost all of them; those
within the bound of a relevant image are compared by direct float64 differences. So the ranks do not depend on
the block size, the BLAS or the rounding of its products.
"""

from dataclasses import dataclass

import numpy as np

from fabric_retrieval.evaluation.distances import BLOCK_VALUES, Distances
from fabric_retrieval.evaluation.judgements import pairs

CONTESTED = 1 << 18  # images, near and far, among which those near a threshold are looked for at once


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
    numbers = range(len(queries))
    distances = Distances(queries, gallery, block_values)
    query, image = pairs([judgements.relevant(number) for number in numbers])
    apart = pairs([judgements.excluded(number) for number in numbers])
    distance = distances.exact(query, image)
    order = np.lexsort((id_order[image], distance, query))
    query, image, distance = query[order], image[order], distance[order]

    others = _Others(distances, query, distance, id_order[image], id_order)
    apart = np.concatenate([query, apart[0]]), np.concatenate([image, apart[1]])
    by_query = np.argsort(apart[0], kind="stable")
    hidden = [column[by_query] for column in apart]

    def count(block):
        block.hide(*hidden)
        others.count(block)

    distances.visit(count)

    relevant = np.bincount(query, minlength=len(queries))
    number = np.arange(len(query)) - np.repeat(np.cumsum(relevant) - relevant, relevant) + 1
    least = others.nearer + number
    return Ranks(relevant, query, number, least + others.tied_before, least, least + others.tied)


class _Others:
    """How many other images come before each of T relevant ones, `query` ascending.

    Attributes:
        nearer, tied, tied_before: [T] int64; those tied before it have the smaller id.
    """

    def __init__(self, distances, query, distance, id_rank, id_order):
        self._distances, self._query, self._distance = distances, query, distance
        self._id_rank, self._id_order = id_rank, id_order
        self.nearer, self.tied, self.tied_before = np.zeros((3, len(query)), np.int64)

    def count(self, block):
        """Adds the images of a `Block` in which those that do not count score -inf."""
        first, last = np.searchsorted(self._query, [block.queries.start, block.queries.stop])
        if first == last:
            return
        rows = self._query[first:last] - block.queries.start
        sure, possible = block.limits(rows, self._distance[first:last])
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        lowest = np.full((len(block.scores), 1), np.inf, np.float32)
        lowest[rows[starts], 0] = np.minimum.reduceat(possible, starts)

        # Most images are surely farther than all relevant ones of their query; only the others are sorted.
        reached = np.flatnonzero(block.scores >= lowest)
        scores = block.scores.reshape(-1)[reached]
        bounds = np.searchsorted(reached, np.arange(len(block.scores) + 1) * block.scores.shape[1])
        keys = np.sort(_keys(np.repeat(np.arange(len(block.scores)), np.diff(bounds)), scores))
        above = np.searchsorted(keys, _keys(rows, sure), side="right")
        within = np.searchsorted(keys, _keys(rows, possible))
        self.nearer[first:last] += bounds[rows + 1] - above

        contested = np.flatnonzero(within < above)
        lengths = bounds[rows[contested] + 1] - bounds[rows[contested]]
        for part in np.split(contested, np.flatnonzero(np.diff(np.cumsum(lengths) // CONTESTED)) + 1):
            number, position = _ranges(part, bounds[rows[part]], bounds[rows[part] + 1])
            near = (scores[position] >= possible[number]) & (scores[position] <= sure[number])
            number, position = number[near], position[near]
            images = reached[position] - rows[number] * block.scores.shape[1] + block.images.start
            self._compare(first + number, images)

    def _compare(self, pair, image):
        distance = self._distances.exact(self._query[pair], image)
        tied = distance == self._distance[pair]
        np.add.at(self.nearer, pair, distance < self._distance[pair])
        np.add.at(self.tied, pair, tied)
        np.add.at(self.tied_before, pair, tied & (self._id_order[image] < self._id_rank[pair]))


def _ranges(values, starts, stops):
    """Each value [V] once for every integer of its range, and these integers: two [N] int64."""
    lengths = stops - starts
    firsts = np.cumsum(lengths) - lengths
    return np.repeat(values, lengths), np.arange(lengths.sum()) + np.repeat(starts - firsts, lengths)


def _keys(rows, scores):
    """[N] int64 in the order of (row, score): the bits of a float, read as an integer, keep its order."""
    bits = (scores + np.float32(0)).view(np.int32)  # + 0: there are two zeros
    return (rows << 32) + (bits ^ ((bits >> 31) & 0x7FFFFFFF))
