"""The difficulty of a collection as tables and as verdicts on its targets."""

TARGET = (0.25, 0.60)  # of the RGB histogram's recall@16
MOST_HAND_MADE = 0.75
LEAST_FAMILY = 0.5
MEASURES = ("recall@1", "recall@16", "map")


def overall_table(rows):
    """A line a descriptor: its measures over all queries with their 95 % intervals."""
    lines = [["", "queries", *MEASURES]]
    for row in rows:
        if row["factor"] == "all":
            lines.append(
                [row["row"], str(row["queries"]), *(_with_interval(row, measure) for measure in MEASURES)]
            )
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
    """A line a descriptor: whose its first neighbours are."""
    lines = [["", "first neighbour wrong", "of these: of the query's family", "of these: query in a family"]]
    for name, of_one in errors.items():
        shares = [of_one[share] for share in ("errors", "wrong_of_same_family", "wrong_query_in_family")]
        lines.append([name, *("-" if share is None else f"{share:.3f}" for share in shares)])
    return aligned(lines)


def aligned(lines):
    """Lines of cells to text; the first column to the left, the others to the right."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
