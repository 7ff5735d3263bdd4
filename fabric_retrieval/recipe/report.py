"""Writes what a search has found so far: `recipe.md`, `recipe.csv` and `recipe.json` in its folder."""

import csv
import io
import json
import shlex
from pathlib import Path

from fabric_retrieval.atomic import replacing
from fabric_retrieval.recipe.outcomes import MEASURES
from fabric_retrieval.recipe.plan import flags_of
from fabric_retrieval.recipe.table import make_rows
from fabric_retrieval.recipe.variants import BASE
from fabric_retrieval.study.report import markdown
from fabric_retrieval.study.report.document import Code, Heading, Items, Paragraph, Table
from fabric_retrieval.study.settings import machine, versions
from fabric_retrieval.study.timing import duration

HEAD = [
    "",
    "flags",
    "mAP",
    "to the base",
    "95 %",
    "",
    "recall@16",
    "to the base",
    "hit@1",
    "images",
    "time",
    "seeds",
]
HOW = (
    "These fabrics are held out of the training; no test fabric is seen. Each line is the base with its "
    "flags changed. Measures are percentages, means over seeds, each of the best of a run's evaluations. "
    "Runs of one seed hold out the same fabrics, so differences to the base are taken seed by seed; their "
    "95 % intervals are over seeds, which draw weights, batches and held-out fabrics (Student's t: wide "
    "with few seeds). Of twenty intervals about one misses 0 by chance, so among so many a narrow "
    "`better` or `worse` is a hint, no more. Images: thousands that a run asks for. Time: the median over "
    "seeds; a frozen backbone's features, which the first seed computes for all, are not in it if there "
    "are three."
)


def write_report(settings, runs, outcomes):
    """Arguments: the command's flags; list of `Run`; dict of run's name to outcome, of the finished ones."""
    rows = make_rows(runs, outcomes)
    folder = Path(settings.recipe_dir)
    folder.mkdir(parents=True, exist_ok=True)
    base = runs[0].config
    content = {
        "format": 1,
        "machine": machine(),
        "versions": versions(),
        "base": {name: value for name, value in flags_of(base).items() if name != "seed"},
        "rows": [_as_dict(row) for row in rows],
    }
    _write(folder / "recipe.json", json.dumps(content, indent=1))
    _write(folder / "recipe.csv", _as_csv(rows))
    _write(folder / "recipe.md", markdown.page("Which flags matter", _blocks(settings, runs, rows, outcomes)))


def _blocks(settings, runs, rows, outcomes):
    base = [row for row in rows if row.variant.name == BASE]
    blocks = [
        Paragraph(
            f"Measured on {settings.holdout:.0%} of the training fabrics of `{settings.dataset}`; "
            f"seeds: {_listed(settings.seeds)}. {HOW}"
        ),
        Code(f"{shlex.join(['--flagfile=' + settings.base, *shlex.split(settings.train)])}"),
    ]
    for factor in dict.fromkeys(run.variant.factor for run in runs if run.variant.factor):
        of_factor = [row for row in rows if row.variant.factor == factor]
        blocks.append(Heading(factor.replace("_", " ")))
        if of_factor:
            ranked = sorted(base + of_factor, key=lambda row: -(row.mean("map") or 0))
            blocks.append(Table(HEAD, [_cells(row) for row in ranked], words=2))
    stopped = [
        f"{row.variant.name}, seed {seed}: {error}" for row in rows for seed, error in row.errors.items()
    ]
    if stopped:
        blocks += [Heading("Came to nothing"), Items(stopped)]
    missing = [run.name for run in runs if run.name not in outcomes]
    if missing:
        blocks.append(Paragraph(f"Not run yet: {', '.join(missing)}.", "missing"))
    return blocks


def _cells(row):
    ap, recall = (row.gaps.get(measure) for measure in ("map", "recall@16"))
    return [
        row.variant.name,
        f"`{shlex.join(row.variant.flags)}`" if row.variant.flags else "",
        _percent(row.mean("map")),
        _percent(ap and ap.mean, sign="+"),
        f"{_percent(ap.interval[0], '+')} to {_percent(ap.interval[1], '+')}" if ap and ap.interval else "",
        ap.verdict if ap else "",
        _percent(row.mean("recall@16")),
        _percent(recall and recall.mean, sign="+"),
        _percent(row.mean("hit_rate@1")),
        f"{row.images / 1000:.0f}",
        duration(row.seconds),
        str(len(row.measured["map"])),
    ]


def _percent(share, sign=""):
    return "" if share is None else f"{100 * share:{sign}.1f}"


def _as_dict(row):
    return {
        "factor": row.variant.factor,
        "name": row.variant.name,
        "flags": list(row.variant.flags),
        "measured": row.measured,
        "means": {measure: row.mean(measure) for measure in MEASURES},
        "gaps": {
            measure: {"mean": gap.mean, "interval": gap.interval, "verdict": gap.verdict}
            for measure, gap in row.gaps.items()
        },
        "errors": row.errors,
        "seconds": row.seconds,
        "images": row.images,
    }


def _as_csv(rows):
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    parts = ("", "_gap", "_gap_low", "_gap_high")
    measures = [f"{measure}{part}" for measure in MEASURES for part in parts]
    writer.writerow(["factor", "name", "flags", "seeds", *measures, "seconds", "images"])
    for row in rows:
        numbers = []
        for measure in MEASURES:
            gap = row.gaps.get(measure)
            low, high = gap.interval if gap and gap.interval else (None, None)
            numbers += [row.mean(measure), gap.mean if gap else None, low, high]
        cells = ["" if number is None else f"{number:.6f}" for number in numbers]
        seeds = len(row.measured["map"])
        variant = row.variant
        writer.writerow(
            [
                variant.factor,
                variant.name,
                shlex.join(variant.flags),
                seeds,
                *cells,
                f"{row.seconds:.1f}",
                row.images,
            ]
        )
    return file.getvalue()


def _listed(numbers):
    return ", ".join(map(str, numbers))


def _write(path, text):
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
