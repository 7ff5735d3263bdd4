"""The leading neighbours of every query, for pictures."""

from typing import NamedTuple

import numpy as np

from fabric_retrieval.evaluation.judgements import Judgements
from fabric_retrieval.evaluation.metrics import order_of
from fabric_retrieval.evaluation.nearest import nearest


class Retrievals(NamedTuple):
    """Q queries, their first N neighbours, and what to call them."""

    query_ids: np.ndarray  # [Q] str
    query_fabrics: np.ndarray  # [Q] str
    gallery_ids: np.ndarray  # [G] str
    gallery_fabrics: np.ndarray  # [G] str
    positions: np.ndarray  # [Q, N] int64, in the gallery; -1 where fewer than N take part
    distances: np.ndarray  # [Q, N] float64, squared L2
    hits: np.ndarray  # [Q, N] bool: of the query's fabric
    answerable: np.ndarray  # [Q] bool: the query has a relevant image


def retrieve(query, gallery, count=8):
    """The `Retrievals` of two `Features`; images of a query's own id or group are left out."""
    judgements = Judgements(
        query.labels, gallery.labels, query.ids, gallery.ids, query.groups, gallery.groups
    )
    positions, distances = nearest(
        query.features, gallery.features, count, judgements, order_of(gallery.ids, len(gallery.ids))
    )
    hits = (gallery.labels[positions] == query.labels[:, np.newaxis]) & (positions >= 0)
    answerable = np.array([len(judgements.relevant(number)) > 0 for number in range(len(query.ids))])
    return Retrievals(
        query.ids, query.fabrics, gallery.ids, gallery.fabrics, positions, distances, hits, answerable
    )
