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
from fabric_retrieval.rendering.collection import COLLECTIONS, draw_photographs
from fird import fird_dataset_builder, preparation

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
    assert [len(train), len(query), len(gallery)] == [32, 13, 20]


def test_prepared_collections_are_not_prepared_again(builder, monkeypatch):
    monkeypatch.setattr(fird.Builder, "download_and_prepare", pytest.fail)
    fird.prepare("fird/rendered_tiny", data_dir=builder.data_dir_root)


def test_prepared_collections_need_none_of_our_code(builder):
    code = f"""
import sys, tensorflow_datasets as tfds
builder = tfds.builder_from_directory({str(builder.data_path)!r})
assert [len(builder.as_dataset(split=split)) for split in {SPLITS}] == [32, 13, 20]
assert "fird" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def quick_drawing(seed, fabric, photos):
    return [(b"a JPEG", {}) for _ in photos]


@pytest.mark.parametrize(
    ("error", "expected", "message"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            OSError,
            "The disk is full. Nothing half-made was left",
        ),
        (KeyboardInterrupt(), KeyboardInterrupt, None),
        (MemoryError("tile"), MemoryError, "tile"),
    ],
)
def test_a_preparation_that_fails_leaves_nothing(error, expected, message, tmp_path, monkeypatch):
    def draw(*task):
        if next(calls) == 8:
            raise error
        return quick_drawing(*task)

    calls = itertools.count()
    monkeypatch.setattr(fird_dataset_builder, "draw_photographs", draw)
    with pytest.raises(expected, match=message):
        fird.prepare("fird/rendered_tiny", data_dir=str(tmp_path), workers=1)
    assert [path.name for path in (tmp_path / "fird/rendered_tiny").iterdir() if path.is_dir()] == []
    # The calls go on past the eighth.
    again = fird.prepare("fird/rendered_tiny", data_dir=str(tmp_path), workers=1)
    assert again.info.splits["train"].num_examples == 32


def test_a_worker_that_dies_is_the_users_to_mend(tmp_path, monkeypatch):
    def no_memory(function, tasks, workers):
        yield from (function(*task) for task in tasks[:2])
        yield from ordered_map(os._exit, [(1,)], workers)

    monkeypatch.setattr(fird_dataset_builder, "draw_photographs", quick_drawing)
    monkeypatch.setattr(fird_dataset_builder, "ordered_map", no_memory)
    with pytest.raises(UserError, match=r"want of memory.*fewer workers than 3"):
        fird.prepare("fird/rendered_tiny", data_dir=str(tmp_path), workers=3)
    assert [path.name for path in (tmp_path / "fird/rendered_tiny").iterdir() if path.is_dir()] == []


def test_a_collection_that_another_process_prepares_meanwhile_is_opened(tmp_path, monkeypatch, capsys):
    lock = preparation._one_at_a_time

    @contextlib.contextmanager
    def wait_for_another(builder):
        with lock(builder):
            fird.Builder(config="rendered_tiny", data_dir=str(tmp_path)).download_and_prepare()
            yield

    monkeypatch.setattr(fird_dataset_builder, "draw_photographs", quick_drawing)
    monkeypatch.setattr(preparation, "_one_at_a_time", wait_for_another)
    builder = fird.prepare("fird/rendered_tiny", data_dir=str(tmp_path), workers=1)
    assert builder.info.splits["train"].num_examples == 32
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
    assert [text.splitlines()[-1:] for text in printed] == [["32"], ["32"]]
    assert sum("this once" in text for text in printed) == 1


def test_leavings_of_a_killed_preparation_are_swept_up(tmp_path, monkeypatch):
    folder = tmp_path / "fird/rendered_tiny"
    (folder / "incomplete.ABCDEF_1.0.0").mkdir(parents=True)
    (folder / "incomplete.ABCDEF_1.0.0/fird-train.tfrecord").write_bytes(b"half")
    monkeypatch.setattr(fird_dataset_builder, "draw_photographs", quick_drawing)
    monkeypatch.setattr("fird.preparation.ABANDONED_AFTER", -1)
    builder = fird.prepare("fird/rendered_tiny", data_dir=str(tmp_path), workers=1)
    assert builder.info.splits["query"].num_examples == 13
    assert [path.name for path in folder.iterdir() if path.is_dir()] == ["1.0.0"]
