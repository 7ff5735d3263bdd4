"""`fird` from drawn fabrics, and what becomes of a preparation that fails."""

import contextlib
import errno
import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow_datasets as tfds

import fird
from fabric_retrieval.errors import UserError
from fabric_retrieval.processes import ordered_map
from fabric_retrieval.rendering import parts
from fabric_retrieval.rendering.collection import COLLECTIONS, draw_photographs
from fird import drawing, fird_dataset_builder, forecast

TINY = COLLECTIONS["rendered_tiny"]
SPLITS = ("train", "query", "gallery")


@pytest.fixture(scope="module")
def builder(tmp_path_factory):
    return fird.prepare("fird/rendered_tiny", data_dir=str(tmp_path_factory.mktemp("data")), workers=1)


@pytest.fixture(scope="module")
def examples(builder):
    undecoded = {"image": tfds.decode.SkipDecoding()}
    return {
        split: list(tfds.as_numpy(builder.as_dataset(split=split, decoders=undecoded))) for split in SPLITS
    }


def test_splits_are_those_of_the_paper(examples):
    fabrics = {split: {example["fabric"] for example in examples[split]} for split in SPLITS}
    assert len(fabrics["train"]) == 6
    assert fabrics["query"] == fabrics["gallery"]
    assert not fabrics["train"] & fabrics["query"]
    for fabric in fabrics["query"]:
        queries, gallery = (
            sum(e["fabric"] == fabric for e in examples[split]) for split in ("query", "gallery")
        )
        assert queries == round(2 / 5 * (queries + gallery))


def test_every_photograph_occurs_once_with_the_bytes_it_was_drawn_with(examples):
    found = {e["image_id"].decode(): e for split in SPLITS for e in examples[split]}
    expected = {TINY.image_id(i, j): (i, j) for i in range(TINY.fabrics) for j in range(TINY.photo_count(i))}
    assert found.keys() == expected.keys()
    for image_id in list(expected)[::20]:
        fabric, photo = expected[image_id]
        data, conditions = draw_photographs(TINY.seed, fabric, [photo])[0]
        example = found[image_id]
        assert example["image"] == data
        assert example["label"] == fabric
        assert example["fabric"].decode() == f"{fabric:05d}"
        assert example["conditions"].keys() == conditions.keys()
        for name, value in conditions.items():
            assert example["conditions"][name] == np.float32(value), name


def test_files_are_the_same_whatever_the_number_of_workers(builder, tmp_path):
    other = fird.prepare("fird/rendered_tiny", data_dir=str(tmp_path), workers=2)
    files = sorted(path.name for path in builder.data_path.glob("*.tfrecord*"))
    assert len(files) == 3
    for name in files:
        assert (other.data_path / name).read_bytes() == (builder.data_path / name).read_bytes()


def test_tfds_load(builder):
    train, query, gallery = tfds.load("fird/rendered_tiny", split=SPLITS, data_dir=builder.data_dir_root)
    assert [len(train), len(query), len(gallery)] == [31, 13, 20]


def test_prepared_collections_are_not_prepared_again(builder, monkeypatch):
    monkeypatch.setattr(fird.Builder, "download_and_prepare", pytest.fail)
    fird.prepare("fird/rendered_tiny", data_dir=builder.data_dir_root)


