"""What every query of a test half got, and what follows for the mean and for differences of means."""

from typing import NamedTuple

import numpy as np

from fabric_retrieval.atomic import replacing
from fabric_retrieval.evaluation.bootstrap import confidence_intervals
from fabric_retrieval.study.measuring import rank

MEASURES = ("hit_rate@1", "map", "recall@16")


class Measured(NamedTuple):
    """One descriptor on one test half.

    Attributes:
        values: [Q, 3] float64, each query's `MEASURES`. fabrics: [Q] str, the queries' fabrics; queries
            without an answer are in neither.
        dim: of the features. seconds: that training it took.
    """

    values: np.ndarray
    fabrics: np.ndarray
    dim: int
    seconds: float


def measure(query, gallery, seconds=0.0):
    """The `Measured` of two `Features`.

    Raises:
        UserError: no query has an answer.
    """
    names, values, answered = rank(query.features, gallery.features, query, [gallery], (1, 16))
    columns = [names.index(name) for name in MEASURES]
    return Measured(values[answered][:, columns], query.fabrics[answered], gallery.features.shape[1], seconds)


def kept(path, make):
    """The `Measured` in a file of NumPy's, made and written there if there is none."""
    if path.exists():
        with np.load(path, allow_pickle=False) as stored:
            fields = {name: stored[name] for name in Measured._fields}
        return Measured(**fields | {"dim": int(fields["dim"]), "seconds": float(fields["seconds"])})
    found = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **found._asdict())
    return found


def mean_of(seeds):
    """The `Measured` of several seeds: each query's mean, and the mean of the seconds."""
    values = np.mean([one.values for one in seeds], axis=0)
    return seeds[0]._replace(values=values, seconds=float(np.mean([one.seconds for one in seeds])))


def means(measured, bootstrap):
    """Dict of each of `MEASURES` to its mean, and of NAME_ci95 to its interval by bootstrap over fabrics."""
    return _with_intervals(measured.values, measured.fabrics, bootstrap)


def differences(measured, other, bootstrap):
    """As `means`, of `measured` minus `other`: each query with itself, the same fabrics drawn for both."""
    return _with_intervals(measured.values - other.values, measured.fabrics, bootstrap)


def _with_intervals(values, fabrics, bootstrap):
    intervals = confidence_intervals(values, fabrics, bootstrap)
    found = {}
    for number, name in enumerate(MEASURES):
        found[name] = float(values[:, number].mean())
        found[f"{name}_ci95"] = None if intervals is None else intervals[number].tolist()
    return found
