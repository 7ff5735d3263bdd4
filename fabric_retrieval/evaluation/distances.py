"""Squared L2 distances of queries to a gallery in blocks: fast with a proven error, exact where needed."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from threadpoolctl import threadpool_limits

from fabric_retrieval.processes import count_cores

UNIT_ROUNDOFF = 2.0**-24  # of float32
BLOCK_VALUES = 1 << 24  # features of the gallery, and twice as many of queries, held at once: 64 and 128 MB
MOST_IMAGES = 1 << 14  # of a block: more make the blocks of scores leave the cache
TILE_VALUES = 1 << 22  # scores that one thread holds, twice if there are panels to add: 16 MB each
CHUNK_VALUES = 1 << 20  # features converted, or differences held, at once in float64: 8 MB
PANEL = 256  # dimensions of one matrix product; the error grows with it, the time falls
COPIES_AFTER = 4  # differences taken, as a multiple of the gallery, from which on it pays to look for copies


@dataclass(frozen=True)
class Block:
    """Some queries against some gallery images.

    Attributes:
        queries, images: slices of them.
        scores: [q, g] float32, the larger the nearer: scale^2·(ab - ‖b‖²/2).
    """

    queries: slice
    images: slice
    scores: np.ndarray
    _squares: np.ndarray  # [q] float64, ‖a‖²·scale²
    _errors: np.ndarray  # [q] float64, of ‖a‖² - 2·score
    _scale: float

    def limits(self, queries, distances):
        """What scores say about distances: `(sure, possible)`, both [N] float32.

        An image is nearer to `queries[n]` than `distances[n]` if its score is above `sure[n]`, and farther if
        it is below `possible[n]`.

        Args:
            queries: [N] int64, counted from the block's first. distances: [N] float64.
        """
        middle = self._squares[queries] - distances * self._scale**2
        slack = self._errors[queries]
        sure, possible = (middle + slack) / 2, (middle - slack) / 2
        return (
            np.nextafter(sure.astype(np.float32), np.float32(np.inf)),
            np.nextafter(possible.astype(np.float32), np.float32(-np.inf)),
        )

    def farthest(self, query, score):
        """The largest distance, float64, that an image of this score can have from `query` of the block."""
        return (self._squares[query] - 2.0 * float(score) + self._errors[query]) / self._scale**2

    def hide(self, queries, images):
        """Gives -inf to the pairs of these queries [N], ascending, and images [N], as numbered outside."""
        first, last = np.searchsorted(queries, [self.queries.start, self.queries.stop])
        rows, columns = queries[first:last] - self.queries.start, images[first:last] - self.images.start
        inside = (columns >= 0) & (columns < self.scores.shape[1])
        self.scores[rows[inside], columns[inside]] = -np.inf


@dataclass(frozen=True)
class _Side:
    """One side of a product: the `rows` as [n, p] float32 panels, and their squared lengths [n] float64."""

    rows: slice
    panels: list
    squares: np.ndarray

    def part(self, rows):
        part = slice(rows.start - self.rows.start, rows.stop - self.rows.start)
        return _Side(rows, [panel[part] for panel in self.panels], self.squares[part])


class Distances:
    """‖a‖² + ‖b‖² - 2ab with the product in float32, the bound of its error, and direct float64 differences.

    Both sides are first centred on the mean of some gallery images, which shortens them (the error grows with
    their lengths), and scaled by a power of two, so that nothing overflows.

    The bound: rounding a and b to float32 moves the distance by at most 4u(‖a‖²+‖b‖²) with u = 2^-24. The
    product is summed in panels of P dimensions, so each term passes through at most n = P + D/P + 1 sums, in
    whatever order, and the score errs by at most nu/(1-nu)·(‖a‖‖b‖+‖b‖²/2) (Higham 2002, sec. 3.1). So
    `|‖a‖² - 2·score - true| <= eps·(‖a‖²+2‖b‖²)` with eps as below, whatever the BLAS. Of ‖b‖² the block's
    largest is taken. -‖b‖²/2 is one more dimension of the first panel, where a query has 1.
    """

    def __init__(self, queries, gallery, block_values=BLOCK_VALUES):
        """`queries` [Q, D] and `gallery` [G, D], finite, float32 or float64; they may be memory-mapped."""
        if queries.shape[1] != gallery.shape[1]:
            raise ValueError(
                f"Queries have {queries.shape[1]} dimensions and the gallery {gallery.shape[1]}."
            )
        self._queries, self._gallery = queries, gallery
        self._centre = gallery[:: -(-len(gallery) // 4096)].mean(axis=0, dtype=np.float64)
        dimensions = queries.shape[1]
        length = 2 * np.sqrt(dimensions) * max(_largest(queries), _largest(gallery))
        self._scale = 2.0 ** min(-np.ceil(np.log2(length)), 500) if length > 0 else 1.0
        self._columns = list(_slices(0, dimensions, PANEL))
        roundoff = (min(PANEL, dimensions) + len(self._columns) + 16) * UNIT_ROUNDOFF
        self._eps = roundoff / (1 - roundoff)
        self._underflow = 4 * dimensions * float(np.finfo(np.float32).tiny)
        self._differences_taken = 0

        self._threads = count_cores()
        self._held = max(1, 2 * block_values // dimensions)
        self._images = int(np.clip(block_values // dimensions, 1, min(MOST_IMAGES, len(gallery))))
        most_rows = -(-min(len(queries), self._held) // self._threads)
        self._rows = int(np.clip(min(TILE_VALUES, block_values) // self._images, 1, most_rows))

    def visit(self, work):
        """Calls `work(block)` for every `Block`, from several threads.

        No two blocks at once have a query in common. A block's scores are overwritten after `work` returns.
        """
        own = threading.local()

        def room():
            own.scores = np.empty((min(2, len(self._columns)), self._rows * self._images), np.float32)

        # BLAS has one thread in each of ours: so one multiplies while another counts.
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(self._threads, initializer=room) as pool:
            gallery_room = self._panels(self._images)
            for held in _slices(0, len(self._queries), self._held):
                queries = self._side(held, self._queries, self._panels(held.stop - held.start), pool)
                queries.panels[0][:, -1] = 1
                for images in _slices(0, len(self._gallery), self._images):
                    gallery = self._side(images, self._gallery, gallery_room, pool)
                    gallery.panels[0][:, -1] = -gallery.squares / 2
                    tiles = _slices(held.start, held.stop, self._rows)
                    parts = [queries.part(rows) for rows in tiles]
                    list(pool.map(lambda part, to=gallery: work(self._block(part, to, own.scores)), parts))

    def _block(self, queries, gallery, room):
        scores = _product(queries.panels, gallery.panels, room)
        errors = self._eps * (queries.squares + 2 * gallery.squares.max()) + self._underflow
        return Block(queries.rows, gallery.rows, scores, queries.squares, errors, self._scale)

    def exact(self, queries, images):
        """[N] float64 distances of the queries numbered [N] to the gallery images numbered [N].

        A function of the two feature vectors alone: identical vectors tie exactly.
        """
        self._differences_taken += len(images)
        if self._differences_taken > COPIES_AFTER * len(self._gallery):
            pairs = queries.astype(np.int64) * len(self._gallery) + self._first_copy[images]
            pairs, inverse = np.unique(pairs, return_inverse=True)
            return self._differences(*np.divmod(pairs, len(self._gallery)))[inverse]
        return self._differences(queries, images)

    def _differences(self, queries, images):
        distances = np.empty(len(images))
        for part in _slices(0, len(images), max(1, CHUNK_VALUES // self._gallery.shape[1])):
            difference = self._gallery[images[part]].astype(np.float64)
            difference -= self._queries[queries[part]]
            distances[part] = np.square(difference, out=difference).sum(axis=1)
        return distances

    def _panels(self, rows):
        """Empty [rows, p] float32 panels of the dimensions, the first with one more column."""
        widths = [part.stop - part.start for part in self._columns]
        widths[0] += 1
        return [np.empty((rows, width), np.float32) for width in widths]

    def _side(self, rows, features, room, pool):
        """These rows centred and scaled in panels of `room`; the first one's last column is left as it is."""
        count = rows.stop - rows.start
        side = _Side(rows, [panel[:count] for panel in room], np.empty(count))

        def convert(chunk):
            to = side.part(chunk)
            centred = features[chunk] - self._centre
            centred *= self._scale
            np.einsum("nd,nd->n", centred, centred, out=to.squares)
            for panel, part in zip(to.panels, self._columns, strict=True):
                panel[:, : part.stop - part.start] = centred[:, part]

        chunks = _slices(rows.start, rows.stop, max(1, CHUNK_VALUES // features.shape[1]))
        list(pool.map(convert, chunks))
        return side

    @cached_property
    def _first_copy(self):
        seen = {}
        digests = (hashlib.blake2b(row, digest_size=16).digest() for row in self._gallery)
        return np.array([seen.setdefault(digest, position) for position, digest in enumerate(digests)])


def _product(queries, gallery, room):
    """[q, g] float32, the sum of the products of panels [q, p] and [g, p], in the first row of `room`."""
    shape = len(queries[0]), len(gallery[0])
    scores, addend = (row[: shape[0] * shape[1]].reshape(shape) for row in (room[0], room[-1]))
    np.matmul(queries[0], gallery[0].T, out=scores)
    for query_panel, gallery_panel in zip(queries[1:], gallery[1:], strict=True):
        scores += np.matmul(query_panel, gallery_panel.T, out=addend)
    return scores


def _slices(start, stop, length):
    for first in range(start, stop, length):
        yield slice(first, min(first + length, stop))


def _largest(features):
    return max(float(features.max()), -float(features.min()), 0.0)
