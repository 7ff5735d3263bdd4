"""Whole, tiny studies: what they leave, what they do not do twice, and what they refuse."""

import contextlib
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from absl import flags
from study.small import write_configs

import fird
from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.embedder import Embedder
from fabric_retrieval.evaluation.features import compute
from fabric_retrieval.evaluation.histogram import Histogram
from fabric_retrieval.study import evaluations
from fabric_retrieval.study.flags import define_flags, settings_of
from fabric_retrieval.study.folder import StudyFolder
from fabric_retrieval.study.images import Images, Model, histogram
from fabric_retrieval.study.plan import Part, Run
from fabric_retrieval.study.search import record_stop
from fabric_retrieval.study.start import start

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def settings(study_flags):
    """The namespace of a study's flags, with changes."""

    def make(study_dir, *changes):
        values = flags.FlagValues()
        define_flags(values)
        values(["study", *study_flags, f"--study_dir={study_dir}", *changes])
        return settings_of(values)

    return make


@pytest.fixture(scope="module")
def small(settings, tmp_path_factory):
    """A finished study of three runs, one of which came to nothing."""
    folder = tmp_path_factory.mktemp("study")
    arguments = "--methods=alex,pair", "--learning_rates=0.01,1e30"
    start(settings(folder, *arguments))
    return folder, arguments


def test_leaves_a_whole_study(small):
    folder, _ = small
    assert {path.stem for path in (folder / "evaluations").glob("*.npz")} == {
        "rgb_histogram",
        "alex",
        "pair-lr0.01-seed0",
    }
    about = evaluations.load(folder / "evaluations" / "pair-lr0.01-seed0.npz").about
    assert {name: about[name] for name in ("method", "ratio", "seed", "learning_rate", "distractors")} == {
        "method": "pair",
        "ratio": None,
        "seed": 0,
        "learning_rate": 0.01,
        "distractors": 20,
    }
    study = json.loads((folder / "study.json").read_text())
    assert (study["steps"], study["images_per_step"]) == (2, 9)
    assert study["images"]["distractors"] == {"images": 20, "fabrics": 20}
    assert (folder / "report").is_dir()


def test_a_rate_with_which_training_stops_has_failed(small):
    folder, _ = small
    with open(folder / "search.csv", newline="") as file:
        rows = {row["learning_rate"]: row for row in csv.DictReader(file)}
    history = json.loads((folder / "runs" / "pair-lr0.01-seed0" / "history.json").read_text())
    assert float(rows["0.01"]["held_out_map"]) == pytest.approx(history["best"]["map"], abs=1e-6)
    assert (rows["0.01"]["chosen"], rows["1e+30"]["chosen"]) == ("1", "0")
    assert rows["1e+30"]["held_out_map"] == ""
    stopped = json.loads((folder / "runs" / "pair-lr1e+30-seed0" / "stopped.json").read_text())
    error = stopped.pop("error")
    assert "not finite" in error or "collapsed" in error  # which of them depends on the processor's rounding
    assert stopped == {"method": "pair", "ratio": None, "seed": 0, "learning_rate": 1e30}


def test_nothing_is_done_twice(small, settings):
    folder, arguments = small
    kept = ("runs", "evaluations", "pretrain")
    before = {path: path.stat().st_mtime_ns for part in kept for path in (folder / part).rglob("*")}
    start(settings(folder, *arguments))
    after = {path: path.stat().st_mtime_ns for part in kept for path in (folder / part).rglob("*")}
    assert before == after


def test_pixels_give_the_features_of_encoded_images(small, study_collections):
    builder = fird.prepare("fird/rendered_tiny", data_dir=str(study_collections))
    images = Images(builder, None, side=76, crop=67, grey=False)
    saved = small[0] / "runs" / "pair-lr0.01-seed0" / "saved_model"
    for by_pixels, by_bytes in (
        (Model(saved), Embedder(saved)),
        (histogram(67), Histogram(76, 67)),
    ):
        one = images.features(by_pixels, "query", "model", batch_size=5)
        two = compute(by_bytes, "model", builder, "query", batch_size=5)
        assert one.ids.tolist() == two.ids.tolist()
        np.testing.assert_allclose(one.features, two.features, rtol=1e-5, atol=1e-6)


