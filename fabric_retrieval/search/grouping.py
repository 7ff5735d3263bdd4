"""The images that were found, by fabric."""

import math
from typing import NamedTuple

import numpy as np

from fabric_retrieval.search.index import Hit


class FabricResult(NamedTuple):
    """A fabric that was found.

    Attributes:
        best: its nearest image. images: how many of its images are among the hits. hits: these.
        distance: what fabrics are ordered by, a squared L2 distance: see `by_fabric` and `beside_means`.
    """

    fabric: str
    best: Hit
    images: int
    hits: list[Hit]
    distance: float


def by_fabric(hits):
    """The hits of one search as a list of `FabricResult`, ascending by (best distance, best id).

    Args:
        hits: list of `Hit`, in any order.
    """
    found = {}
    for hit in sorted(hits, key=_near_first):
        found.setdefault(hit.fabric, []).append(hit)
    return [FabricResult(fabric, own[0], len(own), own, own[0].distance) for fabric, own in found.items()]


def beside_means(results, query, photographs, leave_out=frozenset()):
    """The same fabrics, each as far as the geometric mean of its nearest image and the mean of its images.

    One image may be near by chance, of the same light or folds, all of them not. A fabric of one image is as
    far as that, and one that has the very image that is asked for at 0.

    Args:
        results: list of `FabricResult`. query: [D] floats.
        photographs: {fabric: ([n] ids, [n, D] vectors)} of all their images. Where there are none, removed
            since they were found, the distance is kept.
        leave_out: ids that are not in the means.

    Returns:
        A list of `FabricResult`, ascending by (distance, best id).
    """
    weighed = []
    for result in results:
        ids, vectors = photographs.get(result.fabric, ([], None))
        kept = [row for row, image_id in enumerate(ids) if image_id not in leave_out]
        if kept:
            to_mean = float(np.square(vectors[kept].mean(axis=0, dtype=np.float64) - query).sum())
            result = result._replace(distance=math.sqrt(result.best.distance * to_mean))
        weighed.append(result)
    return sorted(weighed, key=lambda result: (result.distance, result.best.image_id))


def _near_first(hit):
    return hit.distance, hit.image_id
