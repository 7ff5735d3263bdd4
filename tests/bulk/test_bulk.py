"""Bulk features: the rows of the single-process extractor, whatever is wrong with an image or the machine."""

import csv
import os
import shutil

import numpy as np
import pytest
import tensorflow as tf
from bulk.making import new_model

import fird
from fabric_retrieval.bulk import load
from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.embedder import Embedder
from fabric_retrieval.evaluation.features import compute

pytest.importorskip("apache_beam")
parquet = pytest.importorskip("pyarrow.parquet")

from fabric_retrieval.bulk.images import Image, TfdsImages, open_images  # noqa: E402
from fabric_retrieval.bulk.job import extract  # noqa: E402
from fabric_retrieval.bulk.shards import embed  # noqa: E402

TWO_PROCESSES = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]


@pytest.fixture(scope="module")
def drawn(tiny_collections):
    """Builder of `fird/rendered_tiny`: 31 training images of 6 fabrics."""
    return fird.prepare("fird/rendered_tiny", data_dir=str(tiny_collections))


@pytest.fixture(scope="module")
def single(saved_model, drawn):
    """What the single-process extractor makes of its training images, 8 at once."""
    return compute(Embedder(saved_model), "model", drawn, "train", batch_size=8)


@pytest.fixture(scope="module")
def finished(saved_model, drawn, tmp_path_factory):
    """The folder of a finished job over the same images; not to be changed."""
    out = tmp_path_factory.mktemp("bulk") / "out"
    extract(saved_model, TfdsImages.of(drawn, "train"), out, shards=3, batch_size=8)
    return out


def assert_rows(loaded, features):
    np.testing.assert_array_equal(loaded.ids, features.ids)
    np.testing.assert_array_equal(loaded.fabrics, features.fabrics)
    np.testing.assert_array_equal(loaded.features, features.features)


def bad_rows(out):
    found = {}
    for path in out.glob("bad-*.csv"):
        with open(path, newline="", encoding="utf-8") as file:
            found |= {row["image_id"]: row["reason"] for row in csv.DictReader(file)}
    return found


def files(out):
    """Name → what changes when a file is written anew."""
    return {p.name: (p.stat().st_ino, p.stat().st_mtime_ns) for p in out.glob("features-*")}


def test_the_rows_are_those_of_the_single_process(finished, single):
    assert_rows(load(finished), single)
    assert sorted(files(finished)) == [f"features-0000{shard}-of-00003.parquet" for shard in range(3)]


def test_a_shard_says_what_it_holds(finished, saved_model):
    file = parquet.ParquetFile(finished / "features-00000-of-00003.parquet")
    schema = file.schema_arrow
    assert [f"{field.name}: {field.type}" for field in schema] == [
        "image_id: string",
        "fabric: string",
        "group: string",
        "embedding: fixed_size_list<element: float>[512]",
    ]
    assert schema.metadata[b"model"].decode() == Embedder(saved_model).fingerprint
    assert schema.metadata[b"feature_layer"] == b"fc6"
    assert schema.metadata[b"dimension"] == b"512"
    assert file.metadata.num_rows == 8  # 31 images are 4 batches of 8: one, one and two of them a shard


def test_a_restart_computes_missing_shards_only(finished, single, saved_model, drawn, tmp_path):
    out = shutil.copytree(finished, tmp_path / "out")
    before = files(out)
    lost = "features-00001-of-00003.parquet"
    (out / lost).unlink()
    (out / ".0123456789abcdef.tmp").write_bytes(b"left by a killed worker")
    with pytest.raises(UserError, match="lacks 1 of 3 shards"):
        load(out)
    again = extract(saved_model, TfdsImages.of(drawn, "train"), out, shards=3, batch_size=8)
    after = files(out)
    assert (again.rows, again.bad, again.shards, again.computed) == (31, 0, 3, 1)
    assert {name for name in after if after[name] != before[name]} == {lost}
    assert not list(out.glob("*.tmp"))
    assert_rows(load(out), single)


def test_two_processes_give_the_same_rows(single, saved_model, drawn, tmp_path):
    extract(
        saved_model,
        TfdsImages.of(drawn, "train"),
        tmp_path / "out",
        shards=3,
        batch_size=8,
        beam_options=TWO_PROCESSES,
    )
    assert_rows(load(tmp_path / "out"), single)


def test_another_model_or_batch_size_is_refused_by_name(finished, saved_model, drawn, tmp_path):
    images = TfdsImages.of(drawn, "train")
    with pytest.raises(UserError, match=r"model '.+', now '.+'\): give another --out"):
        extract(new_model(tmp_path / "other", seed=1), images, finished, shards=3, batch_size=8)
    with pytest.raises(UserError, match="batch_size 8, now 4"):
        extract(saved_model, images, finished, shards=3, batch_size=4)
    with pytest.raises(UserError, match="images_fingerprint"):
        extract(saved_model, TfdsImages.of(drawn, "gallery"), finished, shards=3, batch_size=8)