def test_prepared_collections_need_none_of_our_code(builder):
    code = f"""
import sys, tensorflow_datasets as tfds
builder = tfds.builder_from_directory({str(builder.data_path)!r})
assert [len(builder.as_dataset(split=split)) for split in {SPLITS}] == [31, 13, 20]
assert "fird" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def patch(monkeypatch):
    """`monkeypatch`; the forecast draws nothing."""
    monkeypatch.setattr(forecast, "_sample", lambda collection: (0.01, 1000))
    return monkeypatch


def quick_drawing(seed, fabric, photos, one_view=False):
    return [(b"a JPEG", {}) for _ in photos]


@pytest.mark.parametrize(
    ("error", "expected", "message"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            OSError,
            "The disk is full. What was drawn is kept",
        ),
        (KeyboardInterrupt(), KeyboardInterrupt, None),
        (MemoryError("tile"), MemoryError, "tile"),
    ],
)
def test_a_preparation_that_fails_goes_on_where_it_stopped(error, expected, message, tmp_path, patch):
    def draw(*task):
        if next(calls) == 8:
            raise error
        return quick_drawing(*task)

    calls = itertools.count()
    patch.setattr(parts, "draw_photographs", draw)
    with pytest.raises(expected, match=message):
        fird.prepare("fird/rendered_tiny", data_dir=str(tmp_path), workers=1)
    (folder,) = [path for path in (tmp_path / "fird/rendered_tiny").iterdir() if path.is_dir()]
    assert sorted(path.name for path in folder.iterdir()) == [f"part-{i:05d}.zip" for i in range(4)]
    # The calls go on past the eighth, of as many fabrics.
    again = fird.prepare("fird/rendered_tiny", data_dir=str(tmp_path), workers=1)
    assert again.info.splits["train"].num_examples == 31
    assert next(calls) == 9 + 4


def test_a_worker_that_dies_is_the_users_to_mend(tmp_path, patch):
    def no_memory(function, tasks, workers):
        yield from itertools.starmap(function, tasks[:2])
        yield from ordered_map(os._exit, [(1,)], workers)

    patch.setattr(parts, "draw_photographs", quick_drawing)
    patch.setattr(drawing, "ordered_map", no_memory)
    with pytest.raises(UserError, match=r"want of memory.*fewer workers than 3"):
        fird.prepare("fird/rendered_tiny", data_dir=str(tmp_path), workers=3)
    assert len([*tmp_path.glob("fird/rendered_tiny/drawing-*/part-*.zip")]) == 2


def test_a_collection_that_another_process_prepares_meanwhile_is_opened(tmp_path, patch, capsys):
    lock = fird_dataset_builder.one_at_a_time

    @contextlib.contextmanager
    def wait_for_another(folder):
        with patch.context() as context:
            context.setattr(fird_dataset_builder, "one_at_a_time", lock)
            other = fird.Builder(config="rendered_tiny", data_dir=str(tmp_path))
            other.workers = 1
            other.download_and_prepare()
        capsys.readouterr()
        with lock(folder):
            yield

    patch.setattr(parts, "draw_photographs", quick_drawing)
    patch.setattr(fird_dataset_builder, "one_at_a_time", wait_for_another)
    builder = fird.prepare("fird/rendered_tiny", data_dir=str(tmp_path), workers=1)
    assert builder.info.splits["train"].num_examples == 31
    assert len(builder.as_dataset(split="query")) == 13
    assert "this once" not in capsys.readouterr().out


def test_two_processes_prepare_a_collection_together(tmp_path):
    code = f"""
import fird
builder = fird.prepare("fird/rendered_tiny", data_dir={str(tmp_path)!r}, workers=1)
print(builder.info.splits["train"].num_examples)
"""
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    printed = [process.communicate()[0] for process in started]
    assert [text.splitlines()[-1:] for text in printed] == [["31"], ["31"]]
    assert sum("this once" in text for text in printed) == 1


def test_leavings_of_a_killed_preparation_are_swept_up(tmp_path, patch):
    folder = tmp_path / "fird/rendered_tiny"
    (folder / "incomplete.ABCDEF_2.0.0").mkdir(parents=True)
    (folder / "drawing-2.0.0-0123456789ab").mkdir()
    (folder / "drawing-1.0.0-0123456789ab").mkdir()
    (folder / "incomplete.ABCDEF_2.0.0/fird-train.tfrecord").write_bytes(b"half")
    patch.setattr(parts, "draw_photographs", quick_drawing)
    patch.setattr("fird.folders.ABANDONED_AFTER", -1)
    builder = fird.prepare("fird/rendered_tiny", data_dir=str(tmp_path), workers=1)
    assert builder.info.splits["query"].num_examples == 13
    assert [path.name for path in folder.iterdir() if path.is_dir()] == ["2.0.0"]
