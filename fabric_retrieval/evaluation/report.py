"""An evaluation's numbers as a printed table, as JSON and as CSV."""

import csv
import io
import json

from fabric_retrieval.atomic import replacing


def table(rows, ks):
    """A readable table, one line for each descriptor and dimension; intervals are 95 %."""
    shown = _shown_measures(ks)
    lines = [["", "dim", *shown, "map 95 % CI"]]
    previous = None
    for row in rows:
        name = "" if row["row"] == previous else row["row"]
        previous = row["row"]
        interval = row["map_ci95"]
        bounds = "-" if interval is None else f"{interval[0]:.3f}-{interval[1]:.3f}"
        lines.append([name, _dim(row), *(f"{row[measure]:.3f}" for measure in shown), bounds])
    return aligned(lines)


def ties_table(rows, ks):
    """The least and the most of recall and map under any order of equal distances; lines as in `table`."""
    shown = [*(f"recall@{k}" for k in ks), "map"]
    lines = [["", "dim", "queries with ties", *shown]]
    for row in rows:
        bounds = [f"{row[f'{measure}_least']:.3f}-{row[f'{measure}_most']:.3f}" for measure in shown]
        lines.append([row["row"], _dim(row), str(row["queries_with_ties"]), *bounds])
    return aligned(lines)


def _dim(row):
    return f"{row['dim']}{'' if row['pca'] else '*'}"


def aligned(lines):
    """Lines of cells as text: the first column to the left, the others to the right."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    lines = [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join(lines)


def summary(results):
    """What is printed: the collection, the table of its rows and the notes."""
    data, rows = results["data"], results["rows"]
    lone = rows[0]["queries_without_relevant"]
    left_out = f", {lone} more without an answer left out" if lone else ""
    head = (
        f"{data['name']}: {rows[0]['queries']} queries of {data['fabrics']['query']} fabrics{left_out}; "
        f"{data['images']['gallery']} gallery images of {data['fabrics']['gallery']} fabrics"
    )
    kept = "* all dimensions of the descriptor, no PCA"
    ks = results["settings"]["ks"]
    parts = [head, "", table(rows, ks), kept, *results["notes"]]
    if results["settings"]["ties"] == "report":
        parts += ["", "Least-most under any order of ties:", ties_table(rows, ks)]
    return "\n".join(parts)


def write_json(results, path):
    """Writes the results, all at once or not at all. NaN is an error."""
    _write(path, json.dumps(results, indent=2, allow_nan=False) + "\n")


def write_csv(rows, path):
    """Writes one line for each descriptor, dimension and measure, with its interval where it has one."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["row", "dim", "pca", "measure", "value", "ci95_low", "ci95_high"])
    for row in rows:
        for measure, value in row.items():
            if isinstance(value, (int, float)) and measure not in ("dim", "pca"):
                low, high = row.get(f"{measure}_ci95") or ("", "")
                writer.writerow([row["row"], row["dim"], row["pca"], measure, value, low, high])
    _write(path, file.getvalue())


def _shown_measures(ks):
    deep = 16 if 16 in ks else ks[-1]
    return list(dict.fromkeys([f"recall@{ks[0]}", f"recall@{deep}", f"hit_rate@{ks[0]}", "f1", "nmi", "map"]))


def _write(path, text):
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")
