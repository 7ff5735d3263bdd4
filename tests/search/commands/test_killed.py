"""fabric-index add, killed half-way: the same command finishes, and the index is that of one go."""

import random
import signal
import time

import numpy as np
import pytest
from search.commands.making import run, start

from fabric_retrieval.search.adding import add_folder
from fabric_retrieval.search.creating import create_for_model
from fabric_retrieval.search.index import open_index

BATCHES = ["--batch_size=4", "--save_every=4"]


@pytest.fixture
def whole(small_run, photographs, described, tmp_path):
    """An index of all photographs, made in one go."""
    with create_for_model(tmp_path / "whole", small_run / "saved_model") as index:
        add_folder(index, photographs, lambda: described, batch_size=4)
        yield index


@pytest.fixture
def command(small_run, photographs, tmp_path):
    """That adds all photographs to an index that is empty yet."""
    create_for_model(tmp_path / "index", small_run / "saved_model").close()
    return ["add", f"--index={tmp_path / 'index'}", photographs, *BATCHES]


def kill_after_saves(command, manifest, saves, delay=0.0):
    """Kills the command when it has saved so often; fails if it ends before."""
    process = start("index", *command)
    kept = manifest.read_bytes()
    while saves:
        assert process.poll() is None, process.communicate()
        if manifest.read_bytes() != kept:
            kept, saves = manifest.read_bytes(), saves - 1
        time.sleep(0.001)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it ended before it could be killed"


def assert_same(location, whole):
    with open_index(location) as index:
        assert list(index.items()) == list(whole.items())
        for item in whole.items():
            np.testing.assert_array_equal(index.get(item.image_id)[1], whole.get(item.image_id)[1])
        queries = np.stack([whole.get(item.image_id)[1] for item in whole.items()])[:10]
        assert index.search(queries, 5) == whole.search(queries, 5)


def test_a_kill_loses_nothing_that_was_saved(command, whole, tmp_path):
    kill_after_saves(command, tmp_path / "index/manifest.json", saves=1)
    with open_index(tmp_path / "index") as index:
        done = index.count()
    assert 0 < done < whole.count()
    status, out, errors = run("index", *command)
    assert status == 0, errors
    assert f"{whole.count() - done} added, 0 changed, {done} as before" in out
    assert_same(tmp_path / "index", whole)


@pytest.mark.slow
def test_kills_at_random_moments(command, whole, tmp_path):
    rng = random.Random(0)
    for _ in range(5):
        kill_after_saves(command, tmp_path / "index/manifest.json", rng.randrange(1, 4), rng.random() / 20)
    assert run("index", *command)[0] == 0
    assert_same(tmp_path / "index", whole)
