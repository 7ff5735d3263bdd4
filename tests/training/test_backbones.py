"""Whole, tiny runs on another backbone than AlexNet: its features computed once, or trained slowly itself."""

import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from training.run_state import assert_same_run

from fabric_retrieval.data.preprocessing import centre_crop
from fabric_retrieval.errors import UserError
from fabric_retrieval.flags import training_config
from fabric_retrieval.models.pooled import trunk_of
from fabric_retrieval.models.scales import layers_of
from fabric_retrieval.training import frozen, run
from fabric_retrieval.training.networks import build_model
from fabric_retrieval.training.setup import load_material, make_augmentation

FLAGS = {
    "dataset": "fird/rendered_tiny",
    "backbone": "efficientnet_lite0",
    "taps": "colours,stem,stage2",
    "input_size": 67,
    "scales": "1,0.5",
    "embedding_dim": 8,
    "feature_layer": "embedding",
    "embedding_norm": "l2",
    "distance_scale": 10,
    "learning_rate": 0.1,
    "momentum": 0,
    "weight_decay": 0,
    "clip_norm": 0,
    "dropout": 0,
    "steps": 6,
    "fabrics_per_batch": 3,
    "images_per_fabric": 3,
    "ratio": 4,
    "holdout": 0.4,
    "eval_every": 3,
    "checkpoint_every": 3,
}
FROZEN = {"backbone_rate": 0, "views": 2, "augment_light": 0.5}


@pytest.fixture(scope="module")
def config(tiny_collections):
    def make(run_dir, **changes):
        values = FLAGS | {"data_dir": tiny_collections, "run_dir": run_dir} | changes
        return training_config(*(f"--{name}={value}" for name, value in values.items()))

    return make


@pytest.fixture(scope="module")
def finished(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("frozen")
    assert run.train(config(folder, **FROZEN))
    return folder


def stored(folder, model, which="latest"):
    """The variables of `model` as a checkpoint of the run has them."""
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(folder / "checkpoints" / which))
    return {
        variable.path: reader.get_tensor(f"model/{layer.name}/{number}/.ATTRIBUTES/VARIABLE_VALUE")
        for layer in layers_of(model)
        for number, variable in enumerate(layer.weights)
    }


def assert_exported(folder, model):
    """What the run has exported gives the features of `model`, scaled to unit length."""
    pixels = np.random.default_rng(0).integers(0, 256, (2, 76, 76, 3), np.uint8)
    module = tf.saved_model.load(str(folder / "saved_model"))
    found = module.signatures["pixels"](pixels=tf.constant(pixels))["embedding"].numpy()
    expected = model(centre_crop(pixels, 67).astype(np.float32), training=False).numpy()
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-5)


def changed(folder, config):
    """Paths of the variables that the run has changed."""
    model, _ = build_model(config)
    after = stored(folder, model)
    return {v.path for v in model.weights if (after[v.path] != v.numpy()).any()}


def test_only_the_head_of_a_frozen_backbone_is_trained(finished, config):
    assert changed(finished, config(finished, **FROZEN)) == {"embedding/kernel", "embedding/bias"}


def test_the_exported_model_is_trunk_and_head(finished, config):
    given = config(finished, **FROZEN)
    model, _ = build_model(given)
    after = stored(finished, model, "best")
    for variable in model.weights:
        variable.assign(after[variable.path])
    assert_exported(finished, model)


def test_the_same_flags_give_the_same_run(finished, config, tmp_path):
    assert run.train(config(tmp_path, **FROZEN))
    assert_same_run(finished, tmp_path)


def test_a_run_in_two_parts_is_the_same_run(finished, config, tmp_path, monkeypatch):
    class Killed(Exception):
        pass

    def kill(*arguments):
        raise Killed

    given = config(tmp_path, **FROZEN)
    with monkeypatch.context() as patched:
        patched.setattr(run.History, "add", kill)  # after the third step is offered, before it is saved
        with pytest.raises(Killed):
            run.train(given)
    assert run.train(given)
    assert_same_run(finished, tmp_path)


@pytest.fixture
def parts(config, tmp_path):
    given = config(tmp_path / "run", **FROZEN)
    return given, load_material(given), trunk_of(build_model(given)[0])


def test_views_are_the_centre_and_then_varied_crops(parts):
    given, material, trunk = parts
    plain, first, second = frozen.load_views(given, material, trunk, make_augmentation(given))
    centres = centre_crop(material.images.pixels[:], given.input_size).astype(np.float32)
    np.testing.assert_allclose(plain, trunk(centres), rtol=1e-4, atol=1e-5)
    assert plain.shape == first.shape == (len(centres), 216 + 32 + 24)
    for one, other in ((plain, first), (plain, second), (first, second)):
        assert (np.abs(one - other).max(axis=1) > 1e-3).all()


