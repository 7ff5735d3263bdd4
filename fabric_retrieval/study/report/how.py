"""The report's last part: how its numbers came about and how to get them again."""

from fabric_retrieval.study.report import claims_dimension, claims_ratio, record_tables
from fabric_retrieval.study.report.document import Code, Heading, Items, Paragraph
from fabric_retrieval.study.report.intervals import RESAMPLES

INTERVALS = (
    f"Intervals: {RESAMPLES:,} resamples draw seeds and fabrics (with all their queries) with replacement, "
    "jointly; percentiles 2.5 and 97.5. The fabrics of a resample are the same for all methods, so "
    "differences are paired over fabrics; seeds are drawn for each method by itself. Deviations of S seeds "
    "are widened by √(S/(S-1)). Where seeds vary three times as much as fabrics, three seeds cover about 90 "
    "%, not 95 %. All methods share one pretraining, whose chance is in no interval."
)
CLUSTERING = (
    "F1 and NMI are of one clustering of all test images and have no value of a query: Student's t interval "
    "over seeds (difference of two methods: Behrens-Fisher); none for one seed. Alex and reference rows do "
    "not depend on a seed and count as exact there."
)
THRESHOLDS = (
    f"To lose little is to lose less than {100 * claims_dimension.LITTLE:.0f} % of recall@16: that is what "
    "lies between the paper's pair and triplet, 83.9 and 88.5. Much is more than "
    f"{100 * claims_dimension.MUCH:.0f} %, twice what lies between its pair and its focus ranking. Recall "
    f"flattens where its gain is within ±{100 * claims_ratio.NEGLIGIBLE:.0f} point: the least difference "
    "that the paper reports as one is 1.7."
)
OTHERS = (
    "The best other method is chosen by its mean; a claim over all others asks for an interval above 0 over "
    "each of them. Every claim is tested at 95 % by itself, without correction for their number."
)


def command(study):
    """The command that makes the study."""
    default = "python -m fabric_retrieval.study --flagfile=configs/study.flags --study_dir=DIR"
    return study.settings.get("command") or default


def how(study):
    """The blocks: intervals and thresholds, search, time, settings, commands."""
    parts = [
        Heading("How it was measured", anchor="how"),
        Items([INTERVALS, CLUSTERING, THRESHOLDS, OTHERS]),
    ]
    if study.search:
        text = "The same for every method, chosen on held-out training fabrics, never on the test set."
        parts += [Heading("Search over learning rates", 3), Paragraph(text), record_tables.search(study)]
        notes = study.settings.get("search_notes")
        parts += [Items(notes)] if notes else []
    if study.timing:
        parts += [Heading("Time", 3), record_tables.timing(study)]
    if study.settings:
        parts += [Heading("Settings", 3), record_tables.settings(study)]
    if flags := record_tables.flags(study):
        parts += [Heading("Training flags", 3), flags[0], Paragraph("All of them alike:"), Code(flags[1])]
    return [
        *parts,
        Heading("How to reproduce", anchor="reproduce"),
        Paragraph("The whole study, which goes on where it was interrupted, then this page from its folder:"),
        Code(f"{command(study)}\npython -m fabric_retrieval.study.report --study_dir=DIR --out=docs/report"),
    ]
