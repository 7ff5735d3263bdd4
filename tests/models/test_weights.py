"""Imported weights: the network's features against those of Caffe's network in NumPy."""

import hashlib

import numpy as np
import pytest
from models.numpy_alexnet import INPUT_SIDE, features, random_weights
from models.weight_files import tensorflow_layout, write_caffemodel, write_npy

from fabric_retrieval.models import alexnet
from fabric_retrieval.models.features import feature_network
from fabric_retrieval.models.weights import load_weights
from fabric_retrieval.models.weights.forms import read_weights

WEIGHTS = random_weights()
LAYERS = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7"]
IMAGES = np.random.default_rng(1).integers(0, 256, (2, INPUT_SIDE, INPUT_SIDE, 3)).astype(np.float32)


def build(norm_order="norm_first", **arguments):
    return alexnet(INPUT_SIDE, 1 / 16, **{"groups": 2, "norm_order": norm_order} | arguments)


def assert_features_are_caffes(model, norm_order):
    for layer, expected in zip(("fc6", "fc7"), features(WEIGHTS, IMAGES, norm_order), strict=True):
        found = feature_network(model, layer)(IMAGES)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * expected.max())


def test_the_reference_tells_the_orders_apart():
    norm_first, pool_first = (features(WEIGHTS, IMAGES, order)[0] for order in ("norm_first", "pool_first"))
    assert np.abs(norm_first - pool_first).max() > 0.05 * norm_first.max()
    assert (norm_first > 0).mean() > 0.3


def test_npy(tmp_path):
    path = write_npy(tmp_path / "bvlc_alexnet.npy", WEIGHTS)
    model = build()
    about = load_weights(model, path)
    assert_features_are_caffes(model, "norm_first")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert about == {
        "form": "bvlc_alexnet.npy",
        "sha256": digest,
        "norm_order": "norm_first",
        "layers": LAYERS,
    }


@pytest.mark.parametrize(
    "written",
    [
        {"python2": True},
        {"python2": True, "key": str.encode},
        {"key": str.encode},
        {"pair": tuple},
        {"pair": lambda parts: dict(zip(("weights", "biases"), parts, strict=True))},
        {"pair": lambda parts: {b"biases": parts[1], b"weights": parts[0]}},
        {"pair": lambda parts: [np.asfortranarray(part) for part in parts]},
        {"pair": lambda parts: [part.astype(">f4") for part in parts]},
        {"pair": lambda parts: [part.astype("f8") for part in parts]},
        {"pair": lambda parts: np.array([*parts, None], object)[:2]},
    ],
)
def test_variants_of_npy_hold_the_same(tmp_path, written):
    layers = read_weights(write_npy(tmp_path / "bvlc_alexnet.npy", WEIGHTS, **written)).layers
    expected = tensorflow_layout(WEIGHTS)
    assert layers.keys() == expected.keys()
    for name, (kernel, bias) in layers.items():
        np.testing.assert_array_equal(kernel, expected[name][0])
        np.testing.assert_array_equal(bias, expected[name][1])


@pytest.mark.parametrize("v1", [False, True])
@pytest.mark.parametrize("norm_order", ["norm_first", "pool_first"])
def test_caffemodel(tmp_path, norm_order, v1):
    path = write_caffemodel(tmp_path / "any_name.bin", WEIGHTS, norm_order, v1, double=norm_order[0] == "p")
    model = build(norm_order)
    about = load_weights(model, path)
    assert_features_are_caffes(model, norm_order)
    assert (about["form"], about["norm_order"], about["layers"]) == ("caffemodel", norm_order, LAYERS)


def test_layers_that_the_model_ends_before_are_left_out(tmp_path):
    path = write_npy(tmp_path / "bvlc_alexnet.npy", WEIGHTS)
    model = build(feature_layer="fc6")
    assert load_weights(model, path)["layers"] == LAYERS[:-1]
    np.testing.assert_allclose(
        model(IMAGES), features(WEIGHTS, IMAGES, "norm_first")[0], rtol=1e-3, atol=1e-2
    )


def test_an_embedding_keeps_its_own_initial_weights(tmp_path):
    model = build(feature_layer="embedding", embedding_dim=8)
    before = [weight.numpy() for weight in model.get_layer("embedding").weights]
    load_weights(model, write_npy(tmp_path / "bvlc_alexnet.npy", WEIGHTS))
    assert_features_are_caffes(model, "norm_first")
    for weight, own in zip(model.get_layer("embedding").weights, before, strict=True):
        np.testing.assert_array_equal(weight, own)
