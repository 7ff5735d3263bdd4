"""Squared L2 distances of queries to a gallery: fast with a proven error, and exact where it matters."""

import numpy as np

UNIT_ROUNDOFF = 2.0**-24  # of float32
BLOCK_VALUES = 1 << 24  # distances held at once: 64 MB
CHUNK_VALUES = 1 << 21  # feature differences held at once: 16 MB


class BoundedDistances:
    """‖a‖² + ‖b‖² - 2ab with the product in float32, the bound of its error, and direct float64 differences.

    Both sides are first centred on the gallery's mean, which shortens them (the error grows with their
    lengths), and scaled by a power of two, so that nothing overflows.

    The bound: rounding a and b to float32 moves the distance by at most 4u(‖a‖²+‖b‖²), and a float32 dot
    product of length D, summed in any order, errs by at most Du/(1-Du)·‖a‖‖b‖ with u = 2^-24 (Higham 2002,
    sec. 3.1). So `|approximate - true| <= eps·(‖a‖²+‖b‖²)` with eps as below, whatever the BLAS.
    """

    def __init__(self, queries, gallery, block_values=BLOCK_VALUES):
        """`queries` [Q, D] and `gallery` [G, D], finite, float32 or float64, C-contiguous."""
        if queries.shape[1] != gallery.shape[1]:
            raise ValueError(
                f"Queries have {queries.shape[1]} dimensions and the gallery {gallery.shape[1]}."
            )
        self._queries, self._gallery = queries, gallery
        self._centre = gallery.mean(axis=0, dtype=np.float64)
        longest = max(self._longest(queries), self._longest(gallery))
        self._scale = 2.0 ** min(-np.ceil(np.log2(longest)), 500) if longest > 0 else 1.0
        self._gallery32 = self._centred(gallery)
        self._gallery_squares = _squares(self._gallery32)
        dimensions = queries.shape[1]
        roundoff = (dimensions + 16) * UNIT_ROUNDOFF
        if roundoff >= 0.5:
            raise ValueError(f"Distances of {dimensions} dimensions cannot be bounded in float32.")
        self._eps = roundoff / (1 - roundoff)
        self._underflow = 4 * dimensions * float(np.finfo(np.float32).tiny)
        self._block = max(1, block_values // len(gallery))
        self._first_copy = _first_copies(gallery)

    def rows(self):
        """Yields `(approximate, bound)`, both [G] float64, for each query in turn."""
        for start in range(0, len(self._queries), self._block):
            block = self._centred(self._queries[start : start + self._block])
            products = block @ self._gallery32.T
            for square, product in zip(_squares(block), products, strict=True):
                lengths = square + self._gallery_squares
                bound = self._eps * lengths + self._underflow
                yield (lengths - 2.0 * product) / self._scale**2, bound / self._scale**2

    def exact(self, query, candidates):
        """[C] float64 distances of query number `query` to the gallery images `candidates` [C] int64.

        A function of the two feature vectors alone: identical vectors tie exactly.
        """
        originals, copies = np.unique(self._first_copy[candidates], return_inverse=True)
        own = self._queries[query].astype(np.float64)
        distances = np.empty(len(originals))
        step = max(1, CHUNK_VALUES // len(own))
        for start in range(0, len(originals), step):
            difference = self._gallery[originals[start : start + step]].astype(np.float64) - own
            distances[start : start + step] = np.square(difference).sum(axis=1)
        return distances[copies]

    def _centred(self, features):
        centred = np.empty(features.shape, np.float32)
        step = max(1, CHUNK_VALUES // features.shape[1])
        for start in range(0, len(features), step):
            centred[start : start + step] = (features[start : start + step] - self._centre) * self._scale
        return centred

    def _longest(self, features):
        step = max(1, CHUNK_VALUES // features.shape[1])
        chunks = (features[start : start + step] - self._centre for start in range(0, len(features), step))
        return max(float(np.sqrt(np.square(chunk).sum(axis=1).max())) for chunk in chunks)


def _squares(features32):
    return np.einsum("nd,nd->n", features32, features32, dtype=np.float64)


def _first_copies(features):
    seen = {}
    return np.array([seen.setdefault(row.tobytes(), position) for position, row in enumerate(features)])
