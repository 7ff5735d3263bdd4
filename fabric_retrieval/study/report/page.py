"""The report's text: claims first, then the paper's figures, tables, and how it was measured."""

from fabric_retrieval.study.report import tables, verdicts
from fabric_retrieval.study.report.document import Code, Heading, Paragraph, Table
from fabric_retrieval.study.report.how import command, how
from fabric_retrieval.study.report.intro import answer, difference, what
from fabric_retrieval.study.report.missing import missing
from fabric_retrieval.study.report.notes import first_note
from fabric_retrieval.study.report.origin import origin

TITLE = "Which method finds fabrics best? The paper's experiments, repeated"

NOT_AT_PAPERS_SIZE = (
    "This report has no study at the paper's size (AlexNet at 227 pixels, 100,000 distractors): that needs a "
    "GPU, and training flags of that size, of which none are shipped (`--paper_size_dir`)."
)


def blocks(measured, claims, pictures, paper_size=None):
    """The report as a list of `document` blocks.

    Args:
        measured: `Measured`. claims: list of `Claim`.
        pictures: dict of figure number ("3a", ..., "6", ...) → `Picture`.
        paper_size: None, or (`Measured`, list of `Claim`) of a study at the paper's size, which comes first.
    """
    study = measured.study
    lacking = missing(measured)
    parts = _paper_size(*paper_size) if paper_size else []
    parts += [Paragraph(what(study)), Paragraph(answer(measured)), Paragraph(difference(study), "note")]
    parts += first_note(study)
    if not paper_size:
        parts += [Paragraph(NOT_AT_PAPERS_SIZE, "missing")]
    if lacking:
        parts += [Paragraph(f"Missing from this study: {' '.join(lacking)}", "missing")]
    parts += [
        Heading("Claims of the paper", anchor="claims"),
        Paragraph(verdict_counts(claims)),
        tables.short_claims(claims, study),
        Heading("Beside the paper", anchor="paper"),
        Paragraph(
            "recall@16 at the full dimension, %. The paper's text (section 5.3) gives four numbers; Alex and "
            "Softmax are only drawn in its figures. Only order and gaps can be compared, see above; in "
            "brackets intervals of 95 %, of the gaps of at least 95 %."
        ),
        tables.beside_the_paper(measured),
    ]
    parts += [Heading("Figures", anchor="figures"), Paragraph(_axes(study))]
    parts += [pictures[number] for number in sorted(pictures)]
    parts += [
        Heading("All methods", anchor="methods"),
        Paragraph(
            "In %, with 95 % intervals; the first line of a method is its features' own dimension, the "
            "others by PCA fitted on training features. recall@K: share of a query's relevant images among "
            "the first K; hit rate@1: share of queries whose nearest image is of the same fabric. Intervals "
            "of F1 and NMI are over seeds only; a number without one is of a single clustering, and no less "
            "uncertain. * not in the paper."
        ),
        tables.methods(measured),
        Heading("Every number of the claims", anchor="parts"),
        Paragraph("Also in `claims.csv`, there as fractions."),
    ]
    for claim in claims:
        parts += [
            Heading(f"{claim.number}. {claim.text}", 3),
            Paragraph(f"Paper: {claim.source}. Here: {claim.verdict}."),
            tables.claim_parts(claim, study),
        ]
    return parts + how(study)


def _paper_size(measured, claims):
    study = measured.study
    lacking = missing(measured)
    return [
        Heading("At the paper's size", anchor="paper-size"),
        Paragraph(what(study)),
        Paragraph(answer(measured)),
        Paragraph(difference(study), "note"),
        *first_note(study),
        *([Paragraph(f"Missing there: {' '.join(lacking)}", "missing")] if lacking else []),
        tables.beside_the_paper(measured),
        tables.short_claims(claims, study),
        tables.methods(measured, file="paper_size_methods.csv"),
        Code(command(study)),
        Heading("On a small computer", anchor="small"),
    ]


def verdict_counts(claims):
    """A sentence: how many claims have which verdict."""
    of_paper = [claim for claim in claims if "*" not in claim.number]
    kinds = [claim.verdict for claim in of_paper]
    counts = [f"{kinds.count(verdict)} {_SAID[verdict]}" for verdict in _SAID if kinds.count(verdict)]
    mixed = len(kinds) - sum(kinds.count(verdict) for verdict in _SAID)
    counts += [f"{mixed} in a part of {'its' if mixed == 1 else 'their'} numbers"] if mixed else []
    return (
        f"Of {len(of_paper)} claims: {', '.join(counts)}. A number holds where its whole interval is on "
        "the claim's side, does not hold where the whole of it is on the other side, and cannot be told "
        "where it is on both or there is none. Points are percentage points. * not in the paper."
    )


_SAID = {
    verdicts.HOLDS: "hold",
    verdicts.FAILS: "do not hold",
    verdicts.OPEN: "cannot be told",
    verdicts.UNMEASURED: "not measured",
}


def _axes(study):
    main = ""
    if study.main_ratio:
        main = f" In Figure 9, 1:{study.main_ratio} is the focus ranking of the other figures."
    return (
        "Methods and measures as in the paper. The feature dimension falls from left to right, as section "
        "5.3 reduces it by PCA, from the network's own; its values and those of K are evenly spaced. Bars "
        "are 95 % intervals over seeds and fabrics, those of F1 and NMI (Figure 5) over seeds only: other "
        "fabrics and other starts of k-means are in none of them, and Alex, one clustering, has no bar "
        "there. Axes end at 0 and 100 %, intervals may not: nothing is clipped in tables and CSVs. All "
        "methods meet the same fabrics, so a gap can be beyond doubt though bars overlap: the claims' "
        f"intervals are of the gaps. * not in the paper.{main}"
    )


def chart_numbers(figure, curves, values, study):
    """A `Table` of a chart: a line a curve, a column a value on the axis."""
    rows = []
    for curve in curves:
        found = {row[figure.against]: row for row in curve.rows}
        points = [found.get(value) for value in values]
        shown = [tables.in_percent(row["mean"], row["low"], row["high"]) if row else "-" for row in points]
        rows.append([curve.look.label, *shown])
    head = ["K" if figure.against == "k" else "dimension", *(f"{value:,}" for value in values)]
    return Table(head, rows, note=origin(study))
