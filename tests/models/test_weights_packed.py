"""Weights in one small file, and those that come with the package."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import keras
import numpy as np
import pytest

from fabric_retrieval.data.preprocessing import centre_crop
from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation import retrieval_metrics
from fabric_retrieval.flags import training_config
from fabric_retrieval.models.weights.packed import packed_weights, write_packed
from fabric_retrieval.models.weights.trained import SHIPPED
from fabric_retrieval.rendering.collection import draw_photographs
from fabric_retrieval.training.networks import build_model

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--backbone=efficientnet_lite0",
    "--taps=colours,stem,stage2",
    "--input_size=67",
    "--embedding_dim=8",
]
ORIGIN = {"form": "run", "step": 7}


def build(seed=0, weights=None, **changes):
    given = {"run_dir": "unused", "feature_layer": "embedding", "seed": seed} | changes
    given |= {"weights": weights} if weights else {}
    return build_model(training_config(*FLAGS, *(f"--{name}={value}" for name, value in given.items())))


@pytest.fixture(scope="module")
def network():
    return build(seed=1)[0]


@pytest.fixture(scope="module")
def packed(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("packed") / "weights.npz"
    write_packed(network, path, ORIGIN)
    return path


def assert_half_equal(model, expected):
    for found, value in zip(model.get_weights(), expected.get_weights(), strict=True):
        if value.ndim > 1:
            np.testing.assert_array_equal(found, value.astype(np.float16).astype(np.float32))
        else:
            np.testing.assert_array_equal(found, value)


def test_a_network_has_them_but_for_half_precision(network, packed):
    model, about = build(weights=packed)
    assert_half_equal(model, network)
    assert about["form"] == "file of weights"
    assert about["origin"] == ORIGIN
    assert "embedding" in about["layers"]
    assert json.loads(json.dumps(about)) == about  # it is compared with what a run's metadata tells
    images = np.random.default_rng(0).uniform(0, 255, (4, 67, 67, 3)).astype(np.float32)
    np.testing.assert_allclose(model(images), network(images), atol=2e-3)


def test_the_file_takes_half_the_room(network, packed):
    assert packed.stat().st_size < 0.55 * sum(value.nbytes for value in network.get_weights())


def test_a_head_of_another_size_keeps_its_own(packed):
    model, about = build(weights=packed, embedding_dim=5)
    other, _ = build(embedding_dim=5)
    assert "embedding" not in about["layers"]
    np.testing.assert_array_equal(model.get_layer("embedding").kernel, other.get_layer("embedding").kernel)


def test_a_mean_with_itself_is_itself(packed):
    assert_half_equal(build(weights=f"{packed},{packed}")[0], build(weights=packed)[0])


def test_another_network_is_refused(packed):
    with pytest.raises(UserError, match="another network"):
        build(weights=packed, backbone="efficientnet_lite1")


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(UserError, match="There is no file"):
        packed_weights(tmp_path / "none.npz")


@pytest.mark.parametrize("kept", [0, 10, 0.5, 0.99])
def test_truncated_files_are_refused(packed, tmp_path, kept):
    data = packed.read_bytes()
    path = tmp_path / "short.npz"
    path.write_bytes(data[: kept if kept >= 1 else int(kept * len(data))])
    with pytest.raises(UserError, match="damaged"):
        packed_weights(path)


def test_a_damaged_array_is_refused(packed, tmp_path):
    data = bytearray(packed.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path = tmp_path / "flipped.npz"
    path.write_bytes(data)
    with pytest.raises(UserError, match="damaged"):
        packed_weights(path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a/0": np.ones(3)}, "no file of weights"),  # without an origin
        ({"a/0": np.array([{"an": "object"}]), "origin": np.array("{}")}, "no file of weights"),  # a pickle
        ({"a/0": np.array([1, np.nan]), "origin": np.array("{}")}, "a/0 holds what is not a finite number"),
        ({"a/0": np.array(["text"]), "origin": np.array("{}")}, "a/0 holds what is not a finite number"),
        ({"a/0": np.ones(3), "origin": np.array("{")}, "no file of weights"),
    ],
)
def test_other_contents_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "other.npz", **arrays)
    with pytest.raises(UserError, match=message):
        packed_weights(tmp_path / "other.npz")


def test_what_half_precision_cannot_hold_is_not_written(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.layers[0].kernel.assign([[1e5], [0]])
    with pytest.raises(ValueError, match="not finite in half precision"):
        write_packed(model, tmp_path / "weights.npz", {})
    assert not [*tmp_path.iterdir()]


def test_the_command(packed, tmp_path):
    def pack(*arguments):
        command = [sys.executable, "-m", "fabric_retrieval.training.pack", *FLAGS, "--run_dir=unused"]
        return subprocess.run([*command, *arguments], capture_output=True, text=True)

    again = tmp_path / "again.npz"
    done = pack("--feature_layer=embedding", f"--weights={packed}", f"--out={again}")
    assert done.returncode == 0, done.stderr
    assert " MB: " in done.stdout
    one, other = (packed_weights(path)[0] for path in (packed, again))
    np.testing.assert_array_equal(one("embedding", 0, ""), other("embedding", 0, ""))
    assert packed_weights(again)[1]["origin"]["form"] == "file of weights"
    refused = pack("--feature_layer=embedding", f"--out={again}")
    assert refused.returncode == 1
    assert "--weights is needed" in refused.stderr


@pytest.fixture(scope="module")
def drawn():
    """Photographs [100, 256, 256, 3] uint8 of twenty fabrics, five each, of no collection; their fabrics."""
    photographs = [
        cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR_RGB)
        for fabric in range(20)
        for image, _ in draw_photographs(77, fabric, range(5))
    ]
    return np.stack(photographs), np.repeat([f"{fabric:02d}" for fabric in range(20)], 5)


def found(config, photographs, fabrics):
    """`retrieval_metrics` of two photographs of each fabric among the three others of all of them."""
    network = build_model(config)[0]
    features = network.predict(centre_crop(photographs, config.input_size).astype(np.float32), verbose=0)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    queries = np.arange(len(fabrics)) % 5 < 2
    return retrieval_metrics(
        features[queries], fabrics[queries], features[~queries], fabrics[~queries], bootstrap=0
    )


def test_the_weights_in_the_package_find_fabrics_they_have_not_seen(drawn):
    ready = training_config(f"--flagfile={ROOT / 'configs/ready.flags'}", "--run_dir=unused")
    assert ready.weights in SHIPPED
    assert ready.steps == 0
    of_ready = found(ready, *drawn)
    of_imagenet = found(SimpleNamespace(**vars(ready) | {"weights": "imagenet", "embedding_dim": 0}), *drawn)
    assert of_ready["map"] > of_imagenet["map"] + 0.2
    assert of_ready["recall@16"] > 0.95