def test_views_are_found_again_and_a_missing_one_is_made_the_same(parts, monkeypatch):
    given, material, trunk = parts
    views = frozen.load_views(given, material, trunk, make_augmentation(given))
    values = [np.array(view) for view in views]
    (frozen_path,) = {view.filename.parent for view in map(_path, views)}
    (frozen_path / "1.npy").unlink()
    made = []
    original = frozen._store
    monkeypatch.setattr(frozen, "_store", lambda *given: (made.append(given[3]), original(*given)))
    again = frozen.load_views(given, material, trunk, make_augmentation(given))
    assert made == [1]
    for before, after in zip(values, again, strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    "change",
    [
        {"views_seed": 1},
        {"augment_light": 0.7},
        {"augment_colour": 0.5},
        {"mirror": "false"},
        {"taps": "stem"},
        {"pooling": "gem"},
        {"scales": "1"},
    ],
)
def test_views_of_other_flags_are_others(config, parts, tmp_path, change):
    given, material, trunk = parts
    other = config(tmp_path / "other", **FROZEN | change)
    assert frozen._name(given, material, trunk) != frozen._name(other, material, trunk)


def test_views_are_shared_by_seeds_but_not_by_other_weights(config, parts, tmp_path):
    given, material, trunk = parts
    other = config(tmp_path / "other", **FROZEN, seed=1, learning_rate=0.5)
    assert frozen._name(given, material, trunk) == frozen._name(other, material, trunk)
    assert frozen._name(given, material, trunk) != frozen._name(
        other, material, trunk_of(build_model(other)[0])
    )


def test_the_backbone_learns_at_its_own_rate(config, tmp_path):
    """After one step of plain SGD each weight has moved by its rate times the same gradient."""
    moves = {}
    for rate in (1.0, 0.25):
        folder = tmp_path / str(rate)
        given = config(folder, backbone_rate=rate, steps=1, holdout=0, checkpoint_every=1)
        assert run.train(given)
        model, _ = build_model(given)
        after = stored(folder, model)
        moves[rate] = {v.path: after[v.path] - v.numpy() for v in model.trainable_variables}
    for path, move in moves[1.0].items():
        factor = 1.0 if path.startswith("embedding") else 0.25
        np.testing.assert_allclose(moves[0.25][path], factor * move, rtol=1e-3, atol=1e-7, err_msg=path)


@pytest.mark.parametrize("scales", ["1,0.5", "1.2"])
def test_layers_up_to_a_tap_can_be_frozen(config, tmp_path, scales):
    given = config(tmp_path, frozen_through="stage1", holdout=0, steps=2, scales=scales)
    assert run.train(given)
    moved = changed(tmp_path, given)
    assert "embedding/kernel" in moved
    stages = {path.split("_")[0] for path in moved}
    assert {"block1", "block2"} <= stages
    assert not stages & {"stem", "block0"}
    assert not any("_norm/" in path for path in moved)


@pytest.mark.parametrize("scales", ["1,0.5", "1.2"])
def test_begins_from_a_finished_run(finished, config, tmp_path, scales):
    given = config(tmp_path, weights=str(finished), scales=scales)
    model, about = build_model(given)
    expected = stored(finished, model)
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(finished / "checkpoints" / "best"))
    np.testing.assert_array_equal(
        model.get_layer("embedding").get_weights()[0],
        reader.get_tensor("model/embedding/0/.ATTRIBUTES/VARIABLE_VALUE"),
    )
    for variable in trunk_of(model).weights:
        np.testing.assert_array_equal(variable.numpy(), expected[variable.path])
    assert about["form"] == "run"
    assert "embedding" in about["layers"]


def test_a_run_gives_its_backbone_to_a_head_of_another_size(finished, config, tmp_path):
    model, about = build_model(config(tmp_path, weights=str(finished), embedding_dim=5))
    assert model.output_shape == (None, 5)
    assert "embedding" not in about["layers"]


def test_a_run_of_another_network_is_refused(finished, config, tmp_path):
    with pytest.raises(UserError, match="another network"):
        build_model(config(tmp_path, weights=str(finished), backbone="MobileNetV2", taps="head"))


@pytest.fixture(scope="module")
def trained_on(finished, config, tmp_path_factory):
    """A run with the whole network, from the weights of `finished`."""
    folder = tmp_path_factory.mktemp("whole")
    assert run.train(config(folder, weights=finished, steps=3, holdout=0))
    return folder


