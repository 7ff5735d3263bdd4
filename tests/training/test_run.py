"""Whole, tiny training runs: what they leave, what they refuse, and that they continue bit for bit."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from fabric_retrieval.errors import TrainingStoppedError
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
    return lambda run_dir: subprocess.Popen(
        [sys.executable, str(ROOT / "train.py"), *arguments(run_dir)], stderr=subprocess.PIPE
    )


@pytest.fixture(scope="module")
def finished(train, tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("finished")
    assert train(run_dir)
    return run_dir


def state(run_dir):
    """Every array of the latest checkpoint: weights, momentum, dropout's random state, step, best score."""
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(run_dir / "checkpoints" / "latest"))
    names = sorted(reader.get_variable_to_shape_map())
    return {
        name: reader.get_tensor(name) for name in names if not name.startswith(("_CHECK", "save_counter"))
    }


def assert_same_state(one, two):
    one, two = state(one), state(two)
    assert one.keys() == two.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], two[name], err_msg=name)


def test_leaves_a_whole_run_folder(finished):
    names = {path.name for path in finished.iterdir()}
    assert names == {"flags.txt", "units.png", "untrained", "checkpoints", "events", "saved_model"}
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


def test_another_process_gives_the_same_bits(finished, start, tmp_path):
    start(tmp_path).communicate()
    assert_same_state(finished, tmp_path)


def test_killed_at_random_moments_it_ends_with_the_same_bits(finished, start, train, tmp_path):
    rng = random.Random(5)
    for _ in range(3):
        process = start(tmp_path)
        _wait_for_progress(process, rng.randrange(1, 4))
        time.sleep(rng.random() / 5)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "the run ended before it could be killed"
    assert not (tmp_path / "saved_model").exists()
    assert train(tmp_path)
    assert_same_state(finished, tmp_path)


def test_ctrl_c_saves_and_says_how_to_go_on(finished, start, train, tmp_path):
    process = start(tmp_path)
    _wait_for_progress(process, 2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 1
    assert b"Stopped; its state is saved. Go on with: python" in errors
    assert train(tmp_path)
    assert_same_state(finished, tmp_path)


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
    before = state(finished)
    assert train(finished)
    after = state(finished)
    assert {name: value.tobytes() for name, value in before.items()} == {
        name: value.tobytes() for name, value in after.items()
    }


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


def test_show_units_only_draws(arguments, tmp_path):
    run.show_units(training_config(*arguments(tmp_path, show_units=3)))
    assert {path.name for path in tmp_path.iterdir()} == {"flags.txt", "units.png"}


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["--help"], "--photos_dir"),
        (["--run_dir=x", "--lerning_rate=1"], "Did you mean: learning_rate"),
        ([], "--run_dir"),
        (["--run_dir=x", "steps=3"], "Unexpected argument 'steps=3'"),
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
