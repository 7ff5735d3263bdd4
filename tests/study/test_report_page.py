"""The report's folder: its page, figures and CSVs, of a finished study and of others."""

import base64
import io
import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from study.report_reading import Page, table
from study.synthetic_study import DIMS, KS, LEVELS, MEASURES, write_study

from fabric_retrieval.errors import UserError
from fabric_retrieval.study.evaluations import load_all
from fabric_retrieval.study.report import write, write_report

NUMBERS = ("3a", "3b", "4", "5a", "5b", "8a", "8b", "9a", "9b")
# The report needs no TensorFlow: here it cannot be imported.
WITHOUT_TENSORFLOW = """
import sys
sys.modules["tensorflow"] = sys.modules["keras"] = None
sys.argv = ["report", *sys.argv[1:]]
import runpy
runpy.run_module("fabric_retrieval.study.report", run_name="__main__")
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished study and its report's folder."""
    study = write_study(tmp_path_factory.mktemp("study"))
    return study, write_report(study).parent


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """Two methods, one seed, no distractors, nothing else; reported by the command, into another folder."""
    folder = tmp_path_factory.mktemp("begun")
    study = write_study(
        folder / "study", ("alex", "pair"), seeds=1, ratios=(4,), extras=False, how={"distractors": 0}
    )
    command = [
        sys.executable,
        "-c",
        WITHOUT_TENSORFLOW,
        f"--study_dir={study}",
        f"--out={folder}/docs/report",
    ]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == f"Wrote {folder}/docs/report/index.html\n"
    return folder / "docs/report"


def test_every_figure_has_its_files(finished):
    for number in NUMBERS:
        picture = finished[1] / f"figure_{number}.png"
        assert picture.stat().st_size < 100_000
        width, height = Image.open(picture).size
        assert width > 700
        assert height > 500
        assert table(finished[1] / f"figure_{number}.csv")


def test_a_figures_csv_holds_the_means_of_the_evaluations(finished):
    study, report = finished
    found = list(load_all(study).values())
    for number, measure, position in (("3a", "recall@16", 0), ("8a", "recall@16", 1), ("4", "map", 0)):
        rows = table(report / f"figure_{number}.csv")
        assert len(rows) == 7 * len(DIMS) + 5  # the histogram has 512 dimensions
        for row in rows:
            ratio = int(row["ratio"]) if row["ratio"] else None
            group = [
                one for one in found if (one.about["method"], one.about["ratio"]) == (row["method"], ratio)
            ]
            column = MEASURES.index(measure)
            values = [
                one.values[position, one.dims.tolist().index(int(row["dim"])), :, column] for one in group
            ]
            assert float(row["mean"]) == pytest.approx(np.mean(values), abs=1e-6)
            assert float(row["low"]) < float(row["mean"]) < float(row["high"])
            assert row["measure"] == measure
            assert row["gallery"] == ("test", "distractors")[position]
            assert int(row["seeds"]) == len(group)


def test_curves_are_over_k_at_256_dimensions_and_over_ratios(finished):
    rows = table(finished[1] / "figure_3b.csv")
    assert {row["dim"] for row in rows} == {"256"}
    assert [int(row["k"]) for row in rows if row["method"] == "pair"] == list(KS)
    rows = table(finished[1] / "figure_9a.csv")
    assert {row["method"] for row in rows} == {"focus_ranking"}
    assert list(dict.fromkeys(int(row["ratio"]) for row in rows)) == [1, 2, 4, 8, 16, 32]
    assert list(dict.fromkeys(int(row["dim"]) for row in rows)) == list(DIMS)
    assert {row["measure"] for row in table(finished[1] / "figure_5b.csv")} == {"nmi"}


def test_the_table_of_methods_has_all_of_them_at_three_dimensions(finished):
    rows = table(finished[1] / "methods.csv")
    cells = {(row["method"], row["ratio"], row["dim"], row["measure"]): row for row in rows}
    assert len(cells) == len(rows) == (7 + 5 + 1) * 3 * 6
    assert cells["pair", "", "16", "hit_rate@1"]["learning_rate"] == "0.001"
    assert cells["alex", "", "1024", "f1"]["learning_rate"] == ""
    assert cells["rgb_histogram", "", "512", "map"]["seeds"] == "1"
    assert {row["verdict"] for row in table(finished[1] / "claims.csv")} == {"holds"}


def test_the_page_needs_nothing_beside_it(finished):
    text = (finished[1] / "index.html").read_text(encoding="utf-8")
    page = Page(text)
    assert not page.all("script")
    assert not page.all("link")
    assert all(image["src"].startswith("data:image/") for image in page.all("img"))
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//|@import|url\(", text)
    for link in page.all("a"):
        if link["href"].startswith("#"):
            assert link["href"][1:] in {attributes.get("id") for _, attributes in page.tags}
        else:
            assert (finished[1] / link["href"]).is_file()


