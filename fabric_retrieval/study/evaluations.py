"""What the study keeps of each evaluated model: every query's own measures, at every dimension."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fabric_retrieval.atomic import replacing

GALLERIES = ("test", "distractors")


class Evaluation(NamedTuple):
    """One model, measured on the test fabrics, without and with the distractors in the gallery.

    Attributes:
        about: dict of `name` (unique in a study, also of its run folder), `method` (a row of `METHODS`, or a
            reference such as "rgb_histogram"), `ratio` (int; None where the method has none), `seed`,
            `learning_rate` (None where nothing was trained), `step`, `dataset`, `distractors` (their number),
            `queries_without_answer`, `kmeans` (its `seed`, `restarts`, `max_iterations` and `iterations`, one
            a dimension).
        dims: [D] int64, descending; the first is the features' own dimension, the others are by PCA.
        measures: [M] str, names of the measures of a query: "recall@1", ..., "hit_rate@1", ..., "map",
            "map_trapezoid", "map_at_r".
        values: [2, D, Q, M] float32, each query's measures; first axis as `GALLERIES`. Queries without an
            answer are left out.
        fabrics: [Q] str, the queries' fabrics; the same for all models of a study.
        f1, nmi: [D] float64, of k-means of the test set.
    """

    about: dict
    dims: np.ndarray
    measures: np.ndarray
    values: np.ndarray
    fabrics: np.ndarray
    f1: np.ndarray
    nmi: np.ndarray

    def of(self, measure, dim, gallery="test"):
        """[Q] float32, each query's `measure` at `dim` dimensions."""
        position = self.dims.tolist().index(dim), slice(None), self.measures.tolist().index(measure)
        return self.values[GALLERIES.index(gallery)][position]


def save(evaluation, path):
    """Writes an `Evaluation` as .npz, whole or not at all."""
    arrays = evaluation._asdict() | {"about": np.array(json.dumps(evaluation.about))}
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **arrays)


def load(path):
    """The `Evaluation` in a file that `save` has written."""
    with np.load(path, allow_pickle=False) as stored:
        arrays = {field: stored[field] for field in Evaluation._fields}
    return Evaluation(**arrays | {"about": json.loads(str(arrays["about"]))})


def load_all(folder):
    """The evaluations of a study's folder, by name."""
    found = [load(path) for path in sorted((Path(folder) / "evaluations").glob("*.npz"))]
    return {evaluation.about["name"]: evaluation for evaluation in found}
