"""The difficulty of a collection as tables, as a CSV and as verdicts on what it is meant to be."""

import csv

from fabric_retrieval.atomic import replacing
from fabric_retrieval.evaluation.by_factor import MEASURES
from fabric_retrieval.evaluation.report import aligned
from fabric_retrieval.reference_rows import HAND_MADE

HISTOGRAM = "rgb_histogram"
HISTOGRAM_RANGE = 0.25, 0.60  # of its recall@16
MOST_HAND_MADE = 0.75  # of any one's recall@16
LEAST_FAMILY = 0.5  # of the histogram's top-1 errors


def summary(results):
    """What is printed: the collection, the three tables, the notes and the verdicts."""
    data = results["data"]
    head = (
        f"{data['name']}: {data['images']['query']} queries of {data['fabrics']['query']} fabrics; "
        f"{data['images']['gallery']} gallery images of {data['fabrics']['gallery']} fabrics"
    )
    factors = [f"{name}: {text}" for name, text in results["definitions"].items()]
    parts = [
        head,
        overall_table(results["rows"]) + "\n95 % intervals by bootstrap over fabrics",
        "recall@1/recall@16/mAP in hundredths, by factor (thirds of the queries):\n"
        + factor_table(results["rows"]),
        "\n".join(factors),
        "First neighbours of another fabric (top-1 errors), and what shares of these errors are:\n"
        + errors_table(results["top_1_errors"]),
        *results["notes"],
        "\n".join(results["verdicts"]),
    ]
    return "\n\n".join(part for part in parts if part)


def overall_table(rows):
    """A line a descriptor: its measures over all queries, with their intervals."""
    lines = [["", "queries", *MEASURES]]
    for row in rows:
        if row["factor"] == "all":
            shown = (_with_interval(row, measure) for measure in MEASURES)
            lines.append([row["row"], str(row["queries"]), *shown])
    return aligned(lines)


def _with_interval(row, measure):
    interval = row[f"{measure}_ci95"]
    return f"{row[measure]:.3f}" + (f" ({interval[0]:.3f}-{interval[1]:.3f})" if interval else "")


def factor_table(rows):
    """A line a bin, a column a descriptor: recall@1/recall@16/mAP in hundredths."""
    names = list(dict.fromkeys(row["row"] for row in rows))
    places = list(dict.fromkeys((row["factor"], row["bin"], row["queries"]) for row in rows))
    cells = {(row["row"], row["factor"], row["bin"]): row for row in rows}
    lines, previous = [["", "", "queries", *names]], None
    for factor, label, queries in places:
        found = [cells[name, factor, label] for name in names]
        shown = ["/".join(f"{100 * row[measure]:.0f}" for measure in MEASURES) for row in found]
        lines.append([factor if factor != previous else "", label, str(queries), *shown])
        previous = factor
    return aligned(lines)


def errors_table(errors):
    """A line a descriptor: how many of its first neighbours are wrong, and whose these and their queries are.

    The last line says what the shares would be if errors fell on queries at random.
    """
    shares = ("errors", "neighbour_of_query's_family", "query_in_a_family", "query_with_relatives")
    lines = [["", "errors", "neighbour of query's family", "query in a family", "with gallery relatives"]]
    lines += [[name, *(_shown(of_one[share]) for share in shares)] for name, of_one in errors.items()]
    any_one = next(iter(errors.values()))
    at_random = (any_one["all_queries_in_a_family"], any_one["all_queries_with_relatives"])
    lines.append(["(all queries)", "", "", *map(_shown, at_random)])
    return aligned(lines)


def _shown(share):
    return "-" if share is None else f"{share:.3f}"


def verdicts(rows, errors):
    """A line for each thing that a drawn collection is meant to be, of the descriptors that were measured."""
    overall = {row["row"]: row["recall@16"] for row in rows if row["factor"] == "all"}
    lines = []
    if HISTOGRAM in overall:
        low, high = HISTOGRAM_RANGE
        lines.append(_verdict("recall@16 of the RGB histogram", overall[HISTOGRAM], low, high))
    if made := {name: overall[name] for name in HAND_MADE if name in overall}:
        best = max(made, key=made.get)
        lines.append(
            _verdict(f"largest recall@16 of a hand-made row ({best})", made[best], 0, MOST_HAND_MADE)
        )
    for share, text in (
        ("query_in_a_family", "whose query is in a family"),
        ("neighbour_of_query's_family", "whose neighbour is of the query's family"),
    ):
        of_histogram = errors.get(HISTOGRAM, {})
        found = of_histogram.get(share)
        if found is not None and of_histogram["all_queries_in_a_family"] > 0:
            lines.append(
                _verdict(f"top-1 errors of the RGB histogram {text}, their share", found, LEAST_FAMILY, 1)
            )
    return lines


def _verdict(what, value, low, high):
    met = "met" if low <= value <= high else "NOT MET"
    return f"{met}: {what} is {value:.3f}; meant to be {low:g} to {high:g}"


def write_csv(rows, path):
    """Writes one line for each descriptor, bin and measure, with its interval where it has one."""
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["row", "factor", "bin", "queries", "measure", "value", "ci95_low", "ci95_high"])
        for row in rows:
            for measure in MEASURES:
                interval = row[f"{measure}_ci95"] or ("", "")
                place = (row["row"], row["factor"], row["bin"], row["queries"])
                writer.writerow([*place, measure, row[measure], *interval])
