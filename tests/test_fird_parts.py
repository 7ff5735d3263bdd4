"""Parts of a drawn collection: one killed goes on, and ends as if it had never been."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile

import pytest

import fird
from fabric_retrieval.rendering import parts
from fabric_retrieval.rendering.collection import COLLECTIONS, Collection
from fird import build, forecast
from fird.drawing import Drawing
from fird.forecast import DiskFullError, Forecast

TINY = COLLECTIONS["rendered_tiny"]
CONFIG = "fird/rendered_tiny"


def tree(folder):
    """Every file below a folder, with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def command(data_dir, workers=1):
    flags = f"--dataset={CONFIG}", f"--data_dir={data_dir}", f"--workers={workers}"
    return [sys.executable, "-m", "fird.build", *flags]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """A data_dir prepared in this process, by one worker."""
    data_dir = tmp_path_factory.mktemp("whole")
    fird.prepare(CONFIG, data_dir=str(data_dir), workers=1)
    return data_dir / "fird"


def quick_drawing(seed, fabric, photos, one_view=False):
    return [(f"{seed} {fabric} {photo}".encode(), {"scale": 0.1 + fabric / 3}) for photo in photos]


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(parts, "draw_photographs", quick_drawing)
    monkeypatch.setattr(forecast, "_sample", lambda collection: (0.01, 1000))
    return monkeypatch


