"""Which fabrics of an index a photograph shows, and how sure that is."""

from typing import NamedTuple

import numpy as np

from fabric_retrieval.search.grouping import FabricResult, beside_means, by_fabric
from fabric_retrieval.search.sureness import Sureness

MOST_LEFT_OUT = 10_000  # images at once


class Answer(NamedTuple):
    """The fabrics near a photograph, nearest first; `sureness` is None where the index cannot tell it."""

    fabrics: list[FabricResult]
    sureness: Sureness | None


def ask(index, vectors, k, leave_out=frozenset()):
    """[Q] `Answer`s to photographs.

    Args:
        index: `Index`. vectors: [Q, D] floats, of its model.
        k: nearest images to look at. leave_out: ids of images that are not to be found.

    Raises:
        UserError: as `Index.search`.
    """
    found = _nearest_fabrics(index, vectors, k, leave_out)
    return [
        Answer(fabrics, _sureness(index, vector, fabrics, leave_out))
        for vector, fabrics in zip(np.asarray(vectors), found, strict=True)
    ]


def _nearest_fabrics(index, vectors, k, leave_out):
    """[Q] lists of `FabricResult`, those of the k nearest images, by `beside_means`."""
    found = [by_fabric(hits) for hits in index.search(vectors, k, leave_out)]
    photographs = index.photographs_of({result.fabric for results in found for result in results})
    return [
        beside_means(results, vector, photographs, leave_out)
        for vector, results in zip(np.asarray(vectors), found, strict=True)
    ]


def _sureness(index, vector, fabrics, leave_out):
    """By the index's calibration, for which the fabric of the nearest other image is looked up if need be."""
    if index.calibration is None:
        return None
    if len(fabrics) == 1:
        own = {item.image_id for item in index.of_fabric(fabrics[0].fabric)}
        if len(own) <= MOST_LEFT_OUT:  # else it is no surer than the images that were looked at allow
            (others,) = _nearest_fabrics(index, vector[np.newaxis], 1, leave_out | own)
            fabrics = [*fabrics, *others]
    return index.calibration.of(fabrics)
