"""Writes a study's report: one folder with the page, its pictures and its CSVs."""

import csv
import io
from dataclasses import replace
from pathlib import Path

from PIL import Image

from fabric_retrieval.atomic import replacing
from fabric_retrieval.study.notes import read_notes
from fabric_retrieval.study.report import charts, figures, html, markdown, page, tables
from fabric_retrieval.study.report import claims as claims_of
from fabric_retrieval.study.report.all_claims import all_claims
from fabric_retrieval.study.report.document import Picture
from fabric_retrieval.study.report.figures import FIGURES, curves, positions
from fabric_retrieval.study.report.folder import read_study
from fabric_retrieval.study.report.measured import COLUMNS, Measured

RETRIEVALS = {
    "6": "Figure 6: queries drawn at random, with the images nearest to them; the same fabric framed in red",
    "7": "Figure 7: failures, whose nearest image is of another fabric",
}
PICTURE_WIDTH = 1100  # pixels


def write_report(study_dir, out=None, paper_size_dir=None, notes=None):
    """Writes `index.html`, `report.md`, and for each figure PNG, SVG and CSV; `methods.csv`, `claims.csv`.

    And `claims.md`, the short table of the claims, for a README.

    Only the study's own files are read. A study that is not finished has a report that says what is missing.

    Args:
        study_dir: folder of `python -m fabric_retrieval.study`. out: folder to write to; None: its `report/`.
        paper_size_dir: folder of a second study, at the paper's size, whose table comes first; or None.
        notes: text file on how the study's flags were found; None: what study.json has of `--notes`.

    Returns:
        Path of index.html.

    Raises:
        UserError: as of `read_study` and `read_notes`.
    """
    study = read_study(study_dir)
    if notes is not None:
        study = replace(study, settings=study.settings | {"notes": read_notes(notes)})
    out = Path(out) if out else Path(study_dir) / "report"
    out.mkdir(parents=True, exist_ok=True)
    measured = Measured(study)
    claims = all_claims(measured)
    pictures = {figure.number: _chart(figure, measured, out) for figure in FIGURES}
    pictures |= {number: _retrievals(number, study, out) for number in study.pictures}
    if study.timing:
        _write(out / "timing.csv", (study.folder / "timing.csv").read_bytes())
    _write_csv(out / "methods.csv", [*COLUMNS, "learning_rate"], tables.methods_rows(measured))
    _write_csv(out / "claims.csv", claims_of.COLUMNS, claims_of.rows(claims))
    _write(out / "claims.md", _short_claims(claims, study).encode())
    paper_size = None
    if paper_size_dir:
        full = Measured(read_study(paper_size_dir))
        paper_size = full, all_claims(full)
        columns = [*COLUMNS, "learning_rate"]
        _write_csv(out / "paper_size_methods.csv", columns, tables.methods_rows(full))
    blocks = page.blocks(measured, claims, pictures, paper_size)
    _write(out / "report.md", markdown.page(page.TITLE, blocks).encode())
    _write(out / "index.html", html.page(page.TITLE, blocks).encode())
    return out / "index.html"


def _short_claims(claims, study):
    """A line a claim as Markdown, with the initial weights and the data below."""
    return f"{markdown.table(tables.short_claims(claims, study))}\n\n\\* not in the paper\n"


def _chart(figure, measured, out):
    drawn, values = curves(figure, measured), positions(figure, measured.study)
    _write_csv(out / f"{figure.name}.csv", COLUMNS, [row for curve in drawn for row in curve.rows])
    canvas = charts.draw(figure, drawn, values)
    vector = charts.as_svg(canvas)
    _write(out / f"{figure.name}.png", charts.as_png(canvas))
    _write(out / f"{figure.name}.svg", vector)
    ends = [
        f"{c.look.label} {100 * c.rows[0]['mean']:.1f} to {100 * c.rows[-1]['mean']:.1f} %" for c in drawn
    ]
    alt = f"{figure.title(drawn)}. Left to right: {'; '.join(ends) or 'not measured'}."
    numbers = page.chart_numbers(figure, drawn, values, measured.study)
    caption = figures.caption(figure, drawn, measured.study)
    return Picture(caption, f"{figure.name}.png", f"{figure.name}.csv", alt, vector, "image/svg+xml", numbers)


def _retrievals(number, study, out):
    """The study's picture as a JPEG of moderate width, and its CSV."""
    picture = Image.open(study.pictures[number]).convert("RGB")
    picture.thumbnail((PICTURE_WIDTH, 10 * PICTURE_WIDTH))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80, optimize=True)
    _write(out / f"figure_{number}.jpg", file.getvalue())
    table = ""
    if study.retrievals:
        table = "retrievals.csv"
        _write(out / table, study.retrievals.read_bytes())
    title = RETRIEVALS[number]
    if study.settings.get("shown"):
        title += f"; the run `{study.settings['shown']}`"
    return Picture(title, f"figure_{number}.jpg", table, title, file.getvalue(), "image/jpeg")


def _write_csv(path, columns, rows):
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    _write(path, file.getvalue().encode())


def _write(path, content):
    with replacing(path) as temporary:
        temporary.write_bytes(content)
