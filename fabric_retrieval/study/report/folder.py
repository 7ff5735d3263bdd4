"""A study's folder as the report reads it: evaluations by method, search, times, pictures."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fabric_retrieval.errors import UserError
from fabric_retrieval.study.evaluations import load_all
from fabric_retrieval.study.report.names import FOCUS, MAIN_RATIO, METHODS
from fabric_retrieval.study.search import why_stopped

PICTURES = {"6": "retrievals.png", "7": "retrievals_failures.png"}


class Group(NamedTuple):
    """The evaluations of one method at one ratio, one a seed, by seed.

    `trained`: False of the initial network and of hand-made features, which no seed changes.
    """

    method: str
    ratio: int | None
    learning_rate: float | None
    trained: bool
    evaluations: list

    @property
    def key(self):
        return f"{self.method}-{self.ratio}"

    @property
    def dims(self):
        """Those that every seed was measured at, descending; the first is the features' own."""
        shared = set.intersection(*(set(evaluation.dims.tolist()) for evaluation in self.evaluations))
        return sorted(shared, reverse=True)

    def run(self, seed):
        """The name of its run with that seed, measured or not."""
        return f"{self.evaluations[0].about['name'].rpartition('-seed')[0]}-seed{seed}"

    @property
    def seeds(self):
        return [evaluation.about["seed"] for evaluation in self.evaluations]

    @property
    def distractors(self):
        """Their number in the gallery; 0 where it was measured without."""
        return max(evaluation.about.get("distractors") or 0 for evaluation in self.evaluations)


@dataclass(frozen=True)
class Study:
    """What a study's folder holds.

    Attributes:
        methods: dict of method → `Group`, in the paper's order; focus ranking at its main ratio.
        ratios: dict of ratio → `Group`, focus ranking only, ascending.
        references: dict of name → `Group`, what is no method of the registry (rgb_histogram).
        settings: study.json, {} where there is none.
        search, timing: rows of search.csv and timing.csv, dicts of str.
        pictures: dict of figure ("6", "7") → path, those that are there.
        retrievals: path of retrievals.csv or None.
        stopped: dict of a run's name → why it came to nothing (NaN, collapse), of those that did.
        fabrics: [Q] str, the queries' fabrics, the same for all.
    """

    folder: Path
    methods: dict
    ratios: dict
    references: dict
    settings: dict
    search: list
    timing: list
    pictures: dict
    retrievals: Path | None
    stopped: dict
    fabrics: np.ndarray

    @property
    def main_ratio(self):
        """Focus ranking's ratio in the comparison: the paper's 32, else the largest; None without any."""
        return main_ratio(self.ratios)

    @property
    def groups(self):
        """Every `Group`, once: the methods, the other ratios, the references."""
        others = [group for ratio, group in self.ratios.items() if ratio != self.main_ratio]
        return [*self.methods.values(), *others, *self.references.values()]


def main_ratio(ratios):
    return MAIN_RATIO if MAIN_RATIO in ratios else max(ratios, default=None)


def read_study(folder):
    """The `Study` in a folder, finished or not.

    Raises:
        UserError: no such folder, nothing evaluated, an unreadable file, queries that differ, or two learning
            rates of one method of which search.csv chooses none.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"--study_dir: {folder} is no folder; give one that fabric_retrieval.study has made.")
    try:
        evaluations = load_all(folder)
    except Exception as error:
        raise UserError(f"{folder}/evaluations holds a file that cannot be read ({error}).") from error
    if not evaluations:
        raise UserError(
            f"{folder}/evaluations holds no evaluation (*.npz): let the study "
            "(python -m fabric_retrieval.study) finish at least one model."
        )
    search = _rows(folder / "search.csv")
    groups = _groups(evaluations, search)
    ratios = dict(sorted((g.ratio, g) for g in groups if g.method == FOCUS and g.ratio is not None))
    main = main_ratio(ratios)
    by_method = {g.method: g for g in groups if g.method != FOCUS or g.ratio == main}
    settings = folder / "study.json"
    retrievals = folder / "retrievals.csv"
    return Study(
        folder=folder,
        methods={method: by_method[method] for method in METHODS if method in by_method},
        ratios=ratios,
        references={name: g for name, g in sorted(by_method.items()) if name not in METHODS},
        settings=json.loads(settings.read_text(encoding="utf-8")) if settings.exists() else {},
        search=search,
        timing=_rows(folder / "timing.csv"),
        pictures={name: folder / file for name, file in PICTURES.items() if (folder / file).exists()},
        retrievals=retrievals if retrievals.exists() else None,
        stopped={run.name: why for run in sorted(folder.glob("runs/*")) if (why := why_stopped(run))},
        fabrics=_shared_fabrics(evaluations),
    )


def is_chosen(row):
    """Is this row of search.csv the learning rate that was taken?"""
    return row.get("chosen", "").strip().lower() in ("1", "true", "yes")


def _groups(evaluations, search):
    found = {}
    for evaluation in evaluations.values():
        found.setdefault((evaluation.about["method"], evaluation.about["ratio"]), []).append(evaluation)
    return [_group(method, ratio, members, search) for (method, ratio), members in found.items()]


def _group(method, ratio, members, search):
    rates = {member.about["learning_rate"] for member in members}
    if len(rates) > 1:
        rates &= _chosen_rates(method, ratio, search)
        if len(rates) != 1:
            raise UserError(
                f"The evaluations of {method} (ratio {ratio}) have several learning rates and search.csv "
                "chooses none of them: remove those that are not to count, or mend its column `chosen`."
            )
    rate = rates.pop()
    members = [member for member in members if member.about["learning_rate"] == rate]
    members.sort(key=lambda member: (member.about["seed"] or 0, member.about["name"]))
    return Group(method, ratio, rate, rate is not None, members)


def _chosen_rates(method, ratio, search):
    """Of the search at this ratio; where there was none, of the method's at any."""
    chosen = [row for row in search if row["method"] == method and is_chosen(row)]
    at_ratio = [row for row in chosen if row.get("ratio", "") == ("" if ratio is None else str(ratio))]
    return {float(row["learning_rate"]) for row in at_ratio or chosen}


def _shared_fabrics(evaluations):
    names = list(evaluations)
    fabrics = evaluations[names[0]].fabrics
    for name in names[1:]:
        if not np.array_equal(evaluations[name].fabrics, fabrics):
            raise UserError(
                f"The evaluations {names[0]} and {name} have different queries, which cannot be compared: "
                "remove the one that is of another collection, and continue the study."
            )
    return fabrics


def _rows(path):
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
