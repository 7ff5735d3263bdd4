"""The nearest fabrics of many queries in a gallery in memory, every one compared."""

import numpy as np

AT_ONCE = 64  # queries


class Fabrics:
    """The fabrics of a gallery.

    Args:
        vectors: [G, D] floats. fabrics: [G] str.
    """

    def __init__(self, vectors, fabrics):
        self._vectors = np.asarray(vectors, np.float64)
        self._names, self._fabric = np.unique(fabrics, return_inverse=True)
        self._images = [np.flatnonzero(self._fabric == fabric) for fabric in range(len(self._names))]

    def nearest(self, queries, count, judgements):
        """The nearest fabrics by the distance of `grouping.beside_means`.

        Args:
            queries: [Q, D] floats. judgements: what it excludes is neither found nor in a mean.

        Returns:
            ([Q, count] str, [Q, count] float64 distances), ascending; "" and infinity where there are fewer.
        """
        from sklearn.metrics.pairwise import euclidean_distances  # slow to load, and not for searching

        queries = np.asarray(queries, np.float64)
        means = np.stack([self._vectors[images].mean(axis=0) for images in self._images])
        by_fabric = self._vectors[np.concatenate(self._images)]
        starts = np.cumsum([0, *map(len, self._images[:-1])])
        found = np.full((len(queries), count), "", self._names.dtype)
        distances = np.full((len(queries), count), np.inf)
        for start in range(0, len(queries), AT_ONCE):
            some = queries[start : start + AT_ONCE]
            to_images = euclidean_distances(some, by_fabric, squared=True)
            to_means = euclidean_distances(some, means, squared=True)
            rough = np.sqrt(np.minimum.reduceat(to_images, starts, axis=1) * to_means)
            for number, query in enumerate(some, start):
                left_out = judgements.excluded(number)
                for fabric in np.unique(self._fabric[left_out]):
                    rough[number - start, fabric] = self._distance(query, fabric, left_out)
                first = np.argsort(rough[number - start], kind="stable")[:count]
                exact = np.array([self._distance(query, fabric, left_out) for fabric in first])
                order = np.argsort(exact, kind="stable")[: np.count_nonzero(np.isfinite(exact))]
                found[number, : len(order)] = self._names[first[order]]
                distances[number, : len(order)] = exact[order]
        return found, distances

    def _distance(self, query, fabric, left_out):
        """Without the images at these positions; infinite if there are no others."""
        images = self._vectors[np.setdiff1d(self._images[fabric], left_out)]
        if not len(images):
            return np.inf
        to_mean = np.square(images.mean(axis=0) - query).sum()
        return np.sqrt(np.square(images - query).sum(axis=1).min() * to_mean)
