"""The SavedModel: the same embedding from bytes, from pixels, from Keras and from the C++ loader."""

import io
import json

import cpp_loader
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from fabric_retrieval.data.preprocessing import centre_crop, decode_and_resize
from fabric_retrieval.export import export
from fabric_retrieval.models import alexnet
from fabric_retrieval.models.features import feature_network

METADATA = {"preprocessing": {"resize": 80, "crop": 71, "grey": False}, "step": 7}


@pytest.fixture(scope="module")
def network():
    return feature_network(alexnet(71, 0.125, groups=2), "fc6", "l2")


@pytest.fixture(scope="module")
def folder(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "saved_model"
    export(network, path, METADATA)
    return path


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    encoded = []
    for kind, size in (("JPEG", (120, 90)), ("PNG", (80, 80)), ("JPEG", (64, 200))):
        buffer = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, (*size, 3), np.uint8)).save(buffer, kind)
        encoded.append(buffer.getvalue())
    return encoded


@pytest.fixture(scope="module")
def expected(network, images):
    squares = tf.stack([decode_and_resize(data, 80) for data in images])
    return network(tf.cast(centre_crop(squares, 71), tf.float32), training=False).numpy()


def test_serving_default_takes_bytes(folder, images, expected):
    embed = tf.saved_model.load(str(folder)).signatures["serving_default"]
    output = embed(image_bytes=tf.constant(images))
    assert set(output) == {"embedding"}
    np.testing.assert_allclose(output["embedding"], expected, atol=1e-6)


def test_pixels_give_the_same(folder, images, expected):
    embed = tf.saved_model.load(str(folder)).signatures["pixels"]
    for data, row in zip(images, expected, strict=True):
        pixels = np.asarray(Image.open(io.BytesIO(data)))
        np.testing.assert_allclose(embed(pixels=tf.constant(pixels[None]))["embedding"][0], row, atol=1e-6)


def test_loads_in_the_cpp_loader_of_tf_serving(folder, images, expected):
    np.testing.assert_allclose(cpp_loader.embed(folder, images), expected, atol=1e-6)


def test_weights_are_stored_once(folder, network):
    stored = sum(path.stat().st_size for path in (folder / "variables").glob("*.data*"))
    assert stored == pytest.approx(4 * network.count_params(), rel=0.05)


def test_metadata_lies_beside(folder, network):
    assert json.loads((folder / "metadata.json").read_text()) == METADATA | {
        "dimension": network.output_shape[-1]
    }


def test_grey_models_see_no_colour(network, images, tmp_path):
    export(network, tmp_path / "grey", {"preprocessing": {"resize": 80, "crop": 71, "grey": True}})
    embed = tf.saved_model.load(str(tmp_path / "grey")).signatures["pixels"]
    colour = np.zeros((2, 80, 80, 3), np.uint8)
    colour[0, :, :40] = (100, 0, 0)
    colour[1, :, :40] = (30, 30, 30)  # the luma of the red
    embedding = embed(pixels=tf.constant(colour))["embedding"]
    np.testing.assert_allclose(embedding[0], embedding[1], atol=1e-6)


def test_replaces_an_older_export_and_leaves_nothing_else(network, tmp_path):
    for step in (1, 2):
        export(network, tmp_path / "saved_model", METADATA | {"step": step})
    assert [path.name for path in tmp_path.iterdir()] == ["saved_model"]
    assert json.loads((tmp_path / "saved_model" / "metadata.json").read_text())["step"] == 2


def test_a_failed_export_leaves_the_older_one(network, tmp_path):
    export(network, tmp_path / "saved_model", METADATA)
    with pytest.raises(TypeError):
        export(network, tmp_path / "saved_model", METADATA | {"step": object()})
    assert [path.name for path in tmp_path.iterdir()] == ["saved_model"]
    assert json.loads((tmp_path / "saved_model" / "metadata.json").read_text())["step"] == 7


def test_an_undecodable_image_is_an_error(folder):
    embed = tf.saved_model.load(str(folder)).signatures["serving_default"]
    with pytest.raises(tf.errors.InvalidArgumentError):
        embed(image_bytes=tf.constant([b"no image"]))
