"""Runs that die at the worst moments end bit for bit as one that was left alone, whatever their method."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from training.run_state import assert_same_run, exported, state

from fabric_retrieval.flags import training_config
from fabric_retrieval.models.weights.run_folder import read_run_folder
from fabric_retrieval.training import precision, refreshing, run, trainer

FLAGS = {
    "dataset": "fird/rendered_tiny",
    "input_size": 67,
    "width": 0.04,
    "learning_rate": 0.01,
    "clip_norm": 1,
    "steps": 7,
    "fabrics_per_batch": 3,
    "images_per_fabric": 3,
    "holdout": 0.34,
    "eval_every": 100,
    "checkpoint_every": 3,
    "log_every": 100,
}
MAGNET = {"clusters_per_fabric": 2, "refresh_every": 3}


class Killed(Exception):
    """Nothing after it is done, nothing is saved: all that a run knows then is what its folder holds."""


@pytest.fixture
def train(tiny_collections, monkeypatch):
    """Trains to the end, or until `killed_after` steps are done or the file `killed_by` is to be written."""

    def make(run_dir, killed_after=None, killed_by=None, **changes):
        make_train_step, save = trainer.make_train_step, refreshing.save

        def make_dying_step(*arguments):
            step, done = make_train_step(*arguments), []

            def dying_step(batch):
                if len(done) == killed_after:
                    raise Killed
                done.append(batch)
                return step(batch)

            return dying_step

        def dying_save(clusters, path):
            if path.name == killed_by:
                raise Killed
            save(clusters, path)

        own = MAGNET if changes["method"] == "magnet" else {}
        flags = FLAGS | own | {"data_dir": tiny_collections, "run_dir": run_dir} | changes
        with monkeypatch.context() as patch:
            patch.setattr(trainer, "make_train_step", make_dying_step)
            patch.setattr(refreshing, "save", dying_save)
            return run.train(training_config(*(f"--{name}={value}" for name, value in flags.items())))

    return make


def refreshed_in(run_dir, kind="clusters"):
    return {path.name: path.read_bytes() for path in (run_dir / kind).glob("*")}


def types_in_graph(saved_model):
    """Numbers of the types that any node of a SavedModel's functions deals in."""
    message = saved_model_pb2.SavedModel.FromString((saved_model / "saved_model.pb").read_bytes())
    functions = message.meta_graphs[0].graph_def.library.function
    return {attribute.type for f in functions for node in f.node_def for attribute in node.attr.values()}


def test_magnet_between_refreshes_and_at_them(train, tmp_path):
    """Refreshes at 0, 3 and 6; what is on disk when the run dies is named at each death."""
    assert train(tmp_path / "whole", method="magnet")
    run_dir = tmp_path / "killed"
    with pytest.raises(Killed):  # the checkpoint of step 3, but not its clusters
        train(run_dir, method="magnet", killed_by="3.npz")
    assert refreshed_in(run_dir).keys() == {"0.npz"}
    with pytest.raises(Killed):  # two steps later, with a checkpoint of step 5 as Ctrl-C leaves it
        train(run_dir, method="magnet", killed_after=2, checkpoint_every=5)
    assert state(run_dir)["step/.ATTRIBUTES/VARIABLE_VALUE"] == 5
    with pytest.raises(Killed):  # in the step after a refresh: its clusters, but no checkpoint of it
        train(run_dir, method="magnet", killed_after=1, checkpoint_every=5)
    assert refreshed_in(run_dir).keys() == {"0.npz", "3.npz", "6.npz"}
    assert train(run_dir, method="magnet")
    assert_same_run(tmp_path / "whole", run_dir)
    assert refreshed_in(tmp_path / "whole") == refreshed_in(run_dir)


