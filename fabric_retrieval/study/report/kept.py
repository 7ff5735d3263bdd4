"""A report's figures and claims, read back from its folder: they can be drawn again without the study."""

import csv
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from fabric_retrieval.errors import UserError
from fabric_retrieval.study.report.claims import Part, shown
from fabric_retrieval.study.report.document import Table
from fabric_retrieval.study.report.figures import FIGURES, KS, Curve
from fabric_retrieval.study.report.folder import main_ratio
from fabric_retrieval.study.report.names import look_of, look_of_ratio
from fabric_retrieval.study.report.tables import INTERVAL

NUMBERS = dict.fromkeys(("ratio", "dim", "k", "distractors", "seeds"), int)
NUMBERS |= dict.fromkeys(("mean", "low", "high"), float)


class _Kept(NamedTuple):
    """What a CSV keeps of `Draws`."""

    mean: float
    interval: tuple | None


def read_figure(number, folder):
    """What `charts.draw` takes to draw a figure as it is in the report.

    Args:
        number: "3a", "3b", "4", "5a", "5b", "8a", "8b", "9a" or "9b". folder: of the report.

    Returns:
        (`Figure`, list of `Curve`s in the report's order, values on the horizontal axis).

    Raises:
        UserError: no such figure, or its CSV is not there.
    """
    found = {figure.number: figure for figure in FIGURES}
    if number not in found:
        raise UserError(f"Figure {number!r}: no such chart; there are {', '.join(found)}.")
    figure = found[number]
    rows = [_parsed(row) for row in _rows(folder, f"{figure.name}.csv")]
    if figure.curves == "ratios":
        main = main_ratio({row["ratio"] for row in rows})
        looks = [(look_of_ratio(row["ratio"], main), row) for row in rows]
    else:
        looks = [(look_of(row["method"]), row) for row in rows]
    groups = groupby(looks, key=lambda pair: pair[0])
    curves = [Curve(look, [row for _, row in members]) for look, members in groups]
    dims = sorted({row["dim"] for row in rows}, reverse=True)
    return figure, curves, list(KS) if figure.against == "k" else dims


def read_claims(folder):
    """claims.csv as a `Table`: every number that the paper's claims were put to, in hundredths.

    Raises:
        UserError: claims.csv is not there.
    """
    lines = [
        [
            row["claim"],
            row["part"].partition(": ")[2],
            row["dim"] + (", distractors" if row["gallery"] == "distractors" else ""),
            _shown(row),
            row["condition"],
            row["verdict"],
        ]
        for row in _rows(folder, "claims.csv")
    ]
    return Table(["claim", "number", "dimension", f"value ({INTERVAL})", "holds if", "verdict"], lines, 6)


def read_section(heading, folder):
    """The Markdown text below a heading of the report's second level, as far as the next one.

    Raises:
        UserError: report.md is not there, or has no such heading.
    """
    sections = f"\n{_text(folder, 'report.md')}".split("\n## ")[1:]
    texts = {title: text.strip() for title, _, text in (section.partition("\n") for section in sections)}
    if heading not in texts:
        raise UserError(f"{Path(folder) / 'report.md'} has no section {heading!r}, only {', '.join(texts)}.")
    return texts[heading]


def _shown(row):
    value = None
    if row["value"]:
        ends = (float(row["low"]), float(row["high"])) if row["low"] else None
        value = _Kept(float(row["value"]), ends)
    return shown(Part("", row["measure"], row["dim"], row["gallery"], value, "", "", row["unit"]))


def _parsed(row):
    """Numbers from a CSV's texts; None for what is empty."""
    parsed = {name: kind(row[name]) if row[name] else None for name, kind in NUMBERS.items()}
    return row | parsed


def _rows(folder, name):
    return list(csv.DictReader(_text(folder, name).splitlines()))


def _text(folder, name):
    path = Path(folder) / name
    if not path.is_file():
        raise UserError(
            f"{path}: there is no such file. The report is written by "
            "python -m fabric_retrieval.study.report --study_dir=DIR --out=FOLDER."
        )
    return path.read_text(encoding="utf-8")
