"""The folder of an index: the old one or the new one, whatever happens; damaged files are refused by name."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from search.changing import DIMENSION, change
from search.oracle import MODEL, Oracle, check_same, description, drawn, items

from fabric_retrieval.errors import UserError
from fabric_retrieval.search import create_index, files, open_index
from fabric_retrieval.search.manifest import entries, read_manifest, write_manifest
from fabric_retrieval.search.sureness import Calibration, Logistic

TESTS = Path(__file__).parents[1]


def start(module, folder):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    return subprocess.Popen(
        [sys.executable, "-m", module, str(folder)], stdout=subprocess.PIPE, text=True, env=environment
    )


def made(folder, kind="auto", steps=3):
    """An index and an oracle after these steps of `change`; the index is saved at each and closed."""
    oracle = Oracle()
    with create_index(folder, description(DIMENSION, {"step": 0}), kind) as index:
        for step in range(1, steps + 1):
            change(index, step)
            change(oracle, step)
            index.settings = {"step": step}
            index.save()
    return oracle


def after(steps):
    oracle = Oracle()
    for step in range(1, steps + 1):
        change(oracle, step)
    return oracle


def names(folder):
    return {path.name for path in Path(folder).iterdir()} - {"lock"}


def named(folder):
    return {entry["name"] for entry in entries(read_manifest(folder))} | {"manifest.json"}


QUERIES = drawn(3, DIMENSION, seed=99)


def test_killed_while_saving_at_random_moments(tmp_path):
    folder = tmp_path / "index"
    made(folder, steps=1)
    rng = np.random.default_rng(0)
    for _ in range(6):
        process = start("search.changing", folder)
        told = [process.stdout.readline()]
        end = time.monotonic() + rng.uniform(0, 0.2)
        while time.monotonic() < end:  # a reader finds a whole index at any time
            with open_index(folder) as index:
                check_same(index, after(index.settings["step"]), QUERIES, 5)
        process.send_signal(signal.SIGKILL)
        told += process.stdout.read().splitlines()
        process.wait()
        process.stdout.close()
        with open_index(folder) as index:
            step = index.settings["step"]
            assert step >= int(told[-1]), "what was saved is lost"
            check_same(index, after(step), QUERIES, 5)


def test_killed_before_each_change_of_the_folder(tmp_path):
    folder = tmp_path / "index"
    made(folder)
    process = start("search.crashing", folder)
    told, _ = process.communicate(timeout=100)
    assert process.returncode == 0
    *deaths, last = told.splitlines()
    assert last == "done"
    steps = [int(line.split()[0]) for line in deaths]
    # The manifest is renamed once: before that it is the old index, and after it the new one.
    assert steps == sorted(steps)
    assert set(steps) == {3, 4}
    assert len(steps) >= 6
    for death, line in enumerate(deaths):
        copy, step = folder.with_name(f"index-{death}"), steps[death]
        left = int(line.split()[1])
        assert left == len(names(copy) - named(copy))
        with open_index(copy) as index:
            check_same(index, after(step), QUERIES, 5)
            change(index, step + 1)
            index.save()
        assert names(copy) == named(copy), "what the killed save has left stays lying about"
        with open_index(copy) as index:
            check_same(index, after(step + 1), QUERIES, 5)


@pytest.mark.parametrize("kind", ["flat", "hnsw"])
def test_a_disk_that_is_full_leaves_the_old_index(tmp_path, kind, monkeypatch):
    folder = tmp_path / "index"
    oracle = made(folder, kind)
    written = files.Written.write
    left = []

    def write(self, data):
        if not left:
            raise OSError(errno.ENOSPC, "No space left on device")
        left.pop()
        return written(self, data)

    monkeypatch.setattr(files.Written, "write", write)
    grown = after(4)
    with open_index(folder) as index:
        change(index, 4)
        for room in range(1000):
            left[:] = range(room)
            try:
                index.save()
                break
            except OSError as error:
                assert error.errno == errno.ENOSPC  # noqa: PT017 (it must not be another one)
                assert names(folder) == named(folder)
                with open_index(folder) as old:
                    check_same(old, oracle, QUERIES, 5)
                check_same(index, grown, QUERIES, 5)
        assert room > 5
    with open_index(folder) as index:
        check_same(index, grown, QUERIES, 5)


def test_a_file_that_the_system_does_not_write(tmp_path):
    folder = tmp_path / "index"
    made(folder)
    code = f"""
import resource
from fabric_retrieval.search import open_index
from search.changing import change
index = open_index({str(folder)!r})
change(index, 4)
resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))
try:
    index.save()
except OSError as error:
    print(error.strerror)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
with open_index({str(folder)!r}) as old:
    print(old.settings)
index.settings = {{"step": 4}}
index.save()
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["File too large", "{'step': 3}"]
    with open_index(folder) as index:
        check_same(index, after(4), QUERIES, 5)


@pytest.mark.parametrize("kind", ["flat", "hnsw"])
def test_damaged_files_are_refused_by_name(tmp_path, kind):
    folder = tmp_path / "index"
    made(folder, kind)
    assert any(name.endswith(".faiss") for name in named(folder)) == (kind == "hnsw")
    for name in sorted(named(folder)):
        for damage in (flipped, truncated, Path.unlink):
            copy = tmp_path / "damaged"
            shutil.copytree(folder, copy)
            damage(copy / name)
            missing = damage == Path.unlink
            expected = (
                "holds no manifest.json" if missing and name == "manifest.json" else f"{name} is damaged"
            )
            with pytest.raises(UserError, match=expected):
                open_index(copy)
            shutil.rmtree(copy)


