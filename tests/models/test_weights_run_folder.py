"""Initial weights from a finished run."""

import hashlib
import json
import re
import shutil

import keras
import numpy as np
import pytest

from fabric_retrieval.errors import UserError
from fabric_retrieval.losses import FocusRankingLoss
from fabric_retrieval.models import alexnet
from fabric_retrieval.models.weights import load_weights
from fabric_retrieval.training.checkpoints import Checkpoints

FILES = {"latest": "ckpt-9", "best": "ckpt-4"}
METADATA = {"step": 4, "method": "softmax", "dataset": "fird/pretrain/1.0.0"}


def build(seed, groups=2, **arguments):
    keras.utils.set_random_seed(seed)
    return alexnet(67, 1 / 16, groups=groups, **arguments)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run folder whose best checkpoint is of step 4 and whose latest is of step 9; and their networks."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    model, later = build(1), build(2)
    optimizer = keras.optimizers.SGD()
    optimizer.build(model.trainable_variables)
    checkpoints = Checkpoints(folder / "checkpoints", model, optimizer, FocusRankingLoss())
    checkpoints.offer(4, 0.5)
    best = build(1)
    model.set_weights(later.get_weights())
    checkpoints.save(9)
    for model_folder in (folder / "saved_model", folder / "untrained"):  # looked for, not opened
        model_folder.mkdir()
        (model_folder / "saved_model.pb").touch()
        (model_folder / "metadata.json").write_text(json.dumps(METADATA))
    (folder / "flags.txt").write_text("--export=best\n--groups=2\n")
    return folder, {"best": best, "latest": later}


@pytest.fixture(scope="module")
def network():
    """For weights that are refused: it stays as it is."""
    return build(3)


@pytest.fixture
def run(finished, tmp_path):
    """A copy of it that a test may change."""
    return shutil.copytree(finished[0], tmp_path / "run")


def assert_equal(model, other):
    for one, two in zip(model.weights, other.weights, strict=True):
        if "seed_generator" not in one.path:
            np.testing.assert_array_equal(one, two, err_msg=one.path)


@pytest.mark.parametrize("which", ["best", "latest"])
def test_the_exported_checkpoint_is_taken(finished, run, which):
    (run / "flags.txt").write_text(f"--export={which}\n")
    model = build(3)
    about = load_weights(model, run)
    assert_equal(model, finished[1][which])
    data = (run / "checkpoints" / which / f"{FILES[which]}.data-00000-of-00001").read_bytes()
    assert about == {
        "form": "run",
        "sha256": hashlib.sha256(data).hexdigest(),
        "norm_order": "pool_first",
        "layers": ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7"],
        "step": 4 if which == "best" else 9,
        "method": "softmax",
        "dataset": "fird/pretrain/1.0.0",
    }


def test_the_latest_where_none_was_the_best(finished, run):
    shutil.rmtree(run / "checkpoints" / "best")
    model = build(3)
    assert load_weights(model, run)["step"] == 9
    assert_equal(model, finished[1]["latest"])


def test_an_embedding_is_left_alone(finished):
    model = build(3, feature_layer="embedding", embedding_dim=4)
    before = model.get_layer("embedding").get_weights()
    load_weights(model, finished[0])
    np.testing.assert_array_equal(model.get_layer("embedding").kernel, before[0])
    np.testing.assert_array_equal(model.get_layer("fc7").kernel, finished[1]["best"].get_layer("fc7").kernel)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"groups": 1}, "set --groups=2"),
        ({"norm_order": "norm_first"}, "Set --norm_order=pool_first"),
    ],
)
def test_another_network_is_refused(finished, arguments, message):
    with pytest.raises(UserError, match=message):
        load_weights(build(3, **arguments), finished[0])


def test_another_width_is_refused(finished):
    message = re.escape("conv1 has shape (11, 11, 3, 6); this network's has (11, 11, 3, 10). Set --width")
    with pytest.raises(UserError, match=message):
        load_weights(alexnet(67, 0.1, groups=2), finished[0])


def test_the_order_of_normalisation_is_in_the_flags(run):
    (run / "flags.txt").write_text("--export=best\n--norm_order=norm_first\n")
    with pytest.raises(UserError, match="Set --norm_order=norm_first"):
        load_weights(build(3), run)
    assert load_weights(build(3, norm_order="norm_first"), run)["norm_order"] == "norm_first"


@pytest.mark.parametrize(
    ("flag", "grey", "warned"),
    [
        ("--grey=true\n", False, "was trained on grey images, this network is to see coloured ones"),
        ("--grey=false\n", True, "was trained on coloured images, this network is to see grey ones"),
        ("--grey=true\n", True, ""),
        ("--grey=true\n", None, ""),
        ("", True, ""),
    ],
)
def test_other_colours_are_remarked(network, run, caplog, flag, grey, warned):
    (run / "flags.txt").write_text(f"--export=best\n--groups=2\n{flag}")
    load_weights(network, run, grey=grey)
    assert warned in caplog.text
    assert bool(caplog.text) == bool(warned)


@pytest.mark.parametrize(
    ("removed", "message"),
    [
        ("flags.txt", "is not the folder of a run"),
        ("saved_model", "its training has not finished"),
        ("checkpoints", "holds no checkpoint"),
    ],
)
def test_folders_of_no_finished_run(network, run, removed, message):
    path = run / removed
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(UserError, match=message):
        load_weights(network, run)


@pytest.mark.parametrize("part", ["index", "data-00000-of-00001"])
@pytest.mark.parametrize("kept", [0, 100, 0.9])
def test_truncated_checkpoints(network, run, part, kept):
    path = run / "checkpoints" / "best" / f"ckpt-4.{part}"
    data = path.read_bytes()
    path.write_bytes(data[: kept if kept >= 1 else int(kept * len(data))])
    with pytest.raises(UserError, match="is damaged"):
        load_weights(network, run)


def test_a_lost_checkpoint_file(network, run):
    (run / "checkpoints" / "best" / "ckpt-4.data-00000-of-00001").unlink()
    with pytest.raises(UserError, match="is damaged"):
        load_weights(network, run)