def weights_of(config, folder):
    return build_model(config("unused", weights=folder))[0].get_weights()


def test_begins_from_the_mean_of_finished_runs(finished, trained_on, config):
    one, other = weights_of(config, finished), weights_of(config, trained_on)
    assert any((a != b).any() for a, b in zip(one, other, strict=True))
    model, about = build_model(config("unused", weights=f"{finished},{trained_on}"))
    for mean, a, b in zip(model.get_weights(), one, other, strict=True):
        np.testing.assert_allclose(mean, (a + b) / 2, rtol=1e-6, atol=1e-8)
    assert about["form"] == "mean of runs"
    assert [each["step"] for each in about["runs"]] == [3, 3]
    assert "embedding" in about["layers"]


def test_a_run_from_a_mean_is_continued_and_from_another_refused(finished, trained_on, config, tmp_path):
    both = f"{finished},{trained_on}"
    assert run.train(config(tmp_path, weights=both, **FROZEN))
    assert run.train(config(tmp_path, weights=both, **FROZEN))
    with pytest.raises(UserError, match="other initial weights"):
        run.train(config(tmp_path, weights=f"{both},{finished}", **FROZEN))


def test_a_run_named_twice_counts_twice(finished, trained_on, config):
    one, other = weights_of(config, finished), weights_of(config, trained_on)
    mean = weights_of(config, f"{finished},{trained_on},{finished}")
    for found, a, b in zip(mean, one, other, strict=True):
        np.testing.assert_allclose(found, (2 * a + b) / 3, rtol=1e-6, atol=1e-7)


def test_no_steps_export_the_weights_as_they_are(finished, config, tmp_path, caplog):
    given = config(tmp_path, weights=finished, steps=0)
    assert run.train(given)
    assert "random" not in caplog.text
    assert_exported(tmp_path, build_model(config("unused", weights=finished))[0])
    assert run.train(given)  # and nothing is left to do
    for one, other in zip(weights_of(config, tmp_path), weights_of(config, finished), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_run_of_no_steps_from_several_stands_for_them(finished, trained_on, config, tmp_path):
    both = f"{finished},{trained_on}"
    assert run.train(config(tmp_path, weights=both, steps=0))
    assert_exported(tmp_path, build_model(config("unused", weights=both))[0])
    again, expected = (build_model(config("unused", weights=each)) for each in (tmp_path, both))
    for one, other in zip(again[0].get_weights(), expected[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again[1] == expected[1]
    with_another = build_model(config("unused", weights=f"{tmp_path},{finished}"))[1]
    assert [each["sha256"] for each in with_another["runs"]] == [
        each["sha256"] for each in [*expected[1]["runs"], expected[1]["runs"][0]]
    ]


def test_a_run_of_no_steps_and_of_no_weights_has_none(config, tmp_path, caplog):
    assert run.train(config(tmp_path, steps=0))
    assert "no layer of 8 dimensions behind these features: it is random" in caplog.text
    with pytest.raises(UserError, match="holds no checkpoint"):
        build_model(config("unused", weights=tmp_path))


def test_a_mean_leaves_heads_of_other_sizes_out(finished, trained_on, config):
    model, about = build_model(config("unused", weights=f"{finished},{trained_on}", embedding_dim=5))
    assert model.output_shape == (None, 5)
    assert "embedding" not in about["layers"]


def test_a_mean_with_what_is_no_run_is_refused(finished, config, tmp_path):
    with pytest.raises(UserError, match="There is no run folder"):
        build_model(config("unused", weights=f"{finished},{tmp_path / 'none'}"))
    with pytest.raises(UserError, match="There is no run folder"):
        build_model(config("unused", weights=f"{finished},imagenet"))


def test_a_run_whose_folder_has_a_comma(finished, config, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "one,two")
    assert build_model(config("unused", weights=folder))[1]["form"] == "run"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"feature_layer": "fc6"}, "--feature_layer must be one of"),
        ({"embedding_dim": 0}, "--feature_layer must be one of"),
        ({"width": 0.5}, "--width is for --backbone=alexnet only"),
        (
            {"backbone": "alexnet", "feature_layer": "fc6", "embedding_dim": 0},
            "--taps is for other backbones",
        ),
        ({"backbone_rate": 0, "frozen_through": "stem"}, "--frozen_through left out"),
        ({"spectrum_alone": "true"}, "--spectrum_alone needs spectrum among --taps"),
        ({"spectrum_alone": "true", "taps": "head,spectrum", "backbone_rate": 0}, "--spectrum_alone needs"),
        ({"scales": "4.5,1"}, "--scales must be numbers above 0"),
        ({"scales": "1,0"}, "--scales must be numbers above 0"),
        ({"scales": "1,half"}, "--scales must be numbers above 0"),
    ],
)
def test_flags_that_do_not_go_together_are_refused(config, tmp_path, changes, message, capsys):
    with pytest.raises(Exception, match=message):
        config(tmp_path, **changes)


