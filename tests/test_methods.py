"""Every method of the registry in a real, tiny training."""

import json

import pytest

from fabric_retrieval import flags
from fabric_retrieval.flags import training_config
from fabric_retrieval.methods import METHODS
from fabric_retrieval.training.run import train

TINY = (
    "--dataset=fird/rendered_tiny",
    "--input_size=67",
    "--width=0.04",
    "--fabrics_per_batch=3",
    "--images_per_fabric=3",
    "--steps=3",
    "--eval_every=2",
    "--checkpoint_every=2",
    "--refresh_every=2",
    "--holdout=0.34",
    "--embedding_norm=l2",
)


def test_the_flag_offers_what_the_registry_has():
    assert flags.METHODS == list(METHODS)


@pytest.mark.parametrize("method", METHODS)
def test_trains_from_the_same_initial_weights(method, tiny_collections, tmp_path):
    config = training_config(
        *TINY, f"--method={method}", f"--data_dir={tiny_collections}", f"--run_dir={tmp_path / 'run'}"
    )
    assert train(config)
    folder = tmp_path / "run"
    metadata = {
        name: json.loads((folder / name / "metadata.json").read_text()) for name in ("untrained", "saved_model")
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
