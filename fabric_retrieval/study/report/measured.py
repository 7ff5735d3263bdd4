"""Every number of the report: a method's measure at a dimension, with its interval."""

from functools import cache

import numpy as np

from fabric_retrieval.study.evaluations import GALLERIES
from fabric_retrieval.study.report.intervals import RESAMPLES, Resampling
from fabric_retrieval.study.report.names import CLUSTERING

COLUMNS = ["method", "ratio", "dim", "k", "gallery", "distractors", "measure", "mean", "low", "high", "seeds"]


class Measured:
    """The measures of a study's groups, as `Draws`; each is resampled once.

    Args:
        study: `Study`. resamples, seed: of the intervals.
    """

    def __init__(self, study, resamples=RESAMPLES, seed=0):
        self.study = study
        self.resampling = Resampling(study.fabrics, resamples, seed)
        self._groups = {group.key: group for group in study.groups}
        self._of = cache(self._resampled)

    def of(self, group, measure, dim=None, gallery="test"):
        """`Draws` of a `Group`'s measure at `dim` (None: its own), or None where it was not measured."""
        return self._of(group.key, measure, group.dims[0] if dim is None else dim, gallery)

    def row(self, group, measure, dim, gallery="test"):
        """A line of a CSV, by `COLUMNS`; None where it was not measured."""
        draws = self.of(group, measure, dim, gallery)
        if draws is None:
            return None
        low, high = draws.interval or (None, None)
        k = int(measure.partition("@")[2] or 0) or None
        distractors = group.distractors if gallery == "distractors" else 0
        values = [
            group.method,
            group.ratio,
            dim,
            k,
            gallery,
            distractors,
            measure,
            draws.mean,
            low,
            high,
            len(group.seeds),
        ]
        return dict(zip(COLUMNS, values, strict=True))

    def _resampled(self, key, measure, dim, gallery):
        group = self._groups[key]
        if dim not in group.dims or not has(group, measure, gallery):
            return None
        if measure in CLUSTERING:
            values = [getattr(one, measure)[one.dims.tolist().index(dim)] for one in group.evaluations]
            if not np.isfinite(values).all():
                return None
            return self.resampling.of_seeds(values, group.seeds, group.trained)
        values = np.stack([one.of(measure, dim, gallery) for one in group.evaluations])
        return self.resampling.of_queries(values, group.seeds) if np.isfinite(values).all() else None


def has(group, measure, gallery="test"):
    """Was every seed of the group measured so?"""
    if measure in CLUSTERING:
        return gallery == "test"
    return all(
        measure in one.measures
        and len(one.values) > GALLERIES.index(gallery)
        and (gallery == "test" or bool(one.about.get("distractors")))
        for one in group.evaluations
    )
