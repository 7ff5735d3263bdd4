"""The report's last part: how its numbers came about and how to get them again."""

from fabric_retrieval.study.report import claims_dimension, claims_ratio, record_tables
from fabric_retrieval.study.report.departures import departures, images_seen
from fabric_retrieval.study.report.document import Code, Heading, Items, Paragraph
from fabric_retrieval.study.report.intervals import RESAMPLES
from fabric_retrieval.study.report.notes import notes_blocks
from fabric_retrieval.study.report.origin import made

# Per cent of simulated studies whose interval holds the truth: tests/study/test_report_intervals.py.
LEVELS_COVERED, GAPS_COVERED = (93, 98), (93, 100)
INTERVALS = (
    f"Intervals: percentiles 2.5 and 97.5 of {RESAMPLES:,} draws. Each draws fabrics (with all their "
    "queries) with replacement, the same for all methods, so differences are paired over fabrics; and adds "
    "to the mean over seeds of that draw its standard error over the S seeds times Student's t with S-1 "
    "degrees of freedom. So three seeds have as wide an interval as three numbers deserve (4.3 standard "
    "errors, not 2). Differences are paired over seeds too, as the runs of one seed hold out the same "
    "fabrics: the interval of a gap is that of the gaps seed by seed. Of 100 simulated studies with three "
    f"seeds {LEVELS_COVERED[0]} to {LEVELS_COVERED[1]} had the true level inside, and {GAPS_COVERED[0]} to "
    f"{GAPS_COVERED[1]} the true gap of two trained methods, the more the more their seeds went together. An "
    "untrained method has no seeds and no such term. Nothing is clipped: an interval may reach past 0 or "
    "100 %. A number without an interval decides no claim. All methods share one pretraining, whose chance "
    "is in no interval."
)
CLUSTERING = (
    "F1 and NMI are of one clustering of all test images and have no value of a query: their intervals are "
    "of the same draws over seeds only. Other fabrics and other starts of k-means are in no interval. One "
    "seed has none; Alex and reference rows are one clustering and have none either."
)
THRESHOLDS = (
    f"To lose little is to lose less than {100 * claims_dimension.LITTLE:.0f} % of recall@16: that is what "
    "lies between the paper's pair and triplet, 83.9 and 88.5. Much is more than "
    f"{100 * claims_dimension.MUCH:.0f} %, twice what lies between its pair and its focus ranking. Recall "
    f"flattens where its gain is within ±{100 * claims_ratio.NEGLIGIBLE:.0f} point: the least difference "
    "that the paper reports as one is 1.7."
)
OTHERS = (
    "A claim over all others asks for an interval above 0 over each of them; of these the one with the least "
    "mean is shown. Every claim is tested at 95 % or more by itself, without correction for their number."
)


def command(study):
    """The command that makes the study."""
    default = "python -m fabric_retrieval.study --flagfile=configs/study.flags --study_dir=DIR"
    return study.settings.get("command") or default


def measuring(study):
    """Sentences on the settings of k-means and on queries without an answer, where evaluations tell them."""
    abouts = [one.about for group in study.groups for one in group.evaluations]
    sentences, iterations = [], {}
    for about in abouts:
        if found := about.get("kmeans"):
            of_settings = iterations.setdefault(
                (found["seed"], found["restarts"], found["max_iterations"]), []
            )
            of_settings += found["iterations"]
    for (seed, restarts, most), took in sorted(iterations.items()):
        sentences.append(
            f"k-means: seed {seed}, {restarts} start{'' if restarts == 1 else 's'}, at most {most} "
            f"iterations; the longest of {len(took):,} clusterings took {max(took)}, "
            f"{sum(number >= most for number in took)} came to the limit."
        )
    unanswered = {about["queries_without_answer"] for about in abouts if "queries_without_answer" in about}
    if unanswered:
        count = " or ".join(f"{number:,}" for number in sorted(unanswered))
        sentences.append(
            f"Queries without another image of their fabric in the gallery: {count}; they are left out."
        )
    return sentences


def how(study):
    """The blocks: intervals and thresholds, search, time, settings, departures, notes, commands."""
    parts = [
        Heading("How it was measured", anchor="how"),
        Items([INTERVALS, CLUSTERING, THRESHOLDS, OTHERS, *measuring(study)]),
    ]
    if study.search:
        text = (
            "The same rates for every method, chosen on held-out training fabrics, never on the test set. "
            "Nothing else is searched by the study: all other flags are as they stand below."
        )
        parts += [Heading("Search over learning rates", 3), Paragraph(text), record_tables.search(study)]
        notes = study.settings.get("search_notes")
        parts += [Items(notes)] if notes else []
    if study.timing:
        parts += [Heading("Time", 3), record_tables.timing(study)]
    if study.settings:
        parts += [Heading("Settings", 3), record_tables.settings(study)]
    if flags := record_tables.flags(study):
        parts += [Heading("Training flags", 3), flags[0], Paragraph("All of them alike:"), Code(flags[1])]
    if letter := departures(study):
        parts += [
            Heading("Not the paper's letter", 3),
            Items([*(f"{said} ({', '.join(names)})" for said, names in letter), *images_seen(study)]),
        ]
    return [
        *parts,
        *notes_blocks(study),
        Heading("How to reproduce", anchor="reproduce"),
        *([Paragraph(made(study))] if made(study) else []),
        Paragraph("The whole study, which goes on where it was interrupted, then this page from its folder:"),
        Code(f"{command(study)}\npython -m fabric_retrieval.study.report --study_dir=DIR --out=docs/report"),
    ]