def test_photographs_have_the_rows_of_the_prepared_collection(saved_model, photos, tmp_path):
    extract(saved_model, open_images(photos_dir=str(photos)), tmp_path / "out", shards=2, batch_size=4)
    builder = fird.prepare(photos_dir=str(photos), data_dir=str(tmp_path / "data"), workers=1)
    embedder = Embedder(saved_model)
    parts = [compute(embedder, "model", builder, split, 4) for split in builder.info.splits]
    ids, fabrics, features = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("ids", "fabrics", "features")
    )
    order = np.argsort(ids)
    loaded = load(tmp_path / "out")
    assert loaded.ids.tolist() == ids[order].tolist()
    assert loaded.fabrics.tolist() == fabrics[order].tolist()
    np.testing.assert_allclose(loaded.features, features[order], rtol=1e-5, atol=1e-5)


def test_bad_photographs_are_listed_and_change_no_other_row(saved_model, photos, tmp_path):
    extract(saved_model, open_images(photos_dir=str(photos)), tmp_path / "good", batch_size=4)
    whole = (photos / "blue check/2.jpg").read_bytes()
    (photos / "blue check/2.jpg").write_bytes(whole[: len(whole) // 2])
    (photos / "denim/0.jpg").write_text("no image")
    (photos / "astray.jpg").write_bytes(whole)
    summary = extract(saved_model, open_images(photos_dir=str(photos)), tmp_path / "out", batch_size=4)
    assert bad_rows(tmp_path / "out") == {
        "astray.jpg": "lies in no fabric's folder",
        "blue check/2.jpg": "truncated image",
        "denim/0.jpg": "not a JPEG, PNG, BMP, WebP or TIFF image",
    }
    assert (summary.rows, summary.bad) == (10, 3)
    good, rest = load(tmp_path / "good"), load(tmp_path / "out")
    kept = ~np.isin(good.ids, ["blue check/2.jpg", "denim/0.jpg"])
    assert rest.ids.tolist() == good.ids[kept].tolist()
    np.testing.assert_array_equal(rest.features, good.features[kept])


def test_a_list_of_files_may_name_what_is_not_there(saved_model, photos, tmp_path):
    rows = "path,fabric\nphotos/denim/3.jpg,jeans\nphotos/denim/9.jpg,jeans\n"
    (tmp_path / "list.csv").write_text(rows)
    images = open_images(photos_csv=str(tmp_path / "list.csv"))
    extract(saved_model, images, tmp_path / "out")
    loaded = load(tmp_path / "out")
    assert (loaded.ids.tolist(), loaded.fabrics.tolist()) == (["photos/denim/3.jpg"], ["jeans"])
    assert bad_rows(tmp_path / "out") == {"photos/denim/9.jpg": "cannot be read (No such file or directory)"}


def test_a_shard_may_hold_bad_photographs_only(saved_model, photos, tmp_path):
    for path in (photos / "denim").iterdir():
        path.write_bytes(b"")
    summary = extract(saved_model, open_images(photos_dir=str(photos)), tmp_path / "out", 3, batch_size=4)
    assert (summary.rows, summary.bad, summary.shards) == (8, 4, 3)
    assert set(bad_rows(tmp_path / "out").values()) == {"empty file"}
    assert set(load(tmp_path / "out").fabrics) == {"blue check", "größe-42"}


def test_what_the_model_refuses_is_a_bad_image(saved_model, photos):
    embedder = Embedder(saved_model)
    data = [path.read_bytes() for path in sorted(photos.glob("größe-42/*"))]
    alone, _ = embed(embedder, [Image(str(row), "f", "", image) for row, image in enumerate(data)])
    data[1] = data[1][:-200]
    features, reasons = embed(embedder, [Image(str(row), "f", "", image) for row, image in enumerate(data)])
    assert reasons == ["", "truncated image", "", ""]
    np.testing.assert_array_equal(features[[0, 2, 3]], alone[[0, 2, 3]])


def test_features_that_are_no_numbers_make_a_bad_image(photos):
    def broken(images):
        return np.where(np.arange(len(images))[:, np.newaxis] == 1, np.nan, np.ones((len(images), 6)))

    _, reasons = embed(broken, [Image(str(row), "f", "", b"data") for row in range(3)])
    assert reasons == ["", "its features are NaN or infinite", ""]


def test_a_model_that_fails_on_good_images_ends_the_job():
    def broken(images):
        if len(images) > 1:
            raise tf.errors.InvalidArgumentError(None, None, "not the images' fault")
        return np.ones((1, 6))

    with pytest.raises(tf.errors.InvalidArgumentError, match="fault"):
        embed(broken, [Image(str(row), "f", "", b"data") for row in range(3)])


def test_results_do_not_go_among_the_photographs(saved_model, photos):
    with pytest.raises(UserError, match="lies among the photographs"):
        extract(saved_model, open_images(photos_dir=str(photos)), photos / "out")
    assert not os.path.exists(photos / "out")
