"""The report's tables of results: claims, methods, beside the paper."""

from fabric_retrieval.study.report import claims as claims_of
from fabric_retrieval.study.report.document import Table
from fabric_retrieval.study.report.names import (
    CLUSTERING,
    FOCUS,
    OF_PAPER,
    PAPER_RECALL,
    label_of,
    look_of,
    measure_label,
)
from fabric_retrieval.study.report.origin import origin

MEASURES = ("recall@1", "recall@16", "hit_rate@1", "map", *CLUSTERING)
DIMS = (None, 256, 16)
INTERVAL = "interval of at least 95 %"  # of gaps it is wider: `how.INTERVALS`


def short_claims(claims, study):
    """A line a claim, for the README and the head of the page, and what the numbers come from."""
    rows = []
    for claim in claims:
        part = claim.parts[claim.headline]
        number = f"{part.text}, {part.dim}: {claims_of.shown(part)}"
        rows.append([claim.number, claim.text, claim.verdict, number if part.value else ""])
    return Table(["", "claim of the paper", "here", f"number ({INTERVAL})"], rows, 4, note=origin(study))


def claim_parts(claim, study):
    """All numbers of a claim, and what they come from."""
    rows = [
        [
            part.text + (f" ({part.note})" if part.note else ""),
            part.dim + (", distractors" if part.gallery == "distractors" else ""),
            claims_of.shown(part),
            part.condition,
            part.verdict,
        ]
        for part in claim.parts
    ]
    head = ["number", "dimension", f"value ({INTERVAL})", "holds if", "verdict"]
    return Table(head, rows, words=5, note=origin(study))


def percent(draws):
    """ "66.0 (64.1-67.8)" of a `Draws`, "-" of None."""
    return "-" if draws is None else in_percent(draws.mean, *(draws.interval or (None, None)))


def in_percent(mean, low, high):
    """The same of fractions; `low` and `high` are None where there is no interval."""
    shown = f"{100 * mean:.1f}"
    return shown if low is None else f"{shown} ({100 * low:.1f}-{100 * high:.1f})"


def methods(measured, file="methods.csv"):
    """Every method, ratio and reference at its own dimension, 256 and 16."""
    study = measured.study
    head = ["method", "learning rate", "seeds", "dim", *(measure_label(measure) for measure in MEASURES)]
    rows = []
    for group in study.groups:
        rate = f"{group.learning_rate:g}" if group.trained else "not trained"
        for dim in dict.fromkeys(group.dims[0] if dim is None else dim for dim in DIMS):
            if dim in group.dims:
                cells = [percent(measured.of(group, measure, dim)) for measure in MEASURES]
                rows.append(
                    [name_of(group, study.main_ratio), rate, str(len(group.seeds)), f"{dim:,}", *cells]
                )
    return Table(head, rows, words=2, file=file, note=origin(study))


def methods_rows(measured):
    """The lines of methods.csv: dicts as of `Measured.row`, and the learning rate."""
    rows = []
    for group in measured.study.groups:
        for dim in dict.fromkeys(group.dims[0] if dim is None else dim for dim in DIMS):
            found = [measured.row(group, measure, dim) for measure in MEASURES]
            rows += [row | {"learning_rate": group.learning_rate} for row in found if row]
    return rows


def name_of(group, main):
    """ "triplet"; "focus ranking 1:8" of a ratio that is not the comparison's."""
    label = look_of(group.method).label
    return f"{label} 1:{group.ratio}" if group.method == FOCUS and group.ratio != main else label


def beside_the_paper(measured):
    """Our recall@16 at the full dimension beside the paper's."""
    rows = []
    best = PAPER_RECALL[FOCUS]
    ours_best = claims_of.of(measured, FOCUS, "recall@16")
    for method in OF_PAPER:
        ours = claims_of.of(measured, method, "recall@16")
        theirs = PAPER_RECALL.get(method)
        behind = None if ours is None or ours_best is None or method == FOCUS else ours_best - ours
        rows.append(
            [
                label_of(method),
                f"{100 * theirs:.1f}" if theirs else "drawn only",
                percent(ours) if ours else "not measured",
                f"{100 * (best - theirs):.1f}" if theirs and method != FOCUS else "-",
                claims_of.points(behind),
            ]
        )
    head = ["method", "the paper", "here", "behind focus ranking: the paper", "here"]
    return Table(head, rows, note=origin(measured.study))
