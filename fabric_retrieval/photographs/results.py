"""What was measured, as JSON and as CSV."""

import csv

import numpy as np

from fabric_retrieval.atomic import replacing
from fabric_retrieval.photographs.measured import MEASURES, differences, means

CURVE = ("set", "begin", "fabrics", "photos", "seeds", "map_least_of_seeds", "map_most_of_seeds", "seconds")


def of_set(of, rows, points, heads, bootstrap):
    """The JSON of one set.

    Args:
        of: `PhotoSet`. rows: `Rows`. points: list of `Point`. heads: `Heads`. bootstrap: resamples.
    """
    zero_shot = rows.half["zero_shot"]
    return {
        "name": of.name,
        "collection": of.builder.info.full_name,
        "grey": of.grey,
        "groups": bool((heads.images.groups != "").any()),
        "train": {"fabrics": len(np.unique(heads.images.fabrics)), "images": len(heads.images.fabrics)},
        "all_fabrics": [_row(name, found, None, bootstrap) for name, found in rows.whole.items()],
        "test_half": [_row(name, found, zero_shot, bootstrap) for name, found in rows.half.items()],
        "curve": [_point(point, zero_shot, bootstrap) for point in points],
    }


def write_rows(sets, path):
    """Writes a line for each set, scope, row and measure."""
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        head = [
            "set",
            "scope",
            "row",
            "dim",
            "queries",
            "seconds",
            "measure",
            "value",
            "ci95_low",
            "ci95_high",
        ]
        writer.writerow([*head, "minus_zero_shot", "minus_ci95_low", "minus_ci95_high"])
        for one in sets:
            for scope in ("all_fabrics", "test_half"):
                for row in one[scope]:
                    place = [row[key] for key in ("row", "dim", "queries", "seconds")]
                    for measure in MEASURES:
                        line = [one["name"], scope, *place, *_value(row, measure)]
                        writer.writerow([*line, *_value(row.get("minus_zero_shot"), measure)[1:]])


def write_curve(sets, path):
    """Writes a line for each set and cell of its learning curve."""
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            [*CURVE, *(f"{name}{end}" for name in MEASURES for end in ("", "_ci95_low", "_ci95_high"))]
        )
        for one in sets:
            for point in one["curve"]:
                place = [one["name"], *(point[name] for name in CURVE[1:])]
                writer.writerow([*place, *(v for name in MEASURES for v in _value(point, name)[1:])])


def _row(name, found, zero_shot, bootstrap):
    row = {"row": name, "dim": found.dim, "queries": len(found.fabrics), "seconds": found.seconds}
    row |= {"fabrics": len(np.unique(found.fabrics)), **means(found, bootstrap)}
    if zero_shot is not None and name != "zero_shot":
        row["minus_zero_shot"] = differences(found, zero_shot, bootstrap)
    return row


def _point(point, zero_shot, bootstrap):
    return {
        "begin": point.begin,
        "fabrics": point.fabrics,
        "photos": point.photos,
        "seeds": len(point.seeds),
        "map_least_of_seeds": float(point.seeds.min()),
        "map_most_of_seeds": float(point.seeds.max()),
        "seconds": point.measured.seconds,
        **means(point.measured, bootstrap),
        "minus_zero_shot": differences(point.measured, zero_shot, bootstrap),
    }


def _value(row, measure):
    """[measure, value, low, high]; "" for what is not there."""
    if row is None:
        return [measure, "", "", ""]
    return [measure, row[measure], *(row[f"{measure}_ci95"] or ("", ""))]
