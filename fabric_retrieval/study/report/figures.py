"""Figures 3a to 5b, 8a to 9b of the paper: which curves they have."""

from typing import NamedTuple

from fabric_retrieval.study.report.names import CLUSTERING, Look, look_of, look_of_ratio, measure_label
from fabric_retrieval.study.report.origin import ratios_rate

K, COMPACT = 16, 256  # of Figure 3: (a) K=16; (b) 256 dimensions
KS = (1, 2, 4, 8, 16, 32)
RECALL = f"recall@{K}"


class Figure(NamedTuple):
    """`against`: "dim" or "k", the horizontal axis; `curves`: "methods" or "ratios"."""

    number: str
    measure: str
    against: str = "dim"
    gallery: str = "test"
    curves: str = "methods"

    @property
    def name(self):
        return f"figure_{self.number}"

    def subject(self, curves):
        """What these `Curve`s of it show, in words."""
        of = f"recall@K against K, {COMPACT} dimensions" if self.against == "k" else None
        of = of or f"{measure_label(self.measure)} against the feature dimension"
        if self.gallery == "distractors":
            counts = {row["distractors"] for curve in curves for row in curve.rows}
            number = f"{max(counts):,} " if counts else ""
            of += f", {number}distractors in the gallery"
        if self.curves == "ratios":
            of = f"focus ranking's {of}, by ratio of positives to negatives"
        return of

    def title(self, curves):
        """The same, with the paper's number."""
        return f"Figure {self.number}: {self.subject(curves)}"


class Curve(NamedTuple):
    """`rows`: dicts as of `Measured.row`, one a point."""

    look: Look
    rows: list


FIGURES = (
    Figure("3a", RECALL),
    Figure("3b", "recall", "k"),
    Figure("4", "map"),
    Figure("5a", "f1"),
    Figure("5b", "nmi"),
    Figure("8a", RECALL, gallery="distractors"),
    Figure("8b", "recall", "k", gallery="distractors"),
    Figure("9a", RECALL, curves="ratios"),
    Figure("9b", "recall", "k", curves="ratios"),
)


def curves(figure, measured):
    """The `Curve`s of a `Figure` that the study has, in the paper's order, references first.

    Args:
        figure: `Figure`. measured: `Measured`.
    """
    study = measured.study
    if figure.curves == "ratios":
        looks = [(look_of_ratio(ratio, study.main_ratio), group) for ratio, group in study.ratios.items()]
    else:
        groups = [*study.references.values(), *study.methods.values()]
        looks = [(look_of(group.method), group) for group in groups]
    found = [Curve(look, _points(figure, measured, group)) for look, group in looks]
    return [curve for curve in found if curve.rows]


def caption(figure, curves, study):
    """The title, and what a reader must know of the bars or of the learning rates."""
    notes = []
    if figure.measure in CLUSTERING:
        notes.append(
            "bars: over seeds only, not over fabrics nor over starts of k-means; Alex is one clustering, "
            "without a bar"
        )
    if figure.curves == "ratios" and ratios_rate(study):
        notes.append(ratios_rate(study))
    return "; ".join([figure.title(curves), *notes])


def dims_of(study):
    """The dimensions on the axis, descending as section 5.3 reduces them: those of the methods."""
    groups = list(study.methods.values()) or study.groups
    return sorted({dim for group in groups for dim in group.dims}, reverse=True)


def positions(figure, study):
    """The values on the horizontal axis, left to right."""
    return list(KS) if figure.against == "k" else dims_of(study)


def _points(figure, measured, group):
    if figure.against == "k":
        rows = [measured.row(group, f"recall@{k}", COMPACT, figure.gallery) for k in KS]
    else:
        rows = [measured.row(group, figure.measure, dim, figure.gallery) for dim in dims_of(measured.study)]
    return [row for row in rows if row]