def test_can_measure_on_some_of_the_test_fabrics(study_collections):
    builder = fird.prepare("fird/rendered_tiny", data_dir=str(study_collections))
    whole, some = (Images(builder, None, 76, 67, grey=False, test_fabrics=n).collections for n in (0, 2))
    assert some["train"].image_ids.tolist() == whole["train"].image_ids.tolist()
    for split in ("query", "gallery"):
        kept = np.unique(some[split].fabrics)
        assert len(kept) == 2
        chosen = np.isin(whole[split].fabrics, kept)
        assert some[split].image_ids.tolist() == whole[split].image_ids[chosen].tolist()
        np.testing.assert_array_equal(some[split].pixels, whole[split].pixels[chosen])


def test_refuses_other_settings_and_writes_nothing(small, settings, tmp_path):
    folder, arguments = small
    before = (folder / "study.json").read_bytes()
    with pytest.raises(UserError, match="--dims: 4096,16,8 there, 16 here"):
        start(settings(folder, *arguments, "--dims=16"))
    with pytest.raises(UserError, match="flags of alex: --steps: 2 there, 3 here"):
        start(settings(folder, *arguments, "--train=--steps=3"))
    assert (folder / "study.json").read_bytes() == before
    configs = write_configs(tmp_path / "configs", ["alex"])
    write_configs(configs, ["pair"], input_size=80)
    with pytest.raises(UserError, match="--input_size: 67 for alex, 80 for pair"):
        start(settings(tmp_path / "study", *arguments, f"--configs={configs}"))
    assert not (tmp_path / "study").exists()


@pytest.fixture(scope="module")
def grown(small, settings, tmp_path_factory):
    """The study with a better learning rate and two seeds more: a run of seed 1 cannot begin, that of seed 2
    has come to nothing. Its settings, what it printed, and what it exited with."""
    folder = shutil.copytree(small[0], tmp_path_factory.mktemp("grown") / "study")
    set_held_out_map(folder / "runs" / "pair-lr0.01-seed0", 0.0)
    foreign, stopped = (folder / "runs" / f"pair-lr0.02-seed{seed}" for seed in (1, 2))
    foreign.mkdir()
    (foreign / "flags.txt").write_text("--steps=3\n")
    stopped.mkdir()
    about = {"method": "pair", "ratio": None, "seed": 2, "learning_rate": 0.02}
    record_stop(stopped, about, "the loss is nan")
    chosen = settings(folder, "--methods=alex,pair", "--learning_rates=0.01,0.02,1e30", "--seeds=0,1,2")
    with contextlib.redirect_stdout(io.StringIO()) as told, pytest.raises(SystemExit) as ended:
        start(chosen)
    return chosen, told.getvalue(), ended.value.code


def set_held_out_map(run_dir, value):
    path = run_dir / "history.json"
    history = json.loads(path.read_text())
    path.write_text(json.dumps(history | {"best": history["best"] | {"map": value}}))


def evaluated(folder):
    return {path.stem for path in (folder / "evaluations").glob("*.npz")}


def test_a_study_may_grow_by_a_rate(grown):
    """The evaluation at the rate that is no longer chosen is set aside, and comes back when it is again."""
    chosen, _, _ = grown
    folder = Path(chosen.study_dir)
    with open(folder / "search.csv", newline="") as file:
        assert [row["learning_rate"] for row in csv.DictReader(file) if row["chosen"] == "1"] == ["0.02"]
    assert json.loads((folder / "study.json").read_text())["learning_rates"] == [0.01, 0.02, 1e30]
    assert evaluated(folder) == {"rgb_histogram", "alex", "pair-lr0.02-seed0"}

    set_held_out_map(folder / "runs" / "pair-lr0.01-seed0", 1.0)
    runs = [Run("alex", None, 0), Run("pair", None, 0)]
    parts = [Part("evaluation", what) for what in ("rgb_histogram", *runs)]
    StudyFolder(chosen, config_of=None).set_aside(parts)
    assert evaluated(folder) == {"rgb_histogram", "alex", "pair-lr0.01-seed0"}
    set_held_out_map(folder / "runs" / "pair-lr0.01-seed0", 0.0)


