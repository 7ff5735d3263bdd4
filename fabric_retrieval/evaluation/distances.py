"""Squared L2 distances of queries to a gallery in blocks: fast with a proven error, exact where needed."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg.blas import sgemm

UNIT_ROUNDOFF = 2.0**-24  # of float32
BLOCK_VALUES = 1 << 24  # scores, and features of each side, held at once: 64 MB each
CHUNK_VALUES = 1 << 20  # feature differences held at once in float64: 8 MB
PANEL = 256  # dimensions of one matrix product; the error grows with it, the time falls
MANY = 1 << 12  # pairs from which on it pays to look for equal vectors


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
        """Gives -inf to the pairs of these queries [N] and images [N], as numbered outside of the block."""
        rows, columns = queries - self.queries.start, images - self.images.start
        inside = (rows >= 0) & (rows < len(self.scores)) & (columns >= 0) & (columns < self.scores.shape[1])
        self.scores[rows[inside], columns[inside]] = -np.inf


class Distances:
    """‖a‖² + ‖b‖² - 2ab with the product in float32, the bound of its error, and direct float64 differences.

    Both sides are first centred on the mean of some gallery images, which shortens them (the error grows with
    their lengths), and scaled by a power of two, so that nothing overflows.

    The bound: rounding a and b to float32 moves the distance by at most 4u(‖a‖²+‖b‖²) with u = 2^-24. The
    product is summed in panels of P dimensions, so each term passes through at most n = P + D/P + 1 sums, in
    whatever order, and the score errs by at most nu/(1-nu)·(‖a‖‖b‖+‖b‖²/2) (Higham 2002, sec. 3.1). So
    `|‖a‖² - 2·score - true| <= eps·(‖a‖²+2‖b‖²)` with eps as below, whatever the BLAS. Of ‖b‖² the block's
    largest is taken.
    """

    def __init__(self, queries, gallery, block_values=BLOCK_VALUES):
        """`queries` [Q, D] and `gallery` [G, D], finite, float32 or float64; they may be memory-mapped."""
        if queries.shape[1] != gallery.shape[1]:
            raise ValueError(
                f"Queries have {queries.shape[1]} dimensions and the gallery {gallery.shape[1]}."
            )
        self._queries, self._gallery = queries, gallery
        self._centre = gallery[:: -(-len(gallery) // 4096)].mean(axis=0, dtype=np.float64)
        largest = max(_largest(queries), _largest(gallery))
        length = 2 * np.sqrt(queries.shape[1]) * largest
        self._scale = 2.0 ** min(-np.ceil(np.log2(length)), 500) if length > 0 else 1.0
        dimensions = queries.shape[1]
        self._panels = -(-dimensions // PANEL)
        roundoff = (min(PANEL, dimensions) + self._panels + 16) * UNIT_ROUNDOFF
        self._eps = roundoff / (1 - roundoff)
        self._underflow = 4 * dimensions * float(np.finfo(np.float32).tiny)
        self._images = int(np.clip(block_values // dimensions, 1, len(gallery)))
        self._rows = int(np.clip(block_values // max(self._images, dimensions), 1, len(queries)))

    def blocks(self):
        """Yields every `Block`, all queries of some gallery images before the next images.

        The scores are overwritten by the next block.
        """
        scores = np.empty((self._rows, self._images), np.float32)
        for first in range(0, len(self._gallery), self._images):
            images = slice(first, min(first + self._images, len(self._gallery)))
            gallery, lengths = self._panelled(self._gallery[images])
            halves = (-lengths / 2).astype(np.float32)
            for start in range(0, len(self._queries), self._rows):
                rows = slice(start, min(start + self._rows, len(self._queries)))
                queries, squares = self._panelled(self._queries[rows])
                block = scores.reshape(-1)[: len(squares) * len(lengths)].reshape(len(squares), -1)
                block[:] = halves
                for query_panel, gallery_panel in zip(queries, gallery, strict=True):
                    sgemm(1.0, gallery_panel.T, query_panel.T, 1.0, block.T, trans_a=True, overwrite_c=True)
                errors = self._eps * (squares + 2 * lengths.max()) + self._underflow
                yield Block(rows, images, block, squares, errors, self._scale)

    def exact(self, queries, images):
        """[N] float64 distances of the queries numbered [N] to the gallery images numbered [N].

        A function of the two feature vectors alone: identical vectors tie exactly.
        """
        if len(images) >= MANY:
            pairs = queries.astype(np.int64) * len(self._gallery) + self._first_copy[images]
            pairs, inverse = np.unique(pairs, return_inverse=True)
            return self._differences(*np.divmod(pairs, len(self._gallery)))[inverse]
        return self._differences(queries, images)

    def _differences(self, queries, images):
        distances = np.empty(len(images))
        step = max(1, CHUNK_VALUES // self._gallery.shape[1])
        for start in range(0, len(images), step):
            part = slice(start, start + step)
            difference = self._gallery[images[part]].astype(np.float64)
            difference -= self._queries[queries[part]]
            distances[part] = np.square(difference, out=difference).sum(axis=1)
        return distances

    def _panelled(self, features):
        """`([panels, N, P] float32, centred and scaled, [N] float64 squared lengths)`."""
        panels = np.zeros((self._panels, len(features), min(PANEL, features.shape[1])), np.float32)
        squares = np.empty(len(features))
        step = max(1, CHUNK_VALUES // features.shape[1])
        for start in range(0, len(features), step):
            part = slice(start, start + step)
            centred = ((features[part] - self._centre) * self._scale).astype(np.float32)
            squares[part] = np.einsum("nd,nd->n", centred, centred, dtype=np.float64)
            for number, panel in enumerate(panels):
                columns = centred[:, number * PANEL : (number + 1) * PANEL]
                panel[part, : columns.shape[1]] = columns
        return panels, squares

    @cached_property
    def _first_copy(self):
        seen = {}
        digests = (hashlib.blake2b(row, digest_size=16).digest() for row in self._gallery)
        return np.array([seen.setdefault(digest, position) for position, digest in enumerate(digests)])


def _largest(features):
    return max(float(features.max()), -float(features.min()), 0.0)
