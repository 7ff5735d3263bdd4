"""MODELS/NAME/VERSION/: the export, what it says of itself, and requests to warm up with."""

import json
import signal
import subprocess
import sys

import cpp_loader
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from serving.model_server import Servables, run, warmup_logs

from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.embedder import Embedder, fingerprint
from fabric_retrieval.serving import layout
from fabric_retrieval.serving.layout import lay_out, versions


@pytest.fixture(scope="module")
def session(models):
    return cpp_loader.Session(models / "fabric" / "1")


def test_the_cpp_loader_gives_the_embeddings_of_the_export(session, embedder, images):
    outputs = session.run("serving_default", {"image_bytes": np.array(images, object)})
    np.testing.assert_allclose(outputs["embedding"], embedder(tf.constant(images)), atol=1e-6)


def test_the_cpp_loader_takes_pixels(session, export):
    pixels = np.random.default_rng(1).integers(0, 256, (2, 90, 120, 3), np.uint8)
    model = tf.saved_model.load(str(export))
    expected = model.signatures["pixels"](pixels=tf.constant(pixels))["embedding"]
    np.testing.assert_allclose(session.run("pixels", {"pixels": pixels})["embedding"], expected, atol=1e-6)


def test_python_loads_it_as_it_loads_the_export(models, embedder, images):
    laid_out = Embedder(models / "fabric" / "1")
    np.testing.assert_array_equal(laid_out(tf.constant(images)), embedder(tf.constant(images)))


def test_it_says_what_it_is_once_for_each_of_a_batch(session, export, embedder):
    answers = session.run("about", {"image_bytes": np.array([b"", b"whatever", b"\0"], object)})["about"]
    assert answers.shape == (3,)
    for answer in answers:
        assert json.loads(answer) == {
            "fingerprint": fingerprint(export),
            "metadata": json.loads((export / "metadata.json").read_text()),
        }
    assert fingerprint(export) == embedder.fingerprint


def test_every_signature_is_one_that_tf_serving_predicts_with(session):
    assert set(session.signatures) >= {"serving_default", "pixels", "about"}
    for name in ("serving_default", "pixels", "about"):
        signature = session.signatures[name]
        assert signature.method_name == "tensorflow/serving/predict"
        for tensor in (*signature.inputs.values(), *signature.outputs.values()):
            assert tensor.tensor_shape.dim[0].size == -1  # what the server's batching needs


def test_it_is_the_model_that_it_was_made_from(models, export):
    assert fingerprint(models / "fabric" / "1") == fingerprint(export)


def test_the_warmup_runs_every_signature_in_the_cpp_loader(models, session):
    logs = warmup_logs(models / "fabric" / "1")
    requests = [log.predict_log.request for log in logs]
    assert len(logs) <= 1000  # of which TF Serving refuses to load more
    signatures = {request.model_spec.signature_name for request in requests}
    assert signatures == {"serving_default", "pixels", "about"}
    assert {request.model_spec.name for request in requests} == {"fabric"}
    sizes = []
    for request in requests:
        outputs = run(session, request).outputs
        if "embedding" in outputs:
            embeddings = tf.make_ndarray(outputs["embedding"])
            assert np.isfinite(embeddings).all()
            sizes.append(len(embeddings))
    assert sizes == [1, 2, 4, 8, 16, 32, 1]


def test_given_photographs_warm_up_reduced_to_1024_pixels(export, tmp_path):
    Image.new("RGB", (3000, 1500), "red").save(tmp_path / "large.png")
    Image.new("RGB", (90, 60), "blue").save(tmp_path / "small.jpg")
    photographs = [tmp_path / "large.png", tmp_path / "small.jpg"]
    folder = lay_out(export, tmp_path / "models", warmup_photos=photographs)
    (two,) = (
        log.predict_log.request.inputs["image_bytes"].string_val
        for log in warmup_logs(folder)
        if len(log.predict_log.request.inputs["image_bytes"].string_val) == 2
    )
    shapes = [tf.io.decode_jpeg(image).shape.as_list() for image in two]
    assert sorted(shapes) == [[60, 90, 3], [512, 1024, 3]]


def test_an_unreadable_photograph_to_warm_up_with_is_named(export, tmp_path):
    (tmp_path / "no.jpg").write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"no\.jpg: not a JPEG"):
        lay_out(export, tmp_path / "models", warmup_photos=[tmp_path / "no.jpg"])
    assert not (tmp_path / "models").exists()


def test_versions_ascend_the_largest_is_served_and_none_is_written_over(export, tmp_path):
    model = tmp_path / "fabric"
    assert [lay_out(export, tmp_path, version=version).name for version in (0, 9, 0)] == ["1", "9", "10"]
    assert versions(model) == [1, 9, 10]
    before = (model / "9" / "saved_model.pb").stat().st_mtime_ns
    with pytest.raises(UserError, match="9 is there already"):
        lay_out(export, tmp_path, version=9)
    assert (model / "9" / "saved_model.pb").stat().st_mtime_ns == before
    assert Servables(tmp_path).version_of("fabric") == 10


def test_a_killed_layout_shows_nothing_to_tf_serving(export, tmp_path):
    code = (
        "import os, signal, sys\n"
        "from fabric_retrieval.serving import layout\n"
        "layout.write_warmup = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"  # all else is written
        "layout.lay_out(sys.argv[1], sys.argv[2])"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(export), str(tmp_path)], capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    (left,) = (path for path in (tmp_path / "fabric").iterdir() if path.is_dir())
    assert left.name.startswith(".laying-out-")
    assert versions(tmp_path / "fabric") == []
    lay_out(export, tmp_path)
    assert [path.name for path in (tmp_path / "fabric").iterdir() if path.is_dir()] == ["1"]


def test_a_failure_leaves_nothing_behind(export, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(layout, "write_warmup", full)
    with pytest.raises(OSError, match="No space"):
        lay_out(export, tmp_path)
    assert [path for path in (tmp_path / "fabric").iterdir() if path.is_dir()] == []


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "../up", "größe", ".hidden", "a b"])
def test_names_that_cannot_stand_in_a_url_are_refused(export, tmp_path, name):
    with pytest.raises(UserError, match="--name="):
        lay_out(export, tmp_path, name=name)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_export_is_refused(models, tmp_path):
    with pytest.raises(UserError, match="no SavedModel there"):
        lay_out(tmp_path, tmp_path / "models")
    (tmp_path / "saved_model.pb").write_bytes(b"")
    with pytest.raises(UserError, match=r"holds no metadata\.json"):
        lay_out(tmp_path, tmp_path / "models")
    (tmp_path / "metadata.json").write_text("{}")
    with pytest.raises(UserError, match="names no dimension"):
        lay_out(tmp_path, tmp_path / "models")
    with pytest.raises(UserError, match="is laid out already"):
        lay_out(models / "fabric" / "1", tmp_path / "models")
