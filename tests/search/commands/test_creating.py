"""An empty index says whose vectors it holds, and how sure its answers will be."""

import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

import fird
from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.embedder import Embedder
from fabric_retrieval.search import creating
from fabric_retrieval.search.creating import create_for_model, create_for_run, data_flags, held_out
from fabric_retrieval.search.describer import open_model
from fabric_retrieval.search.grouping import by_fabric
from fabric_retrieval.search.index import Hit, open_index
from fabric_retrieval.search.models import model_of


def test_an_index_for_a_model(small_run, tmp_path):
    index = create_for_model(tmp_path / "index", small_run / "saved_model")
    description = index.description
    metadata = json.loads((small_run / "saved_model/metadata.json").read_text())
    assert description.model == Embedder(small_run / "saved_model").fingerprint
    assert description.dimension == metadata["dimension"] == 512
    assert description.model_name.startswith("alex")
    assert index.settings["saved_model"] == str((small_run / "saved_model").resolve())
    assert index.count() == 0
    assert index.calibration is None


def test_the_held_out_fabrics_are_those_the_run_was_not_trained_on(small_run, photographs):
    parts = held_out(small_run)
    assert list(parts) == ["query", "gallery"]
    builder = fird.prepare(**data_flags(small_run / "flags.txt"))
    train = {example["fabric"].decode() for example in builder.as_dataset(split="train").as_numpy_iterator()}
    fabrics = {path.name for path in photographs.iterdir()}
    for features in parts.values():
        assert set(features.fabrics) == fabrics - train
        assert len(features.fabrics) == 24
    embedder = Embedder(small_run / "saved_model")
    for row in (0, 11, 23):
        data = (photographs / str(parts["query"].ids[row])).read_bytes()
        vector = embedder(tf.constant([data]))[0]
        np.testing.assert_allclose(parts["query"].features[row], vector, rtol=1e-4, atol=1e-5)


def test_they_are_embedded_once(small_run):
    held_out(small_run)
    kept = {path: path.stat().st_mtime_ns for path in (small_run / "features").rglob("*.npz")}
    held_out(small_run)
    assert len(kept) == 2
    assert kept == {path: path.stat().st_mtime_ns for path in (small_run / "features").rglob("*.npz")}


def test_a_run_makes_its_index_sure(sure_index):
    with open_index(sure_index) as index:
        assert index.calibration is not None
        assert index.info()["calibrated"]


def test_what_is_no_run_or_no_model_is_refused_and_leaves_nothing(small_run, tmp_path):
    with pytest.raises(UserError, match="no run folder"):
        create_for_run(tmp_path / "index", tmp_path / "nowhere")
    with pytest.raises(UserError, match="no exported model"):
        create_for_model(tmp_path / "index", tmp_path / "nowhere")
    shutil.copytree(small_run / "saved_model", tmp_path / "model")
    (tmp_path / "model/metadata.json").unlink()
    with pytest.raises(UserError, match=r"metadata\.json"):
        create_for_model(tmp_path / "index", tmp_path / "model")
    assert not (tmp_path / "index").exists()


def test_a_taken_place_is_refused(small_run, tmp_path):
    (tmp_path / "index").mkdir()
    (tmp_path / "index/letter.txt").write_text("dear")
    with pytest.raises(UserError, match=r"letter\.txt"):
        create_for_run(tmp_path / "index", small_run)
    assert [path.name for path in (tmp_path / "index").glob("*.*")] == ["letter.txt"]


def test_where_an_index_is_nothing_is_embedded_for_another(index, small_run, tmp_path, monkeypatch):
    monkeypatch.setattr(creating, "held_out", lambda run: pytest.fail("embedded"))
    with pytest.raises(UserError, match="There is an index"):
        create_for_run(tmp_path / "index", small_run)


def test_sureness_is_that_of_the_held_out_fabrics(small_run):
    found, parts = creating.calibrated(small_run), held_out(small_run)
    query, gallery = parts["query"], parts["gallery"]
    assert (found.queries, found.images, found.fabrics) == (24, 24, 12)
    # Every query's answer by brute force: on average the chances are the share of right ones.
    differences = query.features[:, None].astype(np.float64) - gallery.features[None]
    right, chances = [], []
    for fabric, distances in zip(query.fabrics, (differences**2).sum(-1), strict=True):
        hits = [
            Hit(str(gallery.ids[row]), str(gallery.fabrics[row]), float(distances[row]), {})
            for row in np.argsort(distances)
        ]
        right.append(hits[0].fabric == fabric)
        sure = found.of(by_fabric(hits))
        chances.append(sure.right / sure.ours)  # all of these are of fabrics in the gallery
    assert np.mean(chances) == pytest.approx(np.mean(right), abs=0.05)


def test_the_model_of_an_index_is_found_where_it_was(index, small_run, tmp_path):
    assert model_of(index).fingerprint == index.description.model
    shutil.copytree(small_run / "saved_model", tmp_path / "moved")
    assert model_of(index, str(tmp_path / "moved")).fingerprint == index.description.model


def test_another_model_is_refused_naming_both(index, small_run):
    other = open_model(str(small_run / "untrained")).fingerprint
    with pytest.raises(UserError, match=f"{index.description.model[:16]}.*{other[:16]}"):
        model_of(index, str(small_run / "untrained"))


def test_an_index_that_does_not_know_its_model_asks_for_it(index):
    index.settings = {}
    with pytest.raises(UserError, match="give --model"):
        model_of(index)


def test_data_flags_are_those_of_the_run(small_run, photographs):
    found = data_flags(small_run / "flags.txt")
    assert found["photos_dir"] == str(photographs)
    assert found["split_seed"] == 0
    assert found["photos_csv"] is None
