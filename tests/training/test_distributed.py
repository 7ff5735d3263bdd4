"""The same update on one device, on two, and on two machines; a run of two workers goes on after a kill."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from training.run_state import assert_same_run, exported
from training.two_workers import TwoWorkers

from fabric_retrieval.flags import training_config
from fabric_retrieval.training import run

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("distributed_step.py")
FLAGS = {
    "dataset": "fird/rendered_tiny",
    "input_size": 67,
    "width": 0.04,
    "learning_rate": 0.01,
    "steps": 30,
    "fabrics_per_batch": 4,
    "images_per_fabric": 3,
    "holdout": 0.34,
    "eval_every": 10,
    "checkpoint_every": 4,
    "log_every": 5,
}
MAGNET = {"method": "magnet", "refresh_every": 9}


@pytest.fixture(scope="module")
def updates(tmp_path_factory):
    """By how much the weights change, by case: on "one" device, on "two", and by a "worker" of two."""
    folder = tmp_path_factory.mktemp("updates")
    found = {}
    for devices in ("one", "two"):
        arguments = [sys.executable, str(SCRIPT), devices, str(folder / devices)]
        result = subprocess.run(arguments, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr[-3000:]
    TwoWorkers(folder, SCRIPT, "worker", folder / "worker").finish()
    for devices in ("one", "two", "worker"):
        found[devices] = dict(np.load(folder / f"{devices}.npz"))
    return found


@pytest.mark.slow
def test_two_processes_make_the_update_of_two_devices(updates):
    """That of the mean of their losses: test_step.py compares it with one computed by hand."""
    for case in ("focus_ranking", "softmax", "float16", "chunks"):
        np.testing.assert_allclose(
            updates["worker"][case], updates["two"][case], rtol=1e-4, atol=1e-6, err_msg=case
        )
        assert (updates["one"][case] != updates["two"][case]).any()


@pytest.mark.slow
@pytest.mark.parametrize("method", ["focus_ranking", "memory", "magnet", "softmax"])
def test_a_divided_batch_makes_the_update_of_the_whole(updates, method):
    """Whatever computes its parts: one device, two, or two processes; dropout included."""
    for devices in ("two", "worker"):
        found, expected = (updates[name][f"global {method}"] for name in (devices, "one"))
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6, err_msg=devices)


@pytest.fixture
def workers(tiny_collections, tmp_path):
    """Starts `train.py` on two workers."""

    def start(run_dir, **changes):
        flags = FLAGS | {"data_dir": tiny_collections, "run_dir": run_dir} | changes
        return TwoWorkers(
            tmp_path, ROOT / "train.py", *(f"--{name}={value}" for name, value in flags.items())
        )

    return start


@pytest.mark.slow
def test_two_workers_that_were_killed_go_on_bit_for_bit(workers, tmp_path):
    """With clusters that the chief refreshes at 0, 9, 18 and 27, and checkpoints between."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    workers(whole, **MAGNET).finish()
    assert len(list((whole / "events").iterdir())) == 1  # the chief's

    first = workers(killed, **MAGNET)
    while not (killed / "checkpoints" / "latest" / "ckpt-12.index").exists():
        assert first.running()
        time.sleep(0.02)
    first.kill()
    assert not (killed / "saved_model").exists()
    workers(killed, **MAGNET).finish()
    assert_same_run(whole, killed)


@pytest.mark.slow
def test_a_signal_to_one_worker_stops_both(workers, tmp_path):
    run_dir = tmp_path / "run"
    both = workers(run_dir, method="focus_ranking", steps=100_000)
    while not list((run_dir / "checkpoints" / "latest").glob("*.index")):
        assert both.running()
        time.sleep(0.02)
    both.processes[1].send_signal(signal.SIGTERM)
    assert both.ends() == [1, 1]
    assert all("Stopped; its state is saved" in said for said in both.said())


@pytest.mark.slow
def test_a_run_on_two_workers_is_that_of_one_device(workers, tiny_collections, tmp_path):
    """The same flags but for the pieces of a batch, which two workers have without being told."""
    flags = {"method": "focus_ranking", "negatives": "global", "steps": 8, "ratio": 4, "holdout": 0}
    workers(tmp_path / "two", **flags).finish()
    flags = FLAGS | flags | {"data_dir": tiny_collections, "run_dir": tmp_path / "one", "accumulate": 2}
    assert run.train(training_config(*(f"--{name}={value}" for name, value in flags.items())))
    untrained, one = (exported(tmp_path / "one", name) for name in ("untrained", "saved_model"))
    two = exported(tmp_path / "two", "saved_model")
    assert untrained.keys() == one.keys() == two.keys()
    changed = 0.0
    for name in one:
        change = one[name] - untrained[name]
        np.testing.assert_allclose(two[name] - untrained[name], change, rtol=1e-3, atol=1e-6, err_msg=name)
        changed = max(changed, np.abs(change).max())
    assert changed > 1e-3