def test_the_page_shows_all_figures_and_says_what_they_show(finished):
    page = Page((finished[1] / "index.html").read_text(encoding="utf-8"))
    images = page.all("img")
    assert len(images) == len(NUMBERS) + 2
    for number, image in zip(sorted([*NUMBERS, "6", "7"]), images, strict=True):
        assert image["alt"].startswith(f"Figure {number}: ")
        kind, _, data = image["src"].partition(";base64,")
        content = base64.b64decode(data, validate=True)
        if kind == "data:image/svg+xml":
            assert ElementTree.fromstring(content).tag.endswith("svg")
            assert "focus ranking" in image["alt"]
        else:
            assert Image.open(io.BytesIO(content)).format == "JPEG"
    assert "Of 10 claims: 10 hold." in page.text
    assert re.search(
        r"Highest recall@16 [^:]+: focus ranking, 8[45]\.\d .* points above semi-hard", page.text
    )
    assert "Missing from this study" not in page.text
    for said in (
        "fird/rendered",
        "1,024 features, not 4,096",
        "2 h 1 min",
        "images_per_step",
        "is the lowest",
        "This report has no study at the paper's size (AlexNet at 227 pixels, 100,000 distractors)",
        "--flagfile=configs/study.flags --seeds=0,1,2",
        "begun 2026-11-22T05:06:38+00:00 on 2 cores (x86_64) with tensorflow 2.21.0.",
        "seed 0, 1 start, at most 300 iterations; the longest of 209 clusterings took 32, 0 came to",
        "fabric in the gallery: 7; they are left out",
        "the run focus_ranking-ratio32-seed1",
    ):
        assert said in page.text


def test_every_table_of_results_says_initial_weights_and_data(finished):
    report = finished[1]
    origin = (
        "Initial weights of all methods: a network that classifies `fird/pretrain` (900 steps), not "
        "ImageNet. Data: `fird/rendered`, 60 test fabrics, 20,000 distractors."
    )
    text = (report / "report.md").read_text(encoding="utf-8")
    for heading in ("Claims of the paper", "Beside the paper", "All methods"):
        assert origin in text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    for part in (
        text.partition("\n## Every number of the claims\n")[2].partition("\n## ")[0].split("\n### ")[1:]
    ):
        assert origin in part
    assert text.count("Initial weights of all methods") == 3 + 11 + 1  # a claim's each, and the search
    page = (report / "index.html").read_text(encoding="utf-8")
    assert page.count("Initial weights of all methods") == 3 + 11 + 1 + len(NUMBERS)


