"""What was measured, as pages."""

from fabric_retrieval.photographs.answers import answers
from fabric_retrieval.photographs.measured import MEASURES
from fabric_retrieval.study.report.document import Code, Heading, Items, Paragraph, Picture, Table
from fabric_retrieval.study.report.markdown import page

LABELS = {
    "zero_shot": "the run as it is",
    "head": "head trained on, from the run's",
    "head_anew": "head trained anew",
    "end_to_end": "end to end, from the run",
    "features_alone": "its features before any training",
    "rgb_histogram": "RGB histogram",
    "grey_histogram": "grey histogram",
    "lbp": "LBP",
}
SHOWN = ("hit@1", "mAP", "recall@16")


def report(results):
    """The Markdown text of a page on the content of results.json."""
    blocks = [
        Code(results["command"]),
        Paragraph(
            f"The run: {_run(results)} hit@1: is "
            "the first answer the right fabric? mAP, recall@16: do all photographs of the fabric come first? "
            "In brackets 95 % intervals by bootstrap over fabrics. Each row of heads is the mean of "
            f"{results['settings']['seeds']} seeds."
        ),
    ]
    for one in results["sets"]:
        blocks += [Heading(one["name"]), Paragraph(_facts(one))]
        if one["train"]["fabrics"]:
            blocks += [Heading("All fabrics, none of them trained on", 3), _table(one["all_fabrics"])]
        blocks += [Heading("The test half", 3), _table(one["test_half"])]
        if one["curve"]:
            blocks += [Heading("How many fabrics, how many photographs", 3), _picture(one), _curve(one)]
    return page("Photographs", blocks)


def how_many(results):
    """The Markdown text of a page in plain words, "How many photographs do I need?", on the same content.

    Sets without a learning curve are not on it.
    """
    machine = results["machine"]
    blocks = [
        Paragraph(
            "A network that was trained on drawn fabrics can be used as it is. It can also be trained on "
            "with photographs of your own: its last layer only, which takes minutes. Below is what that "
            "gave, always asked about other fabrics than those it was trained on. mAP is 1 where all "
            "photographs of the right fabric come before all others."
        )
    ]
    for one in results["sets"]:
        if one["curve"]:
            blocks += [
                Heading(one["name"]),
                Paragraph(_facts(one)),
                Items(answers(one)),
                _picture(one),
                _curve(one),
            ]
    return page(
        "How many photographs do I need?",
        [
            *blocks,
            Heading("How this was measured"),
            Code(results["command"]),
            Paragraph(
                f"On {results['date']}, with {machine['cores']} cores ({machine['processor']}). The run: "
                f'{_run(results)} "Surely": the 95 % interval of the difference, by bootstrap over fabrics, '
                "lies on one side of 0. Each number of heads is the mean of "
                f"{results['settings']['seeds']} seeds, each with fabrics and photographs of its own."
            ),
        ],
    )


def _run(results):
    run = results["model"]
    if not run["step"]:
        return f"of no steps, {run['backbone']} as its weights came ({run['initial_weights']['form']})."
    return f"trained on {run['dataset']}, by {run['method']} on {run['backbone']}, step {run['step']}."


def _facts(one):
    seen = "in grey" if one["grey"] else "in colour"
    left_out = " Images of the query's own group are left out." if one["groups"] else ""
    queries = one["test_half"][0]
    return (
        f"Seen {seen}.{left_out} {one['train']['fabrics']} fabrics with {one['train']['images']} photographs "
        f"to train on; {queries['fabrics']} other fabrics with {queries['queries']} queries to test with."
    )


def _table(rows):
    compared = any("minus_zero_shot" in row for row in rows)
    head = ["", "dim", *SHOWN, *(["mAP minus the run's", "seconds of training"] if compared else [])]
    lines = []
    for row in rows:
        line = [LABELS.get(row["row"], row["row"]), str(row["dim"]), *(_cell(row, name) for name in MEASURES)]
        if compared:
            other = row.get("minus_zero_shot")
            line += [
                _cell(other, "map", "+.3f") if other else "",
                f"{row['seconds']:.0f}" if row["seconds"] else "",
            ]
        lines.append(line)
    return Table(head, lines)


def _curve(one):
    zero_shot = one["test_half"][0]
    head = ["head begun", "fabrics", "photographs each", *SHOWN, "mAP of the seeds", "mAP minus the run's"]
    lines = [["(nothing trained)", "0", "0", *(_cell(zero_shot, name) for name in MEASURES), "", ""]]
    for point in one["curve"]:
        seeds = f"{point['map_least_of_seeds']:.3f}-{point['map_most_of_seeds']:.3f}"
        line = [
            "with the run's" if point["begin"] == "run" else "anew",
            str(point["fabrics"]),
            str(point["photos"]),
        ]
        line += [*(_cell(point, name) for name in MEASURES), seeds]
        lines.append([*line, _cell(point["minus_zero_shot"], "map", "+.3f")])
    return Table(head, lines, file="curve.csv")


def _picture(one):
    title = "Bars: least and most of the seeds, each with fabrics and photographs of its own."
    return Picture(
        title, f"curve-{one['name']}.svg", "", f"learning curve of {one['name']}", b"", "image/svg+xml"
    )


def _cell(row, measure, form=".3f"):
    interval = row[f"{measure}_ci95"]
    return f"{row[measure]:{form}}" + (f" ({interval[0]:{form}} to {interval[1]:{form}})" if interval else "")
