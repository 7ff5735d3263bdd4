"""The notebooks run from top to bottom, and those that are kept with outputs show what a reader came for."""

import base64
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
FIRST, PAPER, SEARCH = "01_first_steps.ipynb", "02_paper_figures.ipynb", "03_search.ipynb"


def run(name, folder, **environment):
    """The notebook as `notebooks/execute.py` leaves it after a run in `folder`."""
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "notebooks/execute.py"),
            f"--folder={folder}",
            f"--out_dir={folder}",
            str(ROOT / "notebooks" / name),
        ],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return nbformat.read(folder / name, as_version=4)


def texts(notebook):
    """Cell id → what the cell printed."""
    return {
        cell.id: "".join(output.get("text", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


def pictures(notebook):
    """Cell id → the picture that the cell shows."""
    return {
        cell.id: Image.open(io.BytesIO(base64.b64decode(data)))
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        for kind, data in output.get("data", {}).items()
        if kind.startswith("image/")
    }


def measured(text):
    """Row → measure → value, of what the metrics cell prints."""
    return {
        line[:17].strip(): {
            name: float(value) for name, value in re.findall(r"(\S+@\d|map) (\d\.\d+)", line[17:])
        }
        for line in text.splitlines()
    }


@pytest.fixture(scope="module")
def first(tiny_collections, tmp_path_factory):
    folder = tmp_path_factory.mktemp("first")
    return run(FIRST, folder, FABRIC_DATA_DIR=str(tiny_collections), FABRIC_RUN_DIR="run"), folder


@pytest.fixture(scope="module")
def paper(synthetic_report, tmp_path_factory):
    kept = ROOT / "docs/report"
    report = kept if (kept / "claims.csv").exists() else synthetic_report
    return run(PAPER, tmp_path_factory.mktemp("paper"), FABRIC_REPORT=str(report)), report


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    pytest.importorskip("faiss")
    folder = tmp_path_factory.mktemp("search")
    return run(SEARCH, folder, FABRIC_SEARCH_DIR="here"), folder / "here"


def test_first_steps_trains_and_measures(first):
    notebook, folder = first
    found = measured(texts(notebook)["metrics"])
    assert list(found) == ["trained", "untrained", "colour histogram"]
    for measures in found.values():
        assert list(measures) == ["hit_rate@1", "recall@4", "map"]
        assert all(0 <= value <= 1 for value in measures.values())
    assert found["trained"] != found["untrained"]
    assert (folder / "run/saved_model/saved_model.pb").exists()


def test_first_steps_shows_pictures(first):
    shown = pictures(first[0])
    assert list(shown) == [
        *("sheet", "sweep", "photograph", "test-fabrics", "units-picture", "embed", "nearest", "answers")
    ]
    for name, picture in shown.items():
        assert min(picture.size) >= 100, name
        spread = [high - low for low, high in picture.convert("RGB").getextrema()]
        assert min(spread) > 50, f"{name} is blank"


def test_the_split_sizes_are_the_collections(first):
    printed = texts(first[0])["load"]
    assert [int(number) for number in re.findall(r": (\d+) photographs\n", printed)] == [31, 13, 20]


def test_paper_figures_draws_each_of_them(paper):
    shown = pictures(paper[0])
    assert list(shown) == [
        f"figure-{number}" for number in ("3a", "3b", "4", "5a", "5b", "6", "7", "8a", "8b", "9a", "9b")
    ]


def test_paper_figures_says_every_claim(paper):
    notebook, report = paper
    cells = {cell.id: cell for cell in notebook.cells}
    claims, parts = (cells[name].outputs[0]["data"]["text/markdown"] for name in ("claims", "parts"))
    numbers = {line.partition(",")[0] for line in (report / "claims.csv").read_text().splitlines()[1:]}
    assert numbers == {
        line[2:].partition(" |")[0] for line in claims.splitlines() if re.match(r"\| \d", line)
    }
    assert numbers == {line[2:].partition(" |")[0] for line in parts.splitlines() if re.match(r"\| \d", line)}


def test_search_finds_adds_and_removes(search):
    notebook, folder = search
    printed = texts(notebook)
    photographs = len(list((folder / "photos").rglob("*.jpg")))
    assert printed["folder"].startswith(f"{photographs} photographs:")
    assert printed["add"].startswith(f"{photographs} photographs of {photographs // 5} fabrics")
    assert printed["update"] == f"0 added, {photographs} as before\n"
    assert printed["delivery"].startswith(f"5 added; {photographs + 5} photographs in the index\n")
    assert "'price': '12.50 €', 'supplier': 'Weber & Söhne'" in printed["delivery"]
    assert printed["remove"] == f"5 removed; {photographs} photographs in the index\n"
    asked, right, _ = map(int, re.findall(r"\d+", printed["sure"].splitlines()[0]))
    assert right > 0.2 * asked  # by chance 0.01


def test_search_compares_the_ways_to_search(search):
    lines = [line.split() for line in texts(search[0])["engines"].splitlines()]
    assert [line[0] for line in lines] == ["kind", "flat", "hnsw", "ivfpq"]
    assert all(0.9 < float(line[1]) <= 1 for line in lines[1:])
    assert float(lines[1][1]) == 1


def test_search_shows_what_was_found(search):
    shown = pictures(search[0])
    assert list(shown) == ["search", "crop", "strangers", "delivery"]
    for name, picture in shown.items():
        assert min(picture.size) >= 200, name


@pytest.mark.parametrize("name", [FIRST, PAPER, SEARCH])
def test_what_is_kept_is_whole_and_of_no_machine(name):
    path = ROOT / "notebooks" / name
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    outputs = json.dumps([cell.outputs for cell in cells])
    assert not re.search(r"[\"' ](/(tmp|home|root|work|usr|Users)/|[A-Z]:\\\\)", outputs)
    assert "stderr" not in outputs
    if any(cell.execution_count for cell in cells):  # all of them, in their order
        assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert path.stat().st_size < 900_000
