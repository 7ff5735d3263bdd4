import json
from pathlib import Path

import pytest
from study.small import write_configs

from fabric_retrieval.errors import UserError
from fabric_retrieval.flags import METHODS
from fabric_retrieval.study.configs import check_alike, images_per_step, method_config
from fabric_retrieval.study.settings import check_study, digest, open_study

SETTINGS = {
    "methods": ["alex", "pair"],
    "ratios": [1, 32],
    "seeds": [0, 1],
    "learning_rates": [0.01],
    "dims": [64, 8],
    "ks": [1, 16],
    "dataset": "fird/a",
    "distractors": None,
    "kmeans_restarts": 3,
    "batch_size": 64,
    "pretrain": {"steps": 10},
    "weights": None,
    "configs": {"alex": {"steps": 5}, "pair": {"steps": 5, "margin": 0.0}},
    "steps": 5,
}


def configs_of(folder, methods=("alex", "pair"), more=""):
    return {method: method_config(method, folder, more, run_dir="x") for method in methods}


def test_goes_on_with_the_same_settings(tmp_path):
    open_study(tmp_path, SETTINGS)
    first = json.loads((tmp_path / "study.json").read_text())
    assert first["machine"]["cores"] > 0
    open_study(tmp_path, SETTINGS)
    assert json.loads((tmp_path / "study.json").read_text()) == first


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"dims": [64]}, "--dims: 64,8 there, 64 here"),
        ({"dataset": "fird/b", "kmeans_restarts": 1}, "--kmeans_restarts: 3 there, 1 here"),
        ({"distractors": "fird/d"}, "--distractors: not set there, fird/d here"),
        ({"pretrain": {"steps": 20}}, "flags of pretrain: --steps: 10 there, 20 here"),
        ({"seeds": [1, 0]}, "--seeds: 0,1 there, 1,0 here"),
        ({"seeds": [0]}, "--seeds: 0,1 there, 0 here"),
        (
            {"configs": {"alex": {"steps": 5}, "pair": {"steps": 5, "margin": 0.5}}},
            "flags of pair: --margin: 0.0 there, 0.5 here",
        ),
    ],
)
def test_refuses_other_settings_by_name(tmp_path, changes, named):
    open_study(tmp_path, SETTINGS)
    with pytest.raises(UserError, match="other settings") as error:
        check_study(tmp_path, SETTINGS | changes)
    assert named in str(error.value)


def test_may_grow(tmp_path):
    open_study(tmp_path, SETTINGS)
    softmax = {"softmax": {"steps": 5}}
    grown = {
        "methods": ["alex", "softmax", "pair"],
        "configs": SETTINGS["configs"] | softmax,
        "seeds": [0, 1, 2],
    }
    open_study(tmp_path, SETTINGS | grown)
    assert json.loads((tmp_path / "study.json").read_text())["seeds"] == [0, 1, 2]


def test_weights_are_known_by_their_content(tmp_path):
    one, two = (tmp_path / name / "weights.npy" for name in ("one", "two"))
    one.parent.mkdir()
    two.parent.mkdir()
    one.write_bytes(b"weights")
    two.write_bytes(b"weights")
    assert digest(one) == digest(two) != digest(None)
    two.write_bytes(b"others!")
    assert digest(one) != digest(two)
    with pytest.raises(UserError, match="expected a file of weights"):
        digest(tmp_path / "missing.npy")


def test_methods_that_train_alike_pass(tmp_path):
    found = configs_of(write_configs(tmp_path, ["alex", "pair"]))
    check_alike(found)
    assert images_per_step(found["pair"]) == 9


def test_the_shipped_methods_train_alike():
    shipped = Path(__file__).parents[2] / "configs" / "study"
    check_alike(configs_of(shipped, METHODS))


def test_methods_may_differ_in_flags_of_their_own(tmp_path):
    write_configs(tmp_path, ["alex"])
    write_configs(tmp_path, ["pair"], margin=0.5, units_per_batch=4, distance_scale=10)
    write_configs(tmp_path, ["magnet"], magnet_alpha=2, clusters_per_fabric=1, refresh_every=1)
    check_alike(configs_of(tmp_path, ("alex", "pair", "magnet")))


def test_features_are_compared_by_the_norm_that_they_have(tmp_path):
    """`same` is that of the embeddings: here they have unit length."""
    write_configs(tmp_path, ["alex"], feature_norm="same")
    write_configs(tmp_path, ["pair"], feature_norm="l2")
    check_alike(configs_of(tmp_path))
    write_configs(tmp_path, ["pair"], feature_norm="same", embedding_norm="none")
    with pytest.raises(UserError, match="--feature_norm: l2 for alex, none for pair"):
        check_alike(configs_of(tmp_path))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"steps": 7}, "--steps: 2 for alex, 7 for pair"),
        ({"images_per_fabric": 4}, "--images_per_fabric: 3 for alex, 4 for pair"),
        ({"width": 0.1}, "--width: 0.05 for alex, 0.1 for pair"),
        ({"holdout": 0.5}, "--holdout: 0.4 for alex, 0.5 for pair"),
        ({"optimizer": "adamw"}, "--optimizer: sgd for alex, adamw for pair"),
        ({"schedule": "cosine"}, "--schedule: constant for alex, cosine for pair"),
        ({"embedding_dim": 8}, "--embedding_dim: 0 for alex, 8 for pair"),
        ({"clip_norm": 0}, "--clip_norm: 1.0 for alex, 0.0 for pair"),
    ],
)
def test_refuses_another_budget_or_network_by_name(tmp_path, changes, named):
    write_configs(tmp_path, ["alex"])
    write_configs(tmp_path, ["pair"], **changes)
    with pytest.raises(UserError, match="do not train alike") as error:
        check_alike(configs_of(tmp_path))
    assert named in str(error.value)


@pytest.mark.parametrize("flag", ["--units=independent", "--holdout=0"])
def test_refuses_what_cannot_be_compared(tmp_path, flag):
    write_configs(tmp_path, ["pair", "focus_ranking"])
    found = configs_of(tmp_path, ("pair", "focus_ranking"), more=flag)
    with pytest.raises(UserError, match=f"pair has {flag}"):
        check_alike(found)


def test_refuses_a_missing_wrong_or_foreign_file(tmp_path):
    with pytest.raises(UserError, match=r"holds no pair\.flags"):
        method_config("pair", tmp_path, run_dir="x")
    (tmp_path / "pair.flags").write_text("--method=alex\n")
    with pytest.raises(UserError, match="is for --method=alex, not for pair"):
        method_config("pair", tmp_path, run_dir="x")
    (tmp_path / "pair.flags").write_text("--stepps=3\n")
    with pytest.raises(UserError, match="stepps"):
        method_config("pair", tmp_path, run_dir="x")


def test_further_flags_override_the_file(tmp_path):
    write_configs(tmp_path, ["pair"])
    assert method_config("pair", tmp_path, "--steps=9 --margin=0.5", run_dir="x", seed=3).steps == 9
