"""A study small enough to be made in seconds: 12 drawn fabrics, 20 distractors, a narrow network."""

import pytest
from study.small import TRAINING, write_configs, write_flags

import fird
from fabric_retrieval.rendering.collection import Collection
from fird.configs import RenderedConfig


@pytest.fixture(scope="session")
def study_collections(tiny_collections):
    """A data_dir in which `fird/rendered_tiny` and `fird/distractors_tiny` are prepared."""
    collection = Collection("distractors_tiny", 77, 20, (1, 1), "distractors")
    config = RenderedConfig(name="distractors_tiny", version="2.0.0", collection=collection)
    builder = fird.Builder(config=config, data_dir=str(tiny_collections))
    builder.workers = 1
    builder.download_and_prepare()
    return tiny_collections


@pytest.fixture(scope="session")
def study_flags(study_collections, tmp_path_factory):
    """Flags of a whole study, but for --study_dir, as a list of arguments."""
    folder = tmp_path_factory.mktemp("flags")
    configs = write_configs(folder / "configs", ["alex", "pair", "focus_ranking"])
    pretrain = folder / "pretrain.flags"
    write_flags(pretrain, method="softmax", dataset="fird/rendered_tiny", learning_rate=0.01, **TRAINING)
    values = {
        "dataset": "fird/rendered_tiny",
        "distractors": "fird/distractors_tiny",
        "data_dir": study_collections,
        "workers": 1,
        "pretrain": pretrain,
        "configs": configs,
        "methods": "alex,focus_ranking",
        "ratios": "1,32",
        "seeds": "0",
        "learning_rates": "0.01,0.03",
        "dims": "4096,16,8",
        "ks": "1,4",
    }
    return [f"--{name}={value}" for name, value in values.items()]
