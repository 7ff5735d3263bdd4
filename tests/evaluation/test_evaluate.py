"""A whole evaluation on a made-up collection, and the command around it."""

import csv
import io
import json
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import fird
from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.run import evaluate
from fabric_retrieval.evaluation.run_folder import RunFolderError, open_run
from fabric_retrieval.flags import read_flags

EVAL = Path(__file__).parents[2] / "eval.py"


CONFIG = {
    "out_dir": None,
    "dims": [2, 4, 64],
    "ks": [1, 2, 16],
    "ties": "report",
    "seed": 0,
    "bootstrap": 50,
    "kmeans_restarts": 2,
    "batch_size": 8,
    "match": None,
    "references": ["untrained", "rgb_histogram", "hue_saturation", "lbp"],
}


def run_evaluation(collection, run_dir, **changes):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fird, "prepare", lambda **data: collection)
        return evaluate(SimpleNamespace(run_dir=run_dir, **(CONFIG | changes)), {}, other=True)


@pytest.fixture(scope="module")
def evaluated(shared_collection, finished_run):
    """`(results, folder, printed)` of one evaluation."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        results = run_evaluation(shared_collection, finished_run)
    return results, finished_run, printed.getvalue()


def test_every_row_is_measured_at_its_own_dimension_and_below(evaluated):
    results, _, _ = evaluated
    rows = [(row["row"], row["dim"], row["pca"]) for row in results["rows"]]
    assert rows == [
        *(("focus_ranking", dim, dim != 6) for dim in (6, 4, 2)),
        *(("untrained", dim, dim != 6) for dim in (6, 4, 2)),
        ("rgb_histogram", 216, False),
        ("rgb_histogram", 4, True),
        ("rgb_histogram", 2, True),
        ("hue_saturation", 256, False),
        ("hue_saturation", 4, True),
        ("hue_saturation", 2, True),
        ("lbp", 28, False),
        ("lbp", 4, True),
        ("lbp", 2, True),
    ]
    assert results["rows"][0]["map"] == pytest.approx(
        results["rows"][3]["map"]
    )  # half the colours, same order
    assert results["rows"][0]["hit_rate@1"] > 0.9


def test_what_is_left_out_is_said(evaluated):
    results, _, printed = evaluated
    for note in (
        "focus_ranking: its features have 6 dimensions, so 64 left out.",
        "rgb_histogram: 30 training images are too few for a PCA to 64.",
    ):
        assert note in results["notes"]
        assert note in printed


def test_the_table_is_of_the_results(evaluated):
    results, _, printed = evaluated
    assert "12 queries of 6 fabrics; 18 gallery images of 6 fabrics" in printed
    header, *lines = (line.split() for line in printed.splitlines()[2:18])
    assert " ".join(header) == "dim recall@1 recall@16 hit_rate@1 f1 nmi map map 95 % CI"
    for line, row in zip(lines, results["rows"], strict=True):
        low, high = row["map_ci95"]
        values = [f"{row[name]:.3f}" for name in ("recall@1", "recall@16", "hit_rate@1", "f1", "nmi", "map")]
        assert line[-8:] == [f"{row['dim']}{'' if row['pca'] else '*'}", *values, f"{low:.3f}-{high:.3f}"]


def test_bounds_of_ties_are_printed(evaluated):
    results, _, printed = evaluated
    lines = printed.split("Least-most under any order of ties:\n")[1].splitlines()
    names = ("recall@1", "recall@2", "recall@16", "map")
    assert lines[0].split() == ["dim", "queries", "with", "ties", *names]
    for line, row in zip(lines[1:16], results["rows"], strict=True):
        bounds = [f"{row[f'{name}_least']:.3f}-{row[f'{name}_most']:.3f}" for name in names]
        dim = f"{row['dim']}{'' if row['pca'] else '*'}"
        assert line.split() == [row["row"], dim, str(row["queries_with_ties"]), *bounds]


def test_numbers_are_kept_when_the_pictures_fail(collection, run_dir, monkeypatch, capsys):
    def fail(*arguments, **options):
        raise RuntimeError("no fonts")

    monkeypatch.setattr("fabric_retrieval.evaluation.run.write_pages", fail)
    with pytest.raises(RuntimeError, match="no fonts"):
        run_evaluation(collection, run_dir, ties="break")
    assert json.loads((run_dir / "results.json").read_text())["rows"]
    assert (run_dir / "results.csv").exists()
    printed = capsys.readouterr().out
    assert "map 95 % CI" in printed
    assert "ties" not in printed


def test_names_with_dollars_are_drawn_as_they_are(collection, run_dir):
    for example in collection.examples["query"] + collection.examples["gallery"]:
        example["fabric"] = f"$\\{example['label']}_{{$"
        example["image_id"] = f"${example['image_id']}^$"
    run_evaluation(collection, run_dir, dims=[])
    assert (run_dir / "retrievals.png").exists()


def test_what_is_written(evaluated):
    results, folder, _ = evaluated
    assert json.loads((folder / "results.json").read_text()) == json.loads(json.dumps(results))
    row = results["rows"][1]
    wanted = ("focus_ranking", "4", "map")
    lines = csv.DictReader((folder / "results.csv").open())
    (line,) = (line for line in lines if (line["row"], line["dim"], line["measure"]) == wanted)
    assert float(line["value"]) == row["map"]
    assert (float(line["ci95_low"]), float(line["ci95_high"])) == tuple(row["map_ci95"])
    assert row["kmeans"] | {"seed": 0, "restarts": 2, "clusters": 6} == row["kmeans"]
    assert not list(folder.rglob("*.tmp"))


def test_answers_are_framed_in_red(evaluated):
    _, folder, _ = evaluated
    page = np.asarray(Image.open(folder / "retrievals.png").convert("RGB")).astype(int)
    red = (np.abs(page - [0xE0, 0, 0]).sum(axis=2) < 10).mean(axis=0)
    assert red[: len(red) // 9].max() == 0  # no query
    assert red[len(red) // 9 : len(red) // 2].max() > 0.3  # the first neighbours
    assert (folder / "retrievals.pdf").read_bytes().startswith(b"%PDF")
    assert (folder / "retrievals_failures.png").exists()


def test_a_second_evaluation_reads_the_kept_features_and_says_the_same(
    evaluated, shared_collection, tmp_path
):
    results, folder, _ = evaluated
    shared_collection.reads = 0
    assert run_evaluation(shared_collection, folder, out_dir=tmp_path / "again") == results
    assert shared_collection.reads <= 4  # for the pictures
    for name in ("results.json", "results.csv", "retrievals.png", "retrievals.pdf"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_without_training_images_nothing_is_reduced(collection, run_dir):
    del collection.examples["train"]
    results = run_evaluation(collection, run_dir)
    assert [row["dim"] for row in results["rows"]] == [6, 6, 216, 256, 28]
    assert any("too few for a PCA to 4, 2" in note for note in results["notes"])


def test_a_collection_without_test_images_is_refused(collection, run_dir):
    del collection.examples["gallery"]
    with pytest.raises(UserError, match="has no gallery images"):
        run_evaluation(collection, run_dir)


def test_rows_that_cannot_be_measured_are_left_out_with_a_note(collection, run_dir, monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    monkeypatch.setitem(sys.modules, "skimage.feature", None)
    for example in collection.examples["train"]:
        example["image"] = tf.io.encode_jpeg(np.full((16, 16, 3), 99, np.uint8)).numpy()
    metadata = json.loads((run_dir / "saved_model/metadata.json").read_text())
    metadata["preprocessing"]["grey"] = True
    (run_dir / "saved_model/metadata.json").write_text(json.dumps(metadata))
    names = ["hue_saturation", "sift_bow", "sift_fisher", "rgb_histogram"]
    results = run_evaluation(collection, run_dir, dims=[], references=names)
    assert {row["row"]: row["dim"] for row in results["rows"]} == {"focus_ranking": 6, "grey_histogram": 256}
    assert results["notes"] == [
        "hue_saturation: left out, for the model sees no colours.",
        "sift_bow: left out, for 1024 words need as many keypoints of training images, not 0.",
        "sift_fisher: left out, for Fisher vectors need scikit-image: "
        "pip install 'fabric-retrieval[references]'.",
    ]
    assert results["settings"]["references"] == names


def test_photographs_of_one_group_are_not_each_others_answers(collection, run_dir):
    for example in collection.examples["query"] + collection.examples["gallery"]:
        example["group"] = example["fabric"] if example["label"] > 6 else ""
    results = run_evaluation(collection, run_dir, dims=[])
    assert (results["rows"][0]["queries"], results["rows"][0]["queries_without_relevant"]) == (2, 10)


def test_a_model_of_no_steps_has_no_row_before_training(shared_collection, run_dir):
    path = run_dir / "saved_model" / "metadata.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"step": 0}))
    results = run_evaluation(shared_collection, run_dir, dims=[])
    assert [row["row"] for row in results["rows"]] == [
        "focus_ranking",
        "rgb_histogram",
        "hue_saturation",
        "lbp",
    ]
    assert [note for note in results["notes"] if note.startswith("untrained: left out, nothing was trained")]


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        (".", "no run folder"),
        ("flags.txt", "no flags.txt"),
        ("saved_model/saved_model.pb", "training has not finished"),
        ("untrained/saved_model.pb", "no untrained"),
        ("saved_model/metadata.json", "no metadata.json"),
    ],
)
def test_what_a_run_lacks_is_said(run_dir, missing, message):
    run_dir.rename(run_dir / ".." / "moved") if missing == "." else (run_dir / missing).unlink()
    with pytest.raises(RunFolderError, match=message):
        open_run(run_dir)


def test_flags_of_a_run(run_dir):
    (run_dir / "flags.txt").write_text("--photos_dir=/a=b c\n--grey=true\n--mirror\n\n")
    assert read_flags(run_dir / "flags.txt") == {"photos_dir": "/a=b c", "grey": "true", "mirror": "true"}


def command(*arguments):
    return subprocess.run([sys.executable, EVAL, *arguments], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--run_dir"),
        (["--run_dir=nowhere"], "There is no run folder nowhere"),
        (["--run_dir=nowhere", "--dims=8,x"], "whole numbers above 0"),
        (["--run_dir=nowhere", "--dims="], "one or more whole numbers above 0"),
        (["--run_dir=nowhere", "--ks="], "one or more whole numbers above 0"),
        (["--run_dir=nowhere", "--references=surf"], "each must be one of rgb_histogram"),
        (["--run_dir=nowhere", "--dim=8"], "Unknown command line flag"),
        (["--run_dir=nowhere", "8"], "Unexpected argument '8'"),
    ],
)
def test_wrong_commands_end_in_one_line(arguments, message):
    ended = command(*arguments)
    assert ended.returncode != 0
    assert message in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr


def test_help_shows_every_flag_and_imports_nothing_heavy():
    code = (
        "import runpy, sys\n"
        "sys.argv = ['eval.py', '--help']\n"
        "try:\n    runpy.run_path(sys.argv.pop(0) and EVAL, run_name='__main__')\n"
        "except SystemExit:\n    pass\n"
        "print({'tensorflow', 'keras', 'sklearn', 'matplotlib'} & sys.modules.keys())\n"
    )
    code = code.replace("sys.argv.pop(0) and EVAL", repr(str(EVAL)))
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    for flag in ("--run_dir", "--dims", "--references", "--photos_dir", "--split_seed", "python eval.py"):
        assert flag in shown
    assert shown.rstrip().endswith("set()")


OF_THE_RUN = {"photos_dir": "cloths", "data_dir": "prepared", "split_seed": "7", "bad_photos": "skip"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], {"photos_dir": "cloths", "data_dir": "prepared", "split_seed": 7, "bad_photos": "skip"}),
        (["--split_seed=0"], {"photos_dir": "cloths", "split_seed": 0}),
        (
            ["--dataset=fird/rendered_tiny"],
            {"dataset": "fird/rendered_tiny", "photos_dir": None, "split_seed": 7},
        ),
        (["--photos_csv=other.csv"], {"photos_csv": "other.csv", "photos_dir": None, "data_dir": "prepared"}),
    ],
)
def test_the_collection_is_the_runs_own_unless_another_is_given(given, expected):
    code = (
        "import json, runpy, sys\n"
        f"command = runpy.run_path({str(EVAL)!r}, run_name='command')\n"
        f"command['FLAGS'](['eval.py', '--run_dir=x', *{given!r}])\n"
        f"print(json.dumps(command['data_of_run']({OF_THE_RUN!r})))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    data = json.loads(ended.stdout)
    assert {name: data[name] for name in expected} == expected
