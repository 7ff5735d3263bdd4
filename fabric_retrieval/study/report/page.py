"""The report's text: claims first, then the paper's figures, tables, and how it was measured."""

from fabric_retrieval.study.report import tables, verdicts
from fabric_retrieval.study.report.claims import points
from fabric_retrieval.study.report.document import Heading, Paragraph, Table
from fabric_retrieval.study.report.figures import RECALL
from fabric_retrieval.study.report.how import how
from fabric_retrieval.study.report.missing import missing
from fabric_retrieval.study.report.names import label_of
from fabric_retrieval.study.report.tables import percent

TITLE = "Which method finds fabrics best? The paper's experiments, repeated"


def blocks(measured, claims, pictures):
    """The report as a list of `document` blocks.

    Args:
        measured: `Measured`. claims: list of `Claim`.
        pictures: dict of figure number ("3a", ..., "6", ...) → `Picture`.
    """
    study = measured.study
    lacking = missing(measured)
    parts = [Paragraph(_what(study)), Paragraph(_answer(measured)), Paragraph(difference(study), "note")]
    if lacking:
        parts += [Paragraph(f"Missing from this study: {' '.join(lacking)}", "missing")]
    parts += [
        Heading("Claims of the paper", anchor="claims"),
        Paragraph(verdict_counts(claims)),
        tables.short_claims(claims),
        Heading("Beside the paper", anchor="paper"),
        Paragraph(
            "recall@16 at the full dimension, %. The paper's text (section 5.3) gives four numbers; Alex and "
            "Softmax are only drawn in its figures. Only order and gaps can be compared, see above; in "
            "brackets 95 % intervals."
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
            "the first K; hit rate@1: share of queries whose nearest image is of the same fabric. * not in "
            "the paper."
        ),
        tables.methods(measured),
        Heading("Every number of the claims", anchor="parts"),
        Paragraph("Also in `claims.csv`, there as fractions."),
    ]
    for claim in claims:
        parts += [
            Heading(f"{claim.number}. {claim.text}", 3),
            Paragraph(f"Paper: {claim.source}. Here: {claim.verdict}."),
            tables.claim_parts(claim),
        ]
    return parts + how(study)


def difference(study):
    """How the study differs from the paper's experiment, so that nobody compares what cannot be."""
    own = sorted({group.dims[0] for group in study.methods.values()}, reverse=True)
    network = "its features have the paper's 4,096 dimensions"
    if own and own != [4096]:
        network = f"a smaller network ({' or '.join(f'{dim:,}' for dim in own)} features, not 4,096)"
    dataset = study.settings.get("dataset", "fird")
    made = "drawn" if dataset.startswith("fird/rendered") else "others"
    weights = "of a network that classifies `fird/pretrain`, not of ImageNet"
    if study.settings.get("weights"):
        weights = f"of a file (SHA-256 {study.settings['weights'][:12]}...)"
    return (
        f"Not the paper's data: its photographs were never published, these are {made} (`{dataset}`); "
        f"{network}; initial weights {weights}. So levels say nothing beside the paper's, "
        "only the order of the methods and the gaps between them do."
    )


def verdict_counts(claims):
    """A sentence: how many claims have which verdict."""
    of_paper = [claim for claim in claims if "*" not in claim.number]
    kinds = [claim.verdict for claim in of_paper]
    counts = [f"{kinds.count(verdict)} {_SAID[verdict]}" for verdict in _SAID if kinds.count(verdict)]
    mixed = len(kinds) - sum(kinds.count(verdict) for verdict in _SAID)
    counts += [f"{mixed} in a part of {'its' if mixed == 1 else 'their'} numbers"] if mixed else []
    return (
        f"Of {len(of_paper)} claims: {', '.join(counts)}. A number holds where its whole 95 % interval is on "
        "the claim's side, does not hold where the whole of it is on the other side, and cannot be told "
        "where it is on both. Points are percentage points. * not in the paper."
    )


_SAID = {
    verdicts.HOLDS: "hold",
    verdicts.FAILS: "do not hold",
    verdicts.OPEN: "cannot be told",
    verdicts.UNMEASURED: "not measured",
}


def _answer(measured):
    """The two best methods and the reference rows."""
    study = measured.study
    found = [(measured.of(group, RECALL), group) for group in study.methods.values()]
    found = sorted(((draws, group) for draws, group in found if draws), key=lambda pair: -pair[0].mean)
    if not found:
        return f"{RECALL} was not measured."
    (best, first), *others = found
    text = f"Highest {RECALL} at the full dimension: {label_of(first.method)}, {percent(best)} %"
    if others:
        second, group = others[0]
        text += f", {points(best - second)} points above {label_of(group.method)}"
    for reference in study.references.values():
        draws = measured.of(reference, RECALL)
        if draws:
            text += f"; without any network, {label_of(reference.method)}: {percent(draws)} %"
    return f"{text}."


def _what(study):
    trained = [group for group in study.methods.values() if group.trained]
    counts = sorted({len(group.seeds) for group in trained})
    seeds = "none trained"
    if counts:
        seeds = f"{' or '.join(map(str, counts))} seed{'' if counts == [1] else 's'} each"
    distractors = max(one.about.get("distractors") or 0 for g in study.groups for one in g.evaluations)
    return (
        f"{len(study.methods)} methods on the same network from the same initial weights, {seeds}; "
        f"{len(study.fabrics):,} queries of {len(set(study.fabrics.tolist())):,} fabrics that no network has "
        f"seen in training; {distractors:,} distractors (the paper: 100,000). After section 5 of Deng et al., Learning "
        "Deep Similarity Models with Focus Ranking for Fabric Image Retrieval."
    )


def _axes(study):
    main = ""
    if study.main_ratio:
        main = f" In Figure 9, 1:{study.main_ratio} is the focus ranking of the other figures."
    return (
        "Methods and measures as in the paper. The feature dimension falls from left to right, as section "
        "5.3 reduces it by PCA, from the network's own; its values and those of K are evenly spaced. Bars "
        "are 95 % intervals over seeds and fabrics; all methods meet the same fabrics, so a gap can be "
        f"beyond doubt though bars overlap: the claims' intervals are of the gaps. * not in the paper.{main}"
    )


def chart_numbers(figure, curves, values):
    """A `Table` of a chart: a line a curve, a column a value on the axis."""
    rows = []
    for curve in curves:
        found = {row[figure.against]: row for row in curve.rows}
        rows.append([curve.look.label, *(_shown(found.get(value)) for value in values)])
    return Table(["K" if figure.against == "k" else "dimension", *(f"{value:,}" for value in values)], rows)


def _shown(row):
    if row is None:
        return "-"
    mean = f"{100 * row['mean']:.1f}"
    if row["low"] is None or row["low"] == row["high"]:
        return mean
    return f"{mean} ({100 * row['low']:.1f}-{100 * row['high']:.1f})"
