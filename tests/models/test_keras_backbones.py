"""The networks of keras.applications give what Keras' own give for preprocessed images."""

import importlib

import cpp_loader
import h5py
import keras
import numpy as np
import pytest
from keras import layers
from keras.src.legacy.saving import legacy_h5_format
from PIL import Image

from fabric_retrieval.errors import UserError
from fabric_retrieval.export import export
from fabric_retrieval.models.backbones import build_backbone, load_imagenet
from fabric_retrieval.models.keras_backbones import preprocessed

SIDE = 64
MODULES = {
    "MobileNetV2": "mobilenet_v2",  # -1 ... 1
    "ResNet50": "resnet",  # BGR less the mean
    "EfficientNetV2B0": "efficientnet_v2",  # preprocesses inside
}


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(0, 255, (2, SIDE, SIDE, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def backbones():
    """A function from name to backbone, with normalisations that are no identities; each is built once."""
    built = {}

    def backbone(name):
        if name not in built:
            built[name] = build_backbone(name, SIDE)
            shake(built[name].network)
        return built[name]

    return backbone


def shake(network):
    rng = np.random.default_rng(1)
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in layer.get_weights()])


def maps_of(backbone):
    """The taps but the images, whose layer Keras' own network calls otherwise."""
    assert backbone.taps["images"] == "images"
    return {tap: layer for tap, layer in backbone.taps.items() if tap != "images"}


def at_taps(network, backbone):
    """The network with several outputs. Deep in a random network hardly anything is left of the image."""
    return keras.Model(
        network.input, [network.get_layer(layer).output for layer in maps_of(backbone).values()]
    )


def assert_features_equal(found, expected):
    for some, others in zip(found, expected, strict=True):
        np.testing.assert_allclose(some, others, rtol=1e-3, atol=1e-3 * np.abs(others).max())


@pytest.mark.parametrize("name", MODULES)
def test_features_are_keras_own(backbones, images, name):
    backbone = backbones(name)
    original = getattr(keras.applications, name)(include_top=False, weights=None, input_shape=(SIDE, SIDE, 3))
    original.set_weights(backbone.network.get_weights())
    original = at_taps(original, backbone)
    preprocess_input = importlib.import_module(f"keras.applications.{MODULES[name]}").preprocess_input
    expected = original(preprocess_input(images.copy()), training=False)
    assert_features_equal(at_taps(backbone.network, backbone)(images, training=False), expected)
    with pytest.raises(AssertionError):
        assert_features_equal(original(images / 255, training=False), expected)


@pytest.mark.parametrize("module", ["mobilenet_v2", "resnet", "densenet", "efficientnet_v2", "xception"])
def test_values_are_prepared_as_in_numpy(images, module):
    keras_module = importlib.import_module(f"keras.applications.{module}")
    name = next(name for name in dir(keras_module) if name[0].isupper())
    inputs = keras.Input((SIDE, SIDE, 3))
    found = keras.Model(inputs, preprocessed(name, inputs) * 1)(images)
    np.testing.assert_allclose(found, keras_module.preprocess_input(images.copy()), rtol=1e-5, atol=1e-5)


TAPS = {
    "MobileNetV2": {
        "stride2": "block_1_expand_relu",
        "stride4": "block_3_expand_relu",
        "stride8": "block_6_expand_relu",
        "stride16": "block_13_expand_relu",
        "head": "out_relu",
    },
    "ResNet50": {
        "stride2": "conv1_relu",
        "stride4": "conv2_block3_out",
        "stride8": "conv3_block4_out",
        "stride16": "conv4_block6_out",
        "head": "conv5_block3_out",
    },
}


