"""The whole command on six drawn cloths: its files, its numbers computed another way, and what it refuses."""

import csv
import functools
import subprocess
import sys
from pathlib import Path

import pytest
from photographs.conftest import TRAINING, arguments

from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation import retrieval_metrics
from fabric_retrieval.evaluation.embedder import Embedder
from fabric_retrieval.evaluation.features import compute
from fabric_retrieval.flags import training_config
from fabric_retrieval.photographs.heads import Heads
from fabric_retrieval.photographs.run import run
from fabric_retrieval.photographs.sets import group_of, open_sets
from fabric_retrieval.training.run import train

PATTERN = r"cloths=_(\d+)_\d+\.jpg"


@pytest.fixture(scope="module")
def measured(settings, tmp_path_factory):
    """(results, settings) of one run of the command."""
    given = settings(tmp_path_factory.mktemp("out"), group_pattern=PATTERN)
    return run(given), given


@pytest.fixture(scope="module")
def one(measured):
    return measured[0]["sets"][0]


def rows_of(one, scope):
    return {row["row"]: row for row in one[scope]}


def measured_by_itself(embedder, of, bootstrap):
    """`retrieval_metrics` of a model on the test half of a `PhotoSet`."""
    query, gallery = (compute(embedder, "run", of.builder, split) for split in ("query", "gallery"))
    return retrieval_metrics(
        query.features,
        query.labels,
        gallery.features,
        gallery.labels,
        query_ids=query.ids,
        gallery_ids=gallery.ids,
        query_groups=query.groups,
        gallery_groups=gallery.groups,
        bootstrap=bootstrap,
    )


def test_the_rows(one):
    alone = ["features_alone", "rgb_histogram", "lbp"]
    assert [row["row"] for row in one["test_half"]] == ["zero_shot", "head", "head_anew", *alone]
    assert [row["row"] for row in one["all_fabrics"]] == ["zero_shot", *alone]
    assert one["train"] == {"fabrics": 3, "images": 15}
    assert {row["queries"] for row in one["test_half"]} == {6}
    assert {row["queries"] for row in one["all_fabrics"]} == {12}
    assert one["groups"]


def test_zero_shot_is_the_exported_model_measured(one, measured, drawn_run, tmp_path):
    (of,) = open_sets(measured[1])
    embedder = Embedder(drawn_run / "saved_model")
    expected = measured_by_itself(embedder, of, bootstrap=50)
    found = rows_of(one, "test_half")["zero_shot"]
    for name in ("hit_rate@1", "map", "recall@16"):
        assert found[name] == pytest.approx(expected[name])
        assert found[f"{name}_ci95"] == pytest.approx(list(expected[f"{name}_ci95"]))


def test_a_head_is_the_one_that_train_py_trains(one, measured, drawn_run, cloths, tmp_path, caplog):
    given = measured[1]
    own = {"weights": drawn_run, "run_dir": tmp_path / "run", "data_dir": given.data_dir, "seed": 1}
    own |= {"photos_dir": cloths, "photos_csv": Path(given.out) / "cloths" / "list.csv"}
    left = {name: value for name, value in TRAINING.items() if name != "dataset"}
    assert train(training_config(*arguments(**left | own)))
    (of,) = open_sets(given)
    embedder = Embedder(tmp_path / "run" / "saved_model")
    expected = measured_by_itself(embedder, of, bootstrap=0)
    whole = next(p for p in one["curve"] if (p["begin"], p["fabrics"], p["photos"]) == ("run", 3, 5))
    seeds = {whole["map_least_of_seeds"], whole["map_most_of_seeds"]}
    assert min(abs(value - expected["map"]) for value in seeds) < 1e-6
    assert "Only 3 fabrics to train on" in caplog.text


def test_a_run_of_no_steps_is_measured_as_what_it_comes_from(
    settings, drawn_run, one, tiny_collections, tmp_path
):
    own = {"steps": 0, "weights": drawn_run, "run_dir": tmp_path / "run", "data_dir": tiny_collections}
    assert train(training_config(*arguments(**TRAINING | own)))
    changes = {"begin": "run", "fabrics": "3", "photos": "2", "seeds": 1, "train": "--steps=3"}
    given = settings(tmp_path / "out", run_dir=tmp_path / "run", group_pattern=PATTERN, **changes)
    (found,) = run(given)["sets"]
    for scope in ("all_fabrics", "test_half"):
        expected = rows_of(one, scope)["zero_shot"]
        assert rows_of(found, scope)["zero_shot"]["map"] == pytest.approx(expected["map"])
    assert "head" in rows_of(found, "test_half")
    assert (
        "of no steps, efficientnet_lite0 as its weights came (run)"
        in (tmp_path / "out/report.md").read_text()
    )