def test_killed_and_started_again_it_equals_an_uninterrupted_build(uninterrupted, tmp_path):
    process = subprocess.Popen(command(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = []
    while len(found) < 2:
        assert process.poll() is None, "ended before it could be killed"
        time.sleep(0.02)
        found = sorted(tmp_path.glob("fird/rendered_tiny/drawing-*/part-*.zip"))
    process.send_signal(signal.SIGKILL)
    process.wait()
    found = sorted(tmp_path.glob("fird/rendered_tiny/drawing-*/part-*.zip"))
    assert 2 <= len(found) < TINY.parts
    assert not (tmp_path / "fird/rendered_tiny/2.0.0").exists()
    kept = tmp_path / "kept"  # a second name of each file: its inode and time outlive the folder
    kept.mkdir()
    for path in found:
        os.link(path, kept / path.name)
    before = {path.name: path.stat().st_mtime_ns for path in kept.iterdir()}
    found[1].unlink()
    found[1].write_bytes((kept / found[1].name).read_bytes()[:-100])  # and one is damaged
    done = subprocess.run(command(tmp_path, workers=2), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    drawn = sum(TINY.photo_count(i) for part in range(len(found)) for i in TINY.part(part))
    damaged = sum(TINY.photo_count(i) for i in TINY.part(1))
    assert f"{drawn - damaged} of them drawn earlier" in done.stdout
    assert {path.name: path.stat().st_mtime_ns for path in kept.iterdir()} == before
    assert tree(tmp_path / "fird") == tree(uninterrupted)
    assert not list(tmp_path.glob("fird/*/drawing-*"))


def test_missing_and_damaged_parts_alone_are_drawn(tmp_path, quick):
    drawing = Drawing(TINY, tmp_path, "2.0.0")
    drawing.draw(drawing.missing(), workers=1)
    whole = tree(tmp_path)
    assert len(whole) == TINY.parts
    drawing.path(0).write_bytes(drawing.path(0).read_bytes()[:-30])  # truncated
    flipped = bytearray(drawing.path(2).read_bytes())
    flipped[flipped.index(b"2 4 0")] ^= 1  # a bit of a photograph
    drawing.path(2).write_bytes(flipped)
    drawing.path(3).unlink()
    drawing.path(4).write_bytes(b"")
    untouched = drawing.path(1).stat().st_mtime_ns
    assert drawing.missing() == [0, 2, 3, 4]
    drawing.draw([0, 2, 3, 4], workers=1)
    assert tree(tmp_path) == whole
    assert drawing.path(1).stat().st_mtime_ns == untouched


def test_a_part_gives_back_what_was_drawn(tmp_path, quick):
    parts.write_part(TINY, 3, tmp_path / "part.zip")
    drawn = list(parts.read_part(tmp_path / "part.zip"))
    assert drawn == list(parts.draw_part(TINY, 3))
    assert [(d.fabric, d.photo) for d in drawn] == [
        (i, j) for i in (6, 7) for j in range(TINY.photo_count(i))
    ]
    assert drawn[0].conditions == {"scale": 0.1 + 6 / 3}  # no digit lost
    wanted = {(6, 1), (7, 0), (99, 0)}
    assert [d[:2] for d in parts.read_part(tmp_path / "part.zip", wanted)] == [(6, 1), (7, 0)]
    with zipfile.ZipFile(io.BytesIO((tmp_path / "part.zip").read_bytes())) as file:
        assert json.loads(file.read("photographs.json"))[0][:2] == [6, 0]


def test_parts_cover_every_fabric_once():
    for collection in [*COLLECTIONS.values(), Collection("odd", seed=9, fabrics=5)]:
        fabrics = [fabric for part in range(collection.parts) for fabric in collection.part(part)]
        assert fabrics == list(range(collection.fabrics))
        assert len(collection.part(0)) * collection.photos[0] <= 100


def test_parts_of_another_drawing_are_not_used(tmp_path, quick):
    folder = tmp_path / CONFIG
    stale = folder / "drawing-2.0.0-000000000000"
    stale.mkdir(parents=True)
    (stale / "part-00000.zip").write_bytes(b"another drawing")
    seen = []
    quick.setattr(parts, "draw_photographs", lambda *task: seen.append(task[1]) or quick_drawing(*task))
    builder = fird.Builder(config="rendered_tiny", data_dir=str(tmp_path))
    builder.workers = 1
    builder.download_and_prepare()
    assert seen == list(range(12))
    assert [path.name for path in folder.iterdir() if path.is_dir()] == ["2.0.0"]


def test_what_was_killed_after_the_set_was_in_place_is_tidied_up(tmp_path, quick):
    fird.prepare(CONFIG, data_dir=str(tmp_path), workers=1)
    left = tmp_path / CONFIG / "drawing-2.0.0-000000000000"
    left.mkdir()
    fird.prepare(CONFIG, data_dir=str(tmp_path))
    assert not left.exists()


def test_a_disk_too_small_is_refused_before_anything_is_drawn(tmp_path, quick, capsys):
    usage = shutil.disk_usage(tmp_path)._replace(free=50_000)
    quick.setattr(shutil, "disk_usage", lambda path: usage)
    quick.setattr(parts, "draw_photographs", pytest.fail)
    # 64 photographs of 1,000 bytes, twice, and a tenth for the error of the sample.
    with pytest.raises(DiskFullError, match=r"1 MB of free disk.*another data_dir"):
        fird.prepare(CONFIG, data_dir=str(tmp_path))
    assert "64 photographs of 12 fabrics" in capsys.readouterr().out
    assert not list(tmp_path.glob("fird/*/*/*"))


def test_the_forecast_counts_what_is_still_to_be_drawn(tmp_path, quick):
    quick.setattr(forecast, "count_cores", lambda: 2)
    drawing = Drawing(COLLECTIONS["distractors"], tmp_path, "2.0.0")
    missing = range(250, drawing.collection.parts)  # a quarter is there
    expected = forecast.forecast(drawing, missing, workers=2)
    assert expected == Forecast(
        photographs=100_000,
        to_draw=75_000,
        result=pytest.approx(110e6),
        further=pytest.approx(110e6 + 82.5e6),
        seconds=pytest.approx(75_000 * 0.01 / 2 + 200),
    )


def test_the_command_says_what_is_wrong(tmp_path):
    command = [sys.executable, "-m", "fird.build", f"--data_dir={tmp_path}", "--dataset=fird/none"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert re.search("no such config", done.stderr), done.stderr


def test_the_command_takes_flags_alone():
    with pytest.raises(SystemExit, match="unknown arguments: rendered"):
        build.main(["build", "rendered"])