def test_what_failed_is_named_and_can_be_tried_again(grown):
    _, told, exit_message = grown
    lines = exit_message.splitlines()
    assert lines[0] == "Not all parts could be done:"
    assert lines[1].startswith("  pair-lr0.02-seed1: ")
    assert "holds a run with other flags" in lines[1]
    assert "  evaluation pair-lr0.02-seed1: left out, since a run that it needs has failed" in lines
    assert lines[-1].startswith("These are tried again by: ")
    assert "OtherFlagsError" in told


def test_what_came_to_nothing_is_told_and_not_tried_again(grown, capsys):
    chosen, told, exit_message = grown
    assert "training came to nothing: evaluation pair-lr0.02-seed2. The run's stopped.json" in told
    assert "seed2" not in exit_message
    start(SimpleNamespace(**vars(chosen) | {"list": True}))
    listed = capsys.readouterr().out
    assert "] done  pair-lr0.02-seed2\n" in listed
    assert "] lost  evaluation pair-lr0.02-seed2\n" in listed
    assert "] to do evaluation pair-lr0.02-seed1\n" in listed


def command(study_flags, study_dir, *more):
    return [
        sys.executable,
        "-m",
        "fabric_retrieval.study",
        *study_flags,
        f"--study_dir={study_dir}",
        *more,
    ]


def test_no_run_without_a_learning_rate(settings, tmp_path):
    """Where a run of the search has failed, the method's other seeds wait for a rate."""
    chosen = settings(tmp_path, "--methods=alex,pair", "--seeds=0,1")
    folder = StudyFolder(chosen, config_of=None)
    assert not folder.is_possible(Part("seeds", Run("pair", None, 1)))
    assert folder.is_possible(Part("search", Run("pair", 0.01, 0)))


def test_lists_its_parts_and_does_none(study_flags, tmp_path):
    done = subprocess.run(
        command(study_flags, tmp_path / "study", "--list"),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert "[4/13] to do alex\n" in done.stdout
    assert "0 of 13 parts are done; time left not known yet." in done.stdout
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize(
    "arguments",
    [["--methods=best"], ["--learning_rates=0.1,-1"], ["--ks=0"], ["--seeds=0,0"], ["--ratios=a"]],
)
def test_wrong_flags_are_told_before_tensorflow_loads(arguments, tmp_path):
    code = (
        "import runpy, sys\n"
        "try:\n    runpy.run_module('fabric_retrieval.study', run_name='__main__', alter_sys=True)\n"
        "finally:\n    assert 'tensorflow' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, f"--study_dir={tmp_path}", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 1
    assert arguments[0].split("=")[0][2:] in done.stderr
    assert "AssertionError" not in done.stderr


@pytest.mark.slow
def test_a_study_that_is_asked_to_stop_stops_and_goes_on(study_flags, tmp_path):
    """Ctrl-C during a run of the search: that run's state is saved, and no other run begins."""
    study = tmp_path / "study"
    process = subprocess.Popen(
        command(study_flags, study, "--train=--steps=2000"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
    )
    while not (study / "runs/focus_ranking-lr0.01-seed0/checkpoints/latest/checkpoint").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=300)
    assert process.returncode == 1
    assert "Stopped; its state is saved. Go on with:" in told
    assert "Traceback" not in told
    assert [path.name for path in (study / "runs").glob("focus_ranking*")] == ["focus_ranking-lr0.01-seed0"]


@pytest.mark.slow
def test_a_study_killed_again_and_again_is_that_of_one_go(study_flags, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run(command(study_flags, whole), capture_output=True, cwd=ROOT, check=True)
    marks = (
        "pretrain/checkpoints/latest/checkpoint",
        "runs/focus_ranking-lr0.01-seed0/checkpoints/latest/checkpoint",
        "evaluations/alex.npz",
    )
    for mark in marks:
        process = subprocess.Popen(
            command(study_flags, killed), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
        )
        while not (killed / mark).exists():
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run(command(study_flags, killed), capture_output=True, cwd=ROOT, check=True)
    one, two = (evaluations.load_all(folder) for folder in (whole, killed))
    assert one.keys() == two.keys()
    for name in one:
        np.testing.assert_array_equal(one[name].values, two[name].values, err_msg=name)
        np.testing.assert_array_equal(one[name].nmi, two[name].nmi, err_msg=name)
    for table in ("search.csv", "retrievals.csv"):
        assert (whole / table).read_bytes() == (killed / table).read_bytes()