def test_the_curve_ends_where_the_half_does(one):
    cells = [(point["begin"], point["fabrics"], point["photos"]) for point in one["curve"]]
    numbers = [(2, 2), (3, 2), (2, 5), (3, 5)]
    assert cells == [(begin, *cell) for begin in ("run", "anew") for cell in numbers]
    for begin, row in (("run", "head"), ("anew", "head_anew")):
        whole = next(p for p in one["curve"] if (p["begin"], p["fabrics"], p["photos"]) == (begin, 3, 5))
        assert whole["map"] == pytest.approx(rows_of(one, "test_half")[row]["map"])


def test_the_files(measured):
    results, given = measured
    out = Path(given.out)
    names = {path.name for path in out.iterdir() if path.is_file()}
    assert names == {
        "results.json",
        "results.csv",
        "curve.csv",
        "curve-cloths.svg",
        "report.md",
        "how_many_photographs.md",
    }
    lines = list(csv.DictReader((out / "results.csv").open()))
    found = {(line["scope"], line["row"]): line for line in lines if line["measure"] == "map"}
    for scope in ("test_half", "all_fabrics"):
        for row in results["sets"][0][scope]:
            assert float(found[scope, row["row"]]["value"]) == row["map"]
    points = list(csv.DictReader((out / "curve.csv").open()))
    assert [float(point["map"]) for point in points] == [p["map"] for p in results["sets"][0]["curve"]]
    page = (out / "how_many_photographs.md").read_text()
    assert page.startswith("# How many photographs do I need?")
    assert f"the mAP is {results['sets'][0]['test_half'][0]['map']:.3f}" in page


def test_what_is_done_is_found_again(measured, monkeypatch):
    results, given = measured
    monkeypatch.setattr(Heads, "train", lambda *arguments, **more: pytest.fail("trained again"))
    assert run(given)["sets"] == results["sets"]


def test_grey_is_what_a_grey_photograph_gives(measured, settings, tmp_path):
    given = settings(tmp_path, grey="cloths", fabrics="2", photos="2", seeds=1, begin="run")
    (grey,) = run(given)["sets"]
    assert [row["row"] for row in grey["all_fabrics"]][2] == "grey_histogram"
    ours = rows_of(grey, "all_fabrics")["features_alone"]
    assert ours["map"] != rows_of(measured[0]["sets"][0], "all_fabrics")["features_alone"]["map"]


def test_groups_are_of_one_fabric(photograph):
    group = functools.partial(group_of, pattern=r"_(\d+)_\d+\.jpg")
    assert group(photograph("a", "a_1_3.jpg")) == group(photograph("a", "a_1_4.jpg")) == "a/1"
    assert group(photograph("b", "b_1_3.jpg")) == "b/1"
    with pytest.raises(UserError, match=r"does not match a/other\.jpg"):
        group(photograph("a", "other.jpg"))


def refused(message, settings, tmp_path, **changes):
    with pytest.raises(UserError, match=message):
        run(settings(tmp_path / "out", **changes))


def test_sets_that_cannot_be_measured(settings, cloths, tmp_path, tiny_collections):
    refused("--grey: there is no set silk; --sets has cloths", settings, tmp_path, grey="silk")
    refused("are both called cloths", settings, tmp_path, sets=f"{cloths},{cloths}")
    refused("no such folder", settings, tmp_path, sets=tmp_path / "nowhere")
    drawn = {"sets": "fird/rendered_tiny", "data_dir": tiny_collections}
    refused("was trained on fird/rendered_tiny", settings, tmp_path, **drawn)


def test_runs_that_cannot_be_measured(settings, own_run, tmp_path):
    refused("There is no run folder", settings, tmp_path, run_dir=tmp_path / "none")
    flags = own_run / "flags.txt"
    flags.write_text(flags.read_text().replace("efficientnet_lite0", "alexnet"))
    refused("is a run of AlexNet", settings, tmp_path, run_dir=own_run)


def test_flags_that_do_not_fit(settings, tmp_path):
    refused("unknowable", settings, tmp_path, train="--unknowable=3")
    refused("has no layer embedding of --embedding_dim=5", settings, tmp_path, train="--embedding_dim=5")


def test_help_shows_every_flag_and_imports_nothing_heavy():
    code = (
        "import runpy, sys\n"
        "sys.argv = ['photographs', '--help']\n"
        "try:\n    runpy.run_module('fabric_retrieval.photographs', run_name='__main__')\n"
        "except SystemExit:\n    pass\n"
        "print({'tensorflow', 'keras', 'sklearn', 'matplotlib'} & sys.modules.keys())\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    for flag in ("--run_dir", "--sets", "--group_pattern", "--grey", "--end_to_end_steps", "--photos"):
        assert flag in shown
    assert shown.rstrip().endswith("set()")


@pytest.mark.slow
def test_end_to_end(settings, tmp_path):
    given = settings(
        tmp_path,
        end_to_end_steps=1,
        end_to_end="--backbone_rate=0.1 --frozen_through=stem",
        fabrics="2",
        photos="2",
    )
    row = rows_of(run(given)["sets"][0], "test_half")["end_to_end"]
    assert row["seconds"] > 0
    assert 0 <= row["map"] <= 1