def flipped(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncated(path):
    path.write_bytes(path.read_bytes()[:-3])


def test_another_model_is_refused_by_name(tmp_path):
    made(tmp_path / "index")
    with pytest.raises(
        UserError, match=r"another model: by a model \(fingerprint aaaaaaaaaaaaaaaa\).*bbbbbbbb"
    ):
        open_index(tmp_path / "index", "b" * 64)
    open_index(tmp_path / "index", MODEL).close()


def test_another_format_is_refused(tmp_path):
    folder = tmp_path / "index"
    made(folder)
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    write_manifest(
        folder, {name: value for name, value in content.items() if name != "sha256"} | {"format": 2}
    )
    with pytest.raises(UserError, match=r"format 2, and this version of fabric_retrieval knows 1"):
        open_index(folder)


def test_where_no_index_can_be_made(tmp_path):
    made(tmp_path / "index")
    with pytest.raises(UserError, match=r"There is an index in .*index already"):
        create_index(tmp_path / "index", description(4))
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/a.jpg").touch()
    with pytest.raises(UserError, match=r"not empty \(it holds 'a.jpg'\)"):
        create_index(tmp_path / "photos", description(4))
    with pytest.raises(UserError, match="is a file"):
        create_index(tmp_path / "photos/a.jpg", description(4))
    with pytest.raises(UserError, match="There is no index in"):
        open_index(tmp_path / "photos")
    # A creation that was killed has left files that no manifest names.
    (tmp_path / "killed").mkdir()
    for name in ("live-00000001.npy", "lock", ".0123456789abcdef.tmp"):
        (tmp_path / "killed" / name).touch()
    create_index(tmp_path / "killed", description(4)).close()
    assert names(tmp_path / "killed") == named(tmp_path / "killed")


def test_a_home_folder_and_an_unknown_scheme(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    create_index("~/index", description(4)).close()
    assert (tmp_path / "index" / "manifest.json").is_file()
    open_index("~/index").close()
    with pytest.raises(UserError, match="expected a folder, http"):
        create_index("milvus://localhost", description(4))


def test_one_writer_at_a_time(tmp_path):
    folder = tmp_path / "index"
    oracle = made(folder)
    with open_index(folder) as one, open_index(folder) as other:
        change(one, 4)
        with pytest.raises(UserError, match=rf"{folder} is being changed by .* \(number {os.getpid()}\)"):
            change(other, 4)
        check_same(other, oracle, QUERIES, 5)
        one.save()
        one.close()
        assert other.outdated()
        check_same(other, oracle, QUERIES, 5)  # its files are removed, but it has them open
        assert all(other.get(item.image_id) for item in oracle.items())
        with pytest.raises(UserError, match="saved by another process since it was opened"):
            change(other, 4)
    with open_index(folder) as third:
        assert not third.outdated()
        check_same(third, after(4), QUERIES, 5)
        third.remove(["not there"])  # changes nothing, so that it needs no lock
        with open_index(folder) as fourth:
            change(fourth, 5)


def test_what_is_not_saved_is_lost(tmp_path):
    oracle = made(tmp_path / "index")
    with open_index(tmp_path / "index") as index:
        change(index, 4)
        index.settings = {"step": 4}
    with open_index(tmp_path / "index") as index:
        check_same(index, oracle, QUERIES, 5)
        assert index.settings == {"step": 3}


def test_many_saves_leave_few_files(tmp_path):
    folder = tmp_path / "index"
    with create_index(folder, description(4)) as index:
        for number in range(60):
            index.add(items([number]), drawn(1, 4, number))
            index.save()
        assert len(read_manifest(folder)["segments"]) <= 7
        before = {path: path.stat().st_ino for path in folder.glob("vectors-*.npy")}
        index.remove([items([3])[0].image_id])
        index.save()
        assert {path: path.stat().st_ino for path in folder.glob("vectors-*.npy")} == before
    assert names(folder) == named(folder)
    with open_index(folder) as index:
        assert index.count() == 59


def test_facts_settings_and_calibration_are_kept(tmp_path):
    folder = tmp_path / "index"
    right, ours = Logistic(1.5, (-2.0,), 0.1, 0.9), Logistic(4.0, (-0.3, -0.1), 0.02, 0.98)
    calibration = Calibration(right, ours, 10, 20, 3)
    with create_index(folder, description(DIMENSION, {"roots": {"a": "/photos"}})) as index:
        assert index.calibration is None
        assert not index.info()["calibrated"]
        index.calibration = calibration
        settings = index.settings
        settings["roots"]["b"] = "/more"
        assert index.settings == {"roots": {"a": "/photos"}}
        index.settings = settings
        with pytest.raises(UserError, match=r"settings must be a dict of JSON values"):
            index.settings = {"a": float("nan")}
        change(index, 1)
        index.save()
    with open_index(folder) as index:
        assert index.calibration == calibration
        assert index.settings == settings == index.description.settings
        info = index.info()
        assert json.loads(json.dumps(info)) == info
        assert info["bytes"] == sum(
            (folder / name).stat().st_size for name in named(folder) - {"manifest.json"}
        )
        expected = {"kind": "auto", "engine": "flat", "count": 7, "dimension": DIMENSION, "model": MODEL}
        assert {name: info[name] for name in expected} == expected
        assert info["made"] <= info["changed"]
