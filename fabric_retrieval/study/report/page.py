"""The report's text: claims first, then the paper's figures, tables, and how it was measured."""

from fabric_retrieval.study.report import claims_dimension, claims_ratio, tables, verdicts
from fabric_retrieval.study.report.document import Code, Heading, Items, Paragraph, Table
from fabric_retrieval.study.report.intervals import RESAMPLES
from fabric_retrieval.study.report.missing import missing

TITLE = "Six ways to train a fabric retrieval network, compared"


def blocks(measured, claims, pictures):
    """The report as a list of `document` blocks.

    Args:
        measured: `Measured`. claims: list of `Claim`.
        pictures: dict of figure number ("3a", ..., "6", ...) → `Picture`.
    """
    study = measured.study
    lacking = missing(measured)
    parts = [Paragraph(_what(study)), Paragraph(difference(study), "note")]
    if lacking:
        parts += [Paragraph(f"Missing from this study: {' '.join(lacking)}", "missing")]
    parts += [
        Heading("Claims of the paper", anchor="claims"),
        Paragraph(verdict_counts(claims)),
        tables.short_claims(claims),
        Heading("Beside the paper", anchor="paper"),
        Paragraph(
            "recall@16 at the full dimension, %. The paper's text (section 5.3) gives four numbers; Alex and "
            "Softmax are only drawn in its figures. Only order and gaps can be compared, see above."
        ),
        tables.beside_the_paper(measured),
    ]
    parts += [Heading("Figures", anchor="figures"), Paragraph(_axes(study))]
    parts += [pictures[number] for number in sorted(pictures)]
    parts += [
        Heading("All methods", anchor="methods"),
        Paragraph(
            "In %, with 95 % intervals; the first line of a method is its features' own dimension, the others "
            "by PCA fitted on training features. recall@K: share of a query's relevant images among the first "
            "K; hit rate@1: share of queries whose nearest image is of the same fabric. * not in the paper."
        ),
        tables.methods(measured),
        Heading("Every number of the claims", anchor="parts"),
        Paragraph("All of them in [claims.csv].".replace("[", "`").replace("]", "`")),
    ]
    for claim in claims:
        parts += [
            Heading(f"{claim.number}. {claim.text}", 3),
            Paragraph(f"Paper: {claim.source}. Here: {claim.verdict}."),
            tables.claim_parts(claim),
        ]
    return parts + _how(measured)


def difference(study):
    """How the study differs from the paper's experiment, so that nobody compares what cannot be."""
    own = sorted({group.dims[0] for group in study.methods.values()}, reverse=True)
    network = "its features have the paper's 4,096 dimensions"
    if own and own != [4096]:
        network = f"a smaller network ({' or '.join(f'{dim:,}' for dim in own)} features, not 4,096)"
    dataset = study.settings.get("dataset", "fird")
    weights = study.settings.get("weights") or "those of a network that classifies `fird/pretrain`"
    return (
        f"Not the paper's data: its photographs were never published, these are drawn (`{dataset}`); {network}; "
        f"initial weights: {weights}, not of ImageNet. So levels say nothing beside the paper's, only the "
        "order of the methods and the gaps between them do."
    )


def verdict_counts(claims):
    """A sentence: how many claims have which verdict."""
    of_paper = [claim for claim in claims if "*" not in claim.number]
    kinds = [claim.verdict for claim in of_paper]
    counts = [f"{kinds.count(verdict)} {_SAID[verdict]}" for verdict in _SAID if kinds.count(verdict)]
    mixed = len(kinds) - sum(kinds.count(verdict) for verdict in _SAID)
    counts += [f"{mixed} in some parts only"] if mixed else []
    return (
        f"Of {len(of_paper)} claims: {', '.join(counts)}. A claim holds where the whole 95 % interval is on its "
        "side, does not hold where the whole interval is on the other, and cannot be told where it is on both. "
        "Points are percentage points. * not in the paper."
    )


_SAID = {
    verdicts.HOLDS: "hold",
    verdicts.FAILS: "do not hold",
    verdicts.OPEN: "cannot be told",
    verdicts.UNMEASURED: "not measured",
}


def _what(study):
    seeds = sorted({len(group.seeds) for group in study.methods.values() if group.trained})
    trained = (
        f"{' or '.join(map(str, seeds))} seed{'s' if seeds != [1] else ''} each" if seeds else "none trained"
    )
    distractors = {one.about.get("distractors") or 0 for g in study.groups for one in g.evaluations}
    return (
        f"{len(study.methods)} methods on the same network from the same initial weights, {trained}; "
        f"{len(study.fabrics):,} queries of {len(set(study.fabrics.tolist())):,} fabrics that no network has "
        f"seen in training; up to {max(distractors):,} distractors. After section 5 of Deng et al., Learning "
        "Deep Similarity Models with Focus Ranking for Fabric Image Retrieval."
    )


def _axes(study):
    return (
        "Order of methods and measures as in the paper. The feature dimension falls from left to right, as "
        "section 5.3 reduces it, from the network's own by PCA, evenly spaced; K rises over 1, 2, 4, ..., 32. "
        f"Bars are 95 % intervals. Curves with * are not in the paper. In Figure 9, 1:{study.main_ratio} is "
        "the focus ranking of the other figures."
    )


def _how(measured):
    study = measured.study
    parts = [
        Heading("How it was measured", anchor="how"),
        Items(
            [
                f"Intervals: {RESAMPLES:,} resamples draw seeds and fabrics (with all their queries) with "
                "replacement, jointly; percentiles 2.5 and 97.5. The fabrics of a resample are the same for all "
                "methods, so differences are paired over fabrics; seeds are drawn for each method by itself. "
                "Deviations of S seeds are widened by √(S/(S-1)). Where seeds vary much more than fabrics, "
                "three seeds cover about 90 %, not 95 %. All methods share one pretraining, whose chance no "
                "interval holds.",
                "F1 and NMI are of one clustering of all test images and have no value of a query: Student's t "
                "interval over seeds (difference of two methods: Behrens-Fisher); none for one seed. Alex and "
                "reference rows do not depend on a seed and count as exact there.",
                f'"Lose little": less than {claims_dimension.LITTLE:.0%} of recall@16 (the paper\'s embeddings '
                'from pair to triplet, 83.9 to 88.5, are 5 % apart); "much": more than '
                f'{claims_dimension.MUCH:.0%} (twice the 11 % from pair to focus ranking). "Flattens": a gain '
                f"within ±{100 * claims_ratio.NEGLIGIBLE:.0f} point (the least difference the paper reports as "
                "one is 1.7).",
                "The best other method is chosen by its mean; a claim over all others asks for an interval "
                "above 0 over each of them. Several claims are tested at 95 % each, without correction.",
            ]
        ),
    ]
    if study.search:
        parts += [
            Heading("Search over learning rates", 3),
            Paragraph(
                "The same for every method, chosen on held-out training fabrics, never on the test set."
            ),
            tables.search(study),
        ]
    if study.timing:
        parts += [Heading("Time", 3), tables.timing(study)]
    if study.settings:
        parts += [Heading("Settings", 3), tables.settings(study)]
    command = study.settings.get("command")
    command = command or "python -m fabric_retrieval.study --flagfile=configs/study.flags --study_dir=DIR"
    parts += [
        Heading("How to reproduce", anchor="reproduce"),
        Paragraph("The whole study; it goes on where it was interrupted. Then this page from its folder:"),
        Code(f"{command}\npython -m fabric_retrieval.study.report --study_dir=DIR --out=docs/report"),
    ]
    return parts


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
