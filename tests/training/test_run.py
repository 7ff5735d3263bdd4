"""Whole, tiny training runs: what they leave, what they refuse, and that they continue bit for bit."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from training.run_state import assert_same_run, state

from fabric_retrieval.errors import TrainingStoppedError, UserError
from fabric_retrieval.flags import training_config
from fabric_retrieval.training import run
from fabric_retrieval.training.run_folder import OtherFlagsError

ROOT = Path(__file__).parents[2]
FLAGS = {
    "dataset": "fird/rendered_tiny",
    "input_size": 67,
    "width": 0.125,
    "embedding_norm": "l2",
    "distance_scale": 10,
    "learning_rate": 0.01,
    "clip_norm": 1,
    "steps": 40,
    "fabrics_per_batch": 4,
    "images_per_fabric": 3,
    "ratio": 6,
    "holdout": 0.4,
    "eval_every": 10,
    "checkpoint_every": 4,
    "log_every": 1,
}


@pytest.fixture(scope="module")
def arguments(tiny_collections):
    """Command-line arguments for a run folder, with changes to FLAGS."""

    def make(run_dir, **changes):
        values = FLAGS | {"data_dir": tiny_collections, "run_dir": run_dir} | changes
        return [f"--{name}={value}" for name, value in values.items()]

    return make


@pytest.fixture(scope="module")
def train(arguments):
    """Trains in this process."""
    return lambda run_dir, **changes: run.train(training_config(*arguments(run_dir, **changes)))


@pytest.fixture(scope="module")
def start(arguments):
    """Starts `train.py` in a process of its own."""
    return lambda run_dir, **changes: subprocess.Popen(
        [sys.executable, str(ROOT / "train.py"), *arguments(run_dir, **changes)], stderr=subprocess.PIPE
    )


@pytest.fixture(scope="module")
def finished(train, tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("finished")
    assert train(run_dir)
    return run_dir


def test_leaves_a_whole_run_folder(finished):
    names = {path.name for path in finished.iterdir()}
    assert names == {
        "flags.txt",
        "units.png",
        "untrained",
        "checkpoints",
        "events",
        "history.json",
        "saved_model",
    }
    metadata = json.loads((finished / "saved_model" / "metadata.json").read_text())
    assert metadata["feature_layer"] == "fc6"
    assert metadata["dimension"] == 512
    assert metadata["preprocessing"] == {"resize": 76, "crop": 67, "grey": False}
    assert metadata["flags"]["learning_rate"] == 0.01
    assert json.loads((finished / "untrained" / "metadata.json").read_text())["step"] == 0


def test_learns_to_rank_its_batches(finished):
    (events,) = (finished / "events").iterdir()
    disordered = [
        float(tf.make_ndarray(value.tensor))
        for event in tf.compat.v1.train.summary_iterator(str(events))
        for value in event.summary.value
        if value.tag == "train/disordered"
    ]
    assert np.mean(disordered[-5:]) < 0.6 * np.mean(disordered[:5])


def test_checkpoint_holds_momentum_and_dropout(finished):
    names = " ".join(state(finished))
    for part in ("model/fc6", "model/drop6", "fc6_kernel_momentum", "step", "best_score"):
        assert part in names


def test_another_process_gives_the_same_bits_even_if_it_prepares_the_collection(finished, start, tmp_path):
    start(tmp_path / "run", data_dir=tmp_path / "collections").communicate()
    assert_same_run(finished, tmp_path / "run")


def test_killed_at_random_moments_it_ends_with_the_same_bits(finished, start, train, tmp_path):
    rng = random.Random(5)
    for _ in range(3):
        process = start(tmp_path)
        _wait_for_progress(process, rng.randrange(1, 12))
        time.sleep(rng.random() / 20)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "the run ended before it could be killed"
    assert not (tmp_path / "saved_model").exists()
    assert train(tmp_path)
    assert_same_run(finished, tmp_path)


def test_ctrl_c_saves_and_says_how_to_go_on(finished, start, train, tmp_path):
    process = start(tmp_path)
    _wait_for_progress(process, 2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 1
    assert b"Stopped; its state is saved. Go on with: python" in errors
    assert train(tmp_path)
    assert_same_run(finished, tmp_path)


def _wait_for_progress(process, moves):
    """Reads the progress bar until it has been drawn anew `moves` times after its start."""
    drawn = 0
    while drawn <= moves:
        line = b""
        while not line.endswith((b"\r", b"\n")):
            character = process.stderr.read(1)
            assert character, "the run ended too early"
            line += character
        drawn += line.startswith(b"training")


def test_a_finished_run_is_left_as_it_is(finished, train):
    def files():
        found = [path for path in finished.rglob("*") if path.is_file() and "events" not in path.parts]
        return {path: path.read_bytes() for path in found}

    before = files()
    assert train(finished)
    assert files() == before


def test_other_flags_are_refused(finished, train):
    with pytest.raises(OtherFlagsError, match="--ratio: 6 there, 3 here"):
        train(finished, ratio=3)


def test_a_nan_stops_the_run_and_keeps_the_last_good_checkpoint(train, tmp_path):
    diverging = {"embedding_norm": "none", "clip_norm": 0, "learning_rate": 1e3, "warmup_steps": 30}
    with pytest.raises(TrainingStoppedError, match="--learning_rate"):
        train(tmp_path, **diverging, holdout=0, checkpoint_every=1)
    for name, value in state(tmp_path).items():
        assert np.isfinite(value).all(), name
    assert not (tmp_path / "saved_model").exists()


def test_a_collapse_stops_the_run(train, tmp_path):
    """A decay of half of each kernel a step leaves nothing of the network but its biases."""
    with pytest.raises(TrainingStoppedError, match="embedding has collapsed"):
        train(tmp_path, weight_decay=50, clip_norm=0, momentum=0, steps=100)
    assert not (tmp_path / "saved_model").exists()


def test_a_start_that_failed_does_not_bind_the_folder(train, tmp_path):
    with pytest.raises(UserError, match="nowhere"):
        train(tmp_path / "run", photos_dir=tmp_path / "nowhere")
    assert not (tmp_path / "run").exists()
    assert train(tmp_path / "run", steps=1)


def test_other_images_are_refused(finished, train, tmp_path):
    shutil.copytree(finished, tmp_path / "run")
    path = tmp_path / "run" / "untrained" / "metadata.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"dataset_fingerprint": "other"}))
    with pytest.raises(UserError, match="images have changed"):
        train(tmp_path / "run")


def test_show_units_only_draws(arguments, tmp_path):
    run.show_units(training_config(*arguments(tmp_path, show_units=3)))
    assert [path.name for path in tmp_path.iterdir()] == ["units.png"]


def test_independent_units_without_a_hold_out(train, tmp_path):
    assert train(tmp_path, units="independent", units_per_batch=2, ratio=3, holdout=0, steps=2)
    assert not (tmp_path / "checkpoints" / "best").exists()
    assert json.loads((tmp_path / "saved_model" / "metadata.json").read_text())["step"] == 2


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["--help"], "--photos_dir"),
        (["--run_dir=x", "--lerning_rate=1"], "Did you mean: learning_rate"),
        ([], "--run_dir"),
        (["--run_dir=x", "steps=3"], "Unexpected argument 'steps=3'"),
        (["--run_dir=x", "--resize=60"], "must fit into an image of --resize"),
        (["--run_dir=x", "--feature_layer=embedding"], "needs --embedding_dim"),
        (["--run_dir=x", "--loss_layer=fc6", "--embedding_dim=8"], "--loss_layer cannot be fc6"),
    ],
)
def test_help_and_wrong_flags_do_not_wait_for_tensorflow(arguments, answer, tmp_path):
    (tmp_path / "tensorflow.py").write_text("raise SystemExit('TensorFlow was imported')")
    result = subprocess.run(
        [sys.executable, str(ROOT / "train.py"), *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        check=False,
    )
    output = result.stdout + result.stderr
    assert result.returncode == 1
    assert "TensorFlow was imported" not in output
    assert answer in output