def test_alex_is_the_network_as_it_comes(config, tmp_path):
    assert run.train(config(tmp_path, method="alex", ratio=0, distance_scale=1, feature_layer="pooled"))
    module = tf.saved_model.load(str(tmp_path / "saved_model"))
    pixels = np.zeros((1, 40, 40, 3), np.uint8)
    found = module.signatures["pixels"](pixels=tf.constant(pixels))["embedding"]
    assert found.shape == (1, 216 + 32 + 24)


def test_softmax_and_magnet_train_a_head_too(config, tmp_path):
    for method in ("softmax", "magnet"):
        changes = {"method": method, "ratio": 0, "distance_scale": 1} | FROZEN
        assert run.train(config(tmp_path / method, **changes))


def test_the_seed_alone_decides_random_weights(config, tmp_path):
    one, two, other = (build_model(config(tmp_path, seed=seed))[0] for seed in (3, 3, 4))
    for a, b in zip(one.weights, two.weights, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(a), keras.ops.convert_to_numpy(b))
    assert (one.weights[0].numpy() != other.weights[0].numpy()).any()


def _path(view):
    """A memory map that knows its file as a path."""
    from pathlib import Path
    from types import SimpleNamespace

    return SimpleNamespace(filename=Path(view.filename))


SPECTRAL = {"taps": "colours,stem,stage2,spectrum", "momentum": 0.9, "average": 0.5}


@pytest.fixture(scope="module")
def spectral(finished, config, tmp_path_factory):
    """A run with a spectrum, begun from one without, frozen; its average is exported."""
    folder = tmp_path_factory.mktemp("spectral")
    assert run.train(config(folder, weights=finished, **FROZEN, **SPECTRAL))
    return folder


def test_of_a_run_without_a_spectrum_the_linear_part_is_taken(finished, config, tmp_path):
    model, about = build_model(config(tmp_path, weights=finished, **SPECTRAL))
    kernel, bias = weights_of(config, finished)[-2:]
    np.testing.assert_array_equal(model.get_layer("embedding").linear.kernel, kernel)
    np.testing.assert_array_equal(model.get_layer("embedding").linear.bias, bias)
    assert "embedding" not in about["layers"]


def test_what_a_spectrum_is_taken_for_is_learned_exported_and_read_again(spectral, finished, config):
    begun = build_model(config("unused", weights=finished, **SPECTRAL))[0]
    model, about = build_model(config("unused", weights=spectral, **SPECTRAL))
    assert "embedding" in about["layers"]
    moved = {
        one.path
        for one, other in zip(model.weights, begun.weights, strict=True)
        if (one.numpy() != other.numpy()).any()
    }
    assert moved == {weight.path for weight in model.get_layer("embedding").weights}
    assert_exported(spectral, model)


def test_what_is_made_of_the_spectrum_is_trained_alone_and_measured_beside_the_rest(
    spectral, config, tmp_path
):
    alone = SPECTRAL | {"average": 0, "spectrum_alone": "true"}
    assert run.train(config(tmp_path, weights=spectral, **FROZEN, **alone))
    begun, after = weights_of_spectral(config, spectral), weights_of_spectral(config, tmp_path)
    different = {path for path, value in begun.items() if (after[path] != value).any()}
    assert "embedding/stage0/convolution/kernel" in different
    assert not [path for path in different if "linear" in path or not path.startswith("embedding/")]
    assert_exported(tmp_path, build_model(config("unused", weights=tmp_path, **SPECTRAL))[0])


def test_a_spectrum_s_network_is_trained_with_the_whole_too(spectral, config, tmp_path):
    given = config(tmp_path, weights=spectral, steps=3, holdout=0, **SPECTRAL)
    assert run.train(given)
    begun, after = weights_of_spectral(config, spectral), weights_of_spectral(config, tmp_path)
    different = {path for path, value in begun.items() if (after[path] != value).any()}
    assert {"embedding/stage0/convolution/kernel", "embedding/linear/kernel", "stem_conv/kernel"} <= different


def weights_of_spectral(config, folder):
    model = build_model(config("unused", weights=folder, **SPECTRAL))[0]
    return {weight.path: weight.numpy() for weight in model.weights}