@pytest.mark.parametrize("name", MODULES)
def test_taps_have_their_strides(backbones, name):
    backbone = backbones(name)
    sides = {
        tap: backbone.network.get_layer(layer).output.shape[1] for tap, layer in maps_of(backbone).items()
    }
    assert sides == {"stride2": 32, "stride4": 16, "stride8": 8, "stride16": 4, "head": 2}
    assert maps_of(backbone) == TAPS.get(name, maps_of(backbone))
    assert list(maps_of(backbone)) == list(sides)
    assert backbone.default_taps == ("stride16", "head")


def test_what_is_no_layer_is_no_tap():
    """ConvNeXt adds without layers, and its strides are networks whose output is no tensor of its graph."""
    backbone = build_backbone("ConvNeXtTiny", 32)
    assert list(backbone.taps) == ["images", "head"]
    assert backbone.default_taps == ("head",)
    head = backbone.network.get_layer(backbone.taps["head"]).output
    assert keras.Model(backbone.network.input, head).output_shape == (None, 1, 1, 768)


@pytest.mark.parametrize("name", ["MobileNetV2", "ResNet50"])
def test_exports_run_in_the_cpp_loader(backbones, tmp_path, name):
    backbone = backbones(name)
    maps = backbone.network.get_layer(backbone.taps["stride4"]).output
    network = keras.Model(backbone.network.input, layers.GlobalAveragePooling2D()(maps))
    pixels = np.random.default_rng(2).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "image.png")
    export(network, tmp_path / "model", {"preprocessing": {"resize": SIDE, "crop": SIDE, "grey": False}})
    found = cpp_loader.embed(tmp_path / "model", [(tmp_path / "image.png").read_bytes()])
    expected = network(pixels[None].astype(np.float32), training=False)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@pytest.fixture
def downloaded(monkeypatch, tmp_path):
    """A file in place of the one that Keras would download: EfficientNetB0, normalised for ImageNet."""
    network = keras.applications.EfficientNetB0(include_top=False, weights=None, input_shape=(SIDE, SIDE, 3))
    shake(network)
    mean, deviation = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    network.get_layer(index=2).set_weights([np.array(mean), np.array(deviation), np.array(0)])
    path = tmp_path / "efficientnetb0_notop.h5"
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, network)
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", lambda *_, **__: str(path))
    return path


def test_weights_for_imagenet_bring_their_preprocessing(downloaded, images):
    """Keras builds EfficientNet in another way for these than for others."""
    backbone = build_backbone("EfficientNetB0", SIDE)
    about = load_imagenet(backbone, "EfficientNetB0")
    original = keras.applications.EfficientNetB0(include_top=False, input_shape=(SIDE, SIDE, 3))
    expected = at_taps(original, backbone)(images, training=False)
    assert_features_equal(at_taps(backbone.network, backbone)(images, training=False), expected)
    assert about["source"] == f"EfficientNetB0, Keras {keras.__version__}"


def test_no_network_says_where_to_put_the_file(monkeypatch, tmp_path):
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    backbone = build_backbone("MobileNetV2", SIDE)
    before = backbone.network.get_weights()
    with pytest.raises(UserError) as refusal:
        load_imagenet(backbone, "MobileNetV2")
    file = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
    assert f"save it as {tmp_path}/models/{file}" in str(refusal.value)
    assert f"https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/{file}" in str(
        refusal.value
    )
    for found, expected in zip(backbone.network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_unknown_names_get_close_ones():
    for name in ("mobilenet_v2", "mobilenetv2"):
        with pytest.raises(UserError, match=f"no backbone {name}. Did you mean .*MobileNetV2"):
            build_backbone(name, SIDE)
    with pytest.raises(UserError, match=r"Did you mean efficientnet_lite0"):
        build_backbone("efficientnetlite0", SIDE)
    with pytest.raises(UserError, match=r"There are efficientnet_lite0, .*ConvNeXtBase, .*Xception"):
        build_backbone("?", SIDE)


def test_too_small_an_input_is_a_user_error():
    with pytest.raises(UserError, match=r"MobileNetV2 cannot be built with --input_size=31.*at least 32"):
        build_backbone("MobileNetV2", 31)
