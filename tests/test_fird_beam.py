"""`fird` on Apache Beam: the files of the single process."""

import json
import sys

import pytest
import tensorflow_datasets as tfds

import fird
from fabric_retrieval.errors import UserError
from fabric_retrieval.rendering import parts
from fird import forecast
from fird.distributed import pipeline_options, runner_of

CONFIG = "fird/rendered_tiny"


def tree(folder):
    """Every file of the prepared set, with its bytes."""
    return {path.name: path.read_bytes() for path in folder.glob("fird/rendered_tiny/2.0.0/*")}


@pytest.fixture
def quick(monkeypatch):
    """`monkeypatch`; drawing takes no time, within this process."""

    def draw(seed, fabric, photos, one_view=False):
        return [(f"{seed} {fabric} {photo}".encode() * 9, {"scale": fabric / 3}) for photo in photos]

    monkeypatch.setattr(parts, "draw_photographs", draw)
    monkeypatch.setattr(forecast, "_sample", lambda collection: (0.01, 1000))
    return monkeypatch


def test_without_beam_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "apache_beam.options.pipeline_options", None)
    with pytest.raises(UserError, match=r"pip install 'fabric-retrieval\[beam\]'"):
        fird.prepare(CONFIG, data_dir=str(tmp_path), beam_runner="DirectRunner")


def test_two_processes_of_beam_write_the_files_of_the_single_process(tmp_path):
    pytest.importorskip("apache_beam")
    options = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    fird.prepare(CONFIG, data_dir=str(tmp_path / "single"), workers=1)
    builder = fird.prepare(
        CONFIG, data_dir=str(tmp_path / "beam"), beam_runner="DirectRunner", beam_options=options
    )
    assert len(builder.as_dataset(split="gallery")) == 20
    single = tree(tmp_path / "single")
    assert {name.split(".")[0] for name in single} >= {"fird-train", "fird-query", "fird-gallery"}
    assert tree(tmp_path / "beam") == single  # dataset_info.json too


@pytest.mark.parametrize(
    ("name", "arguments", "runner"),
    [
        (None, [], "FnApiRunner"),
        ("DirectRunner", [], "FnApiRunner"),
        (None, ["--runner=direct"], "FnApiRunner"),
        (None, ["--runner=FlinkRunner"], "FlinkRunner"),
        ("SparkRunner", ["--runner=FlinkRunner"], "SparkRunner"),
    ],
)
def test_only_the_direct_runner_is_replaced(name, arguments, runner):
    pytest.importorskip("apache_beam")
    assert type(runner_of(name, pipeline_options(arguments))).__name__ == runner


def test_an_unknown_runner_is_named():
    pytest.importorskip("apache_beam")
    with pytest.raises(UserError, match="no runner 'WalkingRunner' here"):
        runner_of("WalkingRunner", pipeline_options([]))


def test_no_other_runner_is_downloaded(tmp_path, quick):
    prism = pytest.importorskip("apache_beam.runners.portability.prism_runner")
    tried = []
    quick.setattr(prism.PrismRunner, "run_pipeline", lambda *arguments: tried.append(arguments))
    builder = fird.Builder(config="rendered_tiny", data_dir=str(tmp_path))
    settings = tfds.download.DownloadConfig(try_download_gcs=False, beam_runner="DirectRunner")
    builder.download_and_prepare(download_config=settings)
    assert builder.info.splits["train"].num_examples == 31
    assert not tried


@pytest.mark.parametrize("shards", [2, 5])
def test_shards_are_cut_at_the_same_examples(shards, tmp_path, quick):
    pytest.importorskip("apache_beam")
    for name, beam in (("single", {}), ("beam", {"beam_runner": "DirectRunner"})):
        builder = fird.Builder(config="rendered_tiny", data_dir=str(tmp_path / name))
        builder.workers = 1
        settings = tfds.download.DownloadConfig(num_shards=shards, try_download_gcs=False, **beam)
        builder.download_and_prepare(download_config=settings)
        assert builder.info.splits["train"].num_shards == shards
    single = tree(tmp_path / "single")
    assert len(single) == 3 * shards + 2
    assert tree(tmp_path / "beam") == single
    splits = {s["name"]: s for s in json.loads(single["dataset_info.json"])["splits"]}
    lengths = [int(length) for length in splits["train"]["shardLengths"]]
    assert max(lengths) - min(lengths) <= 1
    assert sum(lengths) == 31


def test_photographs_of_ones_own_are_not_for_beam(tmp_path, quick):
    pytest.importorskip("apache_beam")
    for fabric in ("a", "b", "c"):
        (tmp_path / "photos" / fabric).mkdir(parents=True)
        (tmp_path / "photos" / fabric / "1.jpg").write_bytes(b"never read")
    with pytest.raises(UserError, match="without it"):
        fird.prepare(photos_dir=str(tmp_path / "photos"), data_dir=str(tmp_path), beam_runner="DirectRunner")