def test_the_readmes_table_has_a_line_a_claim(finished):
    lines = (finished[1] / "claims.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2 + 11 + 4
    assert all(line.count("|") == 5 for line in lines[:-4])
    assert (
        "Focus ranking is above every other method | holds | recall@16, focus ranking minus trip" in lines[2]
    )
    assert lines[-3].startswith(
        "Initial weights of all methods: a network that classifies `fird/pretrain` (900"
    )
    assert lines[-1] == "\\* not in the paper"


def test_what_was_tried_beforehand_is_told_in_the_words_of_the_notes(finished, tmp_path, monkeypatch):
    monkeypatch.setattr(write, "FIGURES", ())  # for the sake of time
    assert "tried beforehand" not in (finished[1] / "report.md").read_text(encoding="utf-8")
    notes = tmp_path / "notes.md"
    notes.write_text("Weak weights,\non purpose.\n\nBy hand:\n\n- one\n  margin\n- two <scales>\n")
    text = write_report(finished[0], tmp_path / "out", notes=notes).read_text(encoding="utf-8")
    head, _, rest = text.partition('<h2 id="claims">')
    assert '<p class="note">Weak weights, on purpose.</p>' in head
    section = rest.partition('<h2 id="beforehand">')[2].partition("<h2")[0]
    assert (
        "<p>Weak weights, on purpose.</p>\n<p>By hand:</p>\n<ul>\n<li>one margin</li>\n<li>two &lt;sc"
        in section
    )
    notes.write_text(" \n")
    with pytest.raises(UserError, match=r"--notes=.*notes.md: the file is empty"):
        write_report(finished[0], tmp_path / "out", notes=notes)
    with pytest.raises(UserError, match=r"--notes=.*none.md: expected a text file"):
        write_report(finished[0], tmp_path / "out", notes=tmp_path / "none.md")


def test_captions_say_what_is_in_no_bar(finished):
    text = (finished[1] / "report.md").read_text(encoding="utf-8")
    captions = {line[7:9]: line for line in text.splitlines() if re.match(r"Figure \d[ab]: ", line)}
    for number in ("5a", "5b"):
        assert "over seeds only, not over fabrics nor over starts of k-means" in captions[number]
    assert "Figure 8a: recall@16 against the feature dimension, 20,000 distractors in" in captions["8a"]
    assert {row["distractors"] for row in table(finished[1] / "figure_8b.csv")} == {"20000"}
    assert {row["distractors"] for row in table(finished[1] / "figure_3b.csv")} == {"0"}
    for number in ("9a", "9b"):
        assert "all ratios at the learning rate chosen at 1:32, 0.01" in captions[number]
    assert "over seeds only" not in captions["3a"]
    alex = [row for row in table(finished[1] / "figure_5a.csv") if row["method"] == "alex"]
    assert {(row["low"], row["high"]) for row in alex} == {("", "")}


def test_the_papers_numbers_stand_beside_ours(finished):
    text = (finished[1] / "report.md").read_text(encoding="utf-8")
    part = text.partition("## Beside the paper")[2].partition("## Figures")[0]
    lines = [line.split(" | ") for line in part.splitlines()]
    theirs = {cells[0].strip("| "): cells for cells in lines if len(cells) == 5}
    assert [theirs[name][1] for name in ("pair", "triplet", "Magnet", "focus ranking")] == [
        "83.9",
        "88.5",
        "85.6",
        "93.9",
    ]
    assert theirs["Alex"][1] == "drawn only"
    assert float(theirs["triplet"][2].split()[0]) == pytest.approx(100 * LEVELS["triplet"], abs=0.5)
    assert theirs["triplet"][3] == "5.4"


def test_the_markdowns_pictures_and_files_are_there(finished):
    text = (finished[1] / "report.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([^)]+)\)", text)
    assert {f"figure_{number}.png" for number in NUMBERS} <= set(linked)
    assert all((finished[1] / name).is_file() for name in linked)


def test_a_study_that_has_begun_has_a_report_that_says_what_is_missing(begun):
    page = Page((begun / "index.html").read_text(encoding="utf-8"))
    missing = page.text.partition("Missing from this study: ")[2].partition("Claims of the paper")[0]
    for said in (
        "Methods not evaluated: Softmax, triplet, semi-hard triplet *, Magnet.",
        "ratios 1:1, 1:2, 1:8, 1:16, 1:32",
        "The reference row RGB histogram * is not there",
        "One seed: intervals are over fabrics only",
        "Not measured with distractors (Figure 8): Alex, focus ranking, pair.",
        "pictures of Figure 6",
        "search.csv",
        "study.json",
    ):
        assert said in missing
    assert len(page.all("img")) == len(NUMBERS)
    assert {row["method"] for row in table(begun / "figure_3a.csv")} == {"alex", "pair", "focus_ranking"}
    assert table(begun / "figure_8a.csv") == []
    assert {row["low"] for row in table(begun / "figure_4.csv")} != {""}
    assert {row["low"] for row in table(begun / "figure_5a.csv") if row["method"] == "pair"} == {""}


def test_the_same_study_gives_the_same_bytes(begun, tmp_path, monkeypatch):
    monkeypatch.setattr(write, "FIGURES", write.FIGURES[:2])  # for the sake of time
    write_report(begun.parent.parent / "study", tmp_path)
    files = {path.name for path in tmp_path.iterdir()} - {"index.html", "report.md"}
    assert {"figure_3a.png", "figure_3b.svg", "claims.csv", "methods.csv"} < files
    for name in files:
        assert (tmp_path / name).read_bytes() == (begun / name).read_bytes(), name


def test_a_study_at_the_papers_size_comes_first(begun, tmp_path, monkeypatch):
    monkeypatch.setattr(write, "FIGURES", ())  # for the sake of time
    full = write_study(tmp_path / "full", ("pair", "focus_ranking"), ratios=(), levels={"pair": 0.935})
    write_report(begun.parent.parent / "study", tmp_path / "out", paper_size_dir=full)
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    first = text.partition("## At the paper's size")[2].partition("## On a small computer")[0]
    assert "| pair | 83.9 | 93." in first
    assert (
        "Focus ranking is above every other method (without Alex, Softmax, triplet, Magnet) | does not"
        in first
    )
    assert "has no study at the paper's size" not in text
    assert text.index("## At the paper's size") < text.index("## Claims of the paper")
    assert {row["method"] for row in table(tmp_path / "out" / "paper_size_methods.csv")} == {
        "pair",
        "focus_ranking",
        "rgb_histogram",
    }
