"""Every method of the registry in a real, tiny training by the paper's flags, and what its configs say."""

import json
from pathlib import Path

import absl.flags
import numpy as np
import pytest

from fabric_retrieval import flags
from fabric_retrieval.flags import training_config
from fabric_retrieval.methods import METHODS
from fabric_retrieval.study.images import Model
from fabric_retrieval.training.run import train

TINY = (
    "--dataset=fird/rendered_tiny",
    "--input_size=67",
    "--resize=76",
    "--width=0.04",
    "--fabrics_per_batch=3",
    "--images_per_fabric=3",
    "--steps=3",
    "--eval_every=2",
    "--checkpoint_every=2",
    "--holdout=0.34",
)
OWN = {
    "pair": ["--units_per_batch=4"],
    "triplet": ["--units_per_batch=4"],
    "triplet_semi_hard": ["--units_per_batch=4", "--method=triplet_semi_hard", "--ratio=6"],
    "magnet": ["--refresh_every=2"],
    "focus_ranking": ["--units_per_batch=4"],
}
CONFIGS = Path(__file__).parents[1] / "configs"
PICTURES = np.random.default_rng(0).integers(0, 256, (4, 76, 76, 3), np.uint8)


@pytest.fixture(scope="module")
def paper_config(tiny_collections):
    """The paper's flags of a method, scaled down; it has none of semi-hard triplets: those of triplets."""

    def make(method, run_dir, *more):
        return training_config(
            f"--flagfile={CONFIGS / 'paper' / method.removesuffix('_semi_hard')}.flags",
            *TINY,
            *OWN.get(method, []),
            f"--data_dir={tiny_collections}",
            f"--run_dir={run_dir}",
            *more,
        )

    return make


@pytest.fixture(scope="module")
def initial(paper_config, tmp_path_factory):
    """A finished run, and the features of `PICTURES` by what it has learnt."""
    folder = tmp_path_factory.mktemp("initial") / "run"
    assert train(paper_config("softmax", folder, "--seed=5", "--steps=1", "--holdout=0"))
    features = Model(folder / "saved_model")(PICTURES)
    assert features.std() > 0
    return folder, features


def test_the_flag_offers_what_the_registry_has():
    assert list(METHODS) == flags.METHODS


@pytest.mark.parametrize("method", METHODS)
def test_starts_from_the_given_weights_and_trains(method, paper_config, initial, tmp_path):
    """Without --weights the networks of the two runs differ: their seeds do."""
    folder, (weights, features) = tmp_path / "run", initial
    assert train(paper_config(method, folder, f"--weights={weights}"))
    np.testing.assert_array_equal(Model(folder / "untrained")(PICTURES), features)
    assert np.array_equal(Model(folder / "saved_model")(PICTURES), features) == (method == "alex")
    metadata = {
        name: json.loads((folder / name / "metadata.json").read_text())
        for name in ("untrained", "saved_model")
    }
    assert {model["method"] for model in metadata.values()} == {method}
    assert {model["feature_layer"] for model in metadata.values()} == {"fc6"}
    if method == "alex":
        assert metadata["saved_model"]["step"] == 0
    else:
        history = json.loads((folder / "history.json").read_text())
        assert [row["step"] for row in history["held_out"]] == [2, 3]
        assert metadata["saved_model"]["step"] == history["best"]["step"]
    assert (folder / "clusters").exists() == (method == "magnet")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--method=pair", "--ratio=2"),
        ("--method=softmax", "--units=independent"),
        ("--method=magnet", "--distance_scale=2"),
        ("--method=focus_ranking", "--margin=1"),
        ("--method=triplet", "--reduction=sum"),
        ("--method=magnet", "--units_per_batch=4"),
        ("--method=pair", "--magnet_alpha=2"),
        ("--method=softmax", "--clusters_per_fabric=1"),
        ("--method=focus_ranking", "--refresh_every=50"),
        ("--method=softmax", "--neighbours=3"),
        ("--method=triplet", "--memory=100"),
        ("--hardest=0", "--memory=100"),
        ("--memory=5", "--hardest=6"),
        ("--units=independent", "--neighbours=3"),
        ("--method=alex", "--units=independent"),
        ("--method=alex", "--show_units=8"),
    ],
)
def test_a_flag_that_the_method_would_ignore_is_refused(arguments):
    with pytest.raises(absl.flags.Error, match=arguments[1].split("=")[0][2:]):
        training_config("--run_dir=unused", *arguments)


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.flags")), ids=lambda path: path.stem)
def test_a_config_says_its_command_cost_and_result(path):
    header = [line for line in path.read_text().splitlines() if line.startswith("#")]
    for word in ("Command:", "Cost:", "Reached:"):
        said = [line.partition(word)[2].strip() for line in header if line.startswith(f"# {word}")]
        assert said, f"{path} lacks {word}"
        assert said[0] not in ("", "TODO"), f"{path} does not say {word}"


@pytest.mark.parametrize("folder", ["paper", "study"])
def test_the_methods_of_a_folder_differ_in_the_method_only(folder):
    """The same network, images and features for all; what differs is sampling, loss and rate."""
    own = {"method", "ratio", "margin", "units", "units_per_batch", "learning_rate", "distance_scale"}
    own |= {"magnet_alpha", "clusters_per_fabric", "refresh_every", "reduction"}
    configs = {
        method: vars(training_config(f"--flagfile={CONFIGS / folder / method}.flags", "--run_dir=unused"))
        for method in METHODS
        if (CONFIGS / folder / f"{method}.flags").exists() and method != "alex"
    }
    assert len(configs) >= 5
    first = configs["focus_ranking"]
    for method, config in configs.items():
        assert config["method"] == method
        assert {name for name in config if config[name] != first[name]} <= own