def test_neighbours_between_searches_and_at_them(train, tmp_path):
    flags = {"method": "focus_ranking", "neighbours": 2, "refresh_every": 3}
    assert train(tmp_path / "whole", **flags)
    run_dir = tmp_path / "killed"
    with pytest.raises(Killed):  # the checkpoint of step 3, but not its neighbours
        train(run_dir, **flags, killed_by="3.npz")
    with pytest.raises(Killed):
        train(run_dir, **flags, killed_after=2)
    assert refreshed_in(run_dir, "neighbours").keys() == {"0.npz", "3.npz"}
    assert train(run_dir, **flags)
    assert_same_run(tmp_path / "whole", run_dir)
    kept = refreshed_in(run_dir, "neighbours")
    assert kept == refreshed_in(tmp_path / "whole", "neighbours")
    assert kept.keys() == {"0.npz", "3.npz", "6.npz"}


def test_what_the_loss_remembers(train, tmp_path):
    """Of the 20 places two batches of nine fill 18."""
    flags = {"method": "focus_ranking", "hardest": 2, "memory": 20}
    assert train(tmp_path / "whole", **flags)
    with pytest.raises(Killed):
        train(tmp_path / "killed", **flags, killed_after=5)
    kept = state(tmp_path / "killed")["loss/remembered_labels/.ATTRIBUTES/VARIABLE_VALUE"]
    assert len(kept) == 20
    assert kept.min() >= 0
    assert train(tmp_path / "killed", **flags)
    assert_same_run(tmp_path / "whole", tmp_path / "killed")


def test_averages_of_the_weights(train, tmp_path):
    """They change nothing of the training, and are what is exported."""
    flags = {"method": "focus_ranking", "average": 0.5}
    assert train(tmp_path / "whole", **flags)
    with pytest.raises(Killed):
        train(tmp_path / "killed", **flags, killed_after=4)
    assert train(tmp_path / "killed", **flags)
    assert_same_run(tmp_path / "whole", tmp_path / "killed")
    assert train(tmp_path / "without", method="focus_ranking")
    kept, without = state(tmp_path / "whole"), state(tmp_path / "without")
    for name, value in without.items():
        if not name.startswith("best_score"):
            np.testing.assert_array_equal(kept[name], value, err_msg=name)
    averages = {array.tobytes() for name, array in kept.items() if "_average/" in name and "fc7" not in name}
    assert len(averages) == 12  # kernels and biases of five convolutions and fc6
    assert averages <= {array.tobytes() for array in exported(tmp_path / "whole", "saved_model").values()}
    for name, loaded in read_run_folder(tmp_path / "whole").layers.items():
        assert name == "fc7" or {array.tobytes() for array in loaded} <= averages


@pytest.mark.slow
def test_softmax_with_its_classifier(train, tmp_path):
    assert train(tmp_path / "whole", method="softmax")
    with pytest.raises(Killed):
        train(tmp_path / "killed", method="softmax", killed_after=4)
    assert train(tmp_path / "killed", method="softmax")
    names = {name.partition("/.ATTRIBUTES")[0] for name in state(tmp_path / "killed")}
    assert {"loss/kernel", "loss/bias", "optimizer/softmax_loss_kernel_momentum"} <= names
    assert_same_run(tmp_path / "whole", tmp_path / "killed")


@pytest.mark.slow
def test_float16_with_its_loss_scale(train, tmp_path, monkeypatch):
    """The scale doubles in steps 2, 4 and 6; the last checkpoint of the killed run is of step 3."""
    monkeypatch.setattr(precision, "GROW_EVERY", 2)
    monkeypatch.setattr(precision, "INITIAL_SCALE", 4.0)
    flags = {"method": "focus_ranking", "precision": "mixed_float16"}
    assert train(tmp_path / "whole", **flags)
    with pytest.raises(Killed):
        train(tmp_path / "killed", **flags, killed_after=5)
    assert train(tmp_path / "killed", **flags)
    assert state(tmp_path / "killed")["loss_scale/scale/.ATTRIBUTES/VARIABLE_VALUE"] == 4.0 * 2**3
    assert_same_run(tmp_path / "whole", tmp_path / "killed")
    types = types_in_graph(tmp_path / "killed" / "saved_model")
    assert tf.float32.as_datatype_enum in types
    assert tf.float16.as_datatype_enum not in types
