"""Who asks and who answers: the test half of a set, or all of its fabrics."""

import numpy as np

from fabric_retrieval.data.splits import split_queries
from fabric_retrieval.evaluation.features import Features


def test_half(parts):
    """(query, gallery) `Features` of a dict of split to `Features`, which has also "train"."""
    return parts["query"], parts["gallery"]


def all_fabrics(parts, seed):
    """The same of all fabrics; which images of the train half are queries is drawn as in the test half."""
    train = parts["train"]
    queries = []
    for fabric in np.unique(train.fabrics):
        queries += split_queries(train.ids[train.fabrics == fabric].tolist(), seed)[0]
    asks = np.isin(train.ids, queries)
    return _joined(parts["query"], train, asks), _joined(parts["gallery"], train, ~asks)


def _joined(part, train, rows):
    """`part` and those rows of `train`, in ascending order of ids, labelled by the names of their fabrics."""
    columns = [np.concatenate([own, more[rows]]) for own, more in zip(part, train, strict=True)]
    joined = Features(*columns)
    order = np.argsort(joined.ids)
    return Features(*(column[order] for column in joined._replace(labels=joined.fabrics)))
