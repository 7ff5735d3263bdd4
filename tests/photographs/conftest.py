"""A tiny run on drawn fabrics, and other drawn fabrics as a folder of photographs."""

import shutil
from types import SimpleNamespace

import pytest
from absl import flags

from fabric_retrieval.flags import training_config
from fabric_retrieval.photographs.flags import define_flags, settings_of
from fabric_retrieval.rendering.collection import draw_photographs
from fabric_retrieval.training import run

TRAINING = {
    "dataset": "fird/rendered_tiny",
    "backbone": "efficientnet_lite0",
    "taps": "colours,stem",
    "input_size": 67,
    "embedding_dim": 8,
    "feature_layer": "embedding",
    "embedding_norm": "l2",
    "distance_scale": 10,
    "learning_rate": 0.1,
    "average": 0.5,
    "clip_norm": 0,
    "dropout": 0,
    "backbone_rate": 0,
    "views": 1,
    "steps": 3,
    "fabrics_per_batch": 3,
    "images_per_fabric": 2,
    "ratio": 2,
    "neighbours": 1,
    "refresh_every": 2,
    "holdout": 0,
    "export": "latest",
}
FABRICS, PHOTOGRAPHS = 6, 5


def arguments(**values):
    return [f"--{name}={value}" for name, value in values.items()]


@pytest.fixture(scope="session")
def drawn_run(tiny_collections, tmp_path_factory):
    """Folder of a finished run; not to be changed."""
    folder = tmp_path_factory.mktemp("run")
    assert run.train(training_config(*arguments(**TRAINING, data_dir=tiny_collections, run_dir=folder)))
    return folder


@pytest.fixture(scope="session")
def cloths(tmp_path_factory):
    """Six fabrics with five photographs each, of which the first two are of one point."""
    folder = tmp_path_factory.mktemp("photographs") / "cloths"
    for fabric in range(FABRICS):
        (folder / f"cloth {fabric}").mkdir(parents=True)
        for number, (image, _) in enumerate(draw_photographs(99, fabric, range(PHOTOGRAPHS))):
            name = f"cloth_{fabric}_{max(number, 1)}_{number}.jpg"
            (folder / f"cloth {fabric}" / name).write_bytes(image)
    return folder


@pytest.fixture(scope="session")
def settings(drawn_run, cloths, tmp_path_factory):
    """The namespace of the command's flags for a folder of results, with changes."""
    data_dir = tmp_path_factory.mktemp("prepared")

    def make(out, **changes):
        values = {
            "run_dir": drawn_run,
            "sets": cloths,
            "out": out,
            "data_dir": data_dir,
            "workers": 1,
            "seeds": 2,
            "fabrics": "2,30",
            "photos": "2,5",
            "bootstrap": 50,
            "begin": "run,anew",
        }
        defined = flags.FlagValues()
        define_flags(defined)
        defined(["photographs", *arguments(**values | changes)])
        return settings_of(defined)

    return make


@pytest.fixture
def own_run(drawn_run, tmp_path):
    """A copy of the run that may be changed."""
    return shutil.copytree(drawn_run, tmp_path / "run")


@pytest.fixture
def photograph():
    """A listed photograph of a fabric and a file name."""

    def make(fabric, name):
        return SimpleNamespace(fabric=fabric, image_id=f"{fabric}/{name}", path=SimpleNamespace(name=name))

    return make
