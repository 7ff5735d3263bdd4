"""What two runs must have in common to be the same run: every array of their checkpoints and exports."""

import numpy as np
import tensorflow as tf


def state(run_dir, which="latest"):
    """Every array of a checkpoint: weights, momentum, dropout's random state, step, best score."""
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(run_dir / "checkpoints" / which))
    names = sorted(reader.get_variable_to_shape_map())
    return {
        name: reader.get_tensor(name) for name in names if not name.startswith(("_CHECK", "save_counter"))
    }


def exported(run_dir, model):
    """Every array of a SavedModel."""
    reader = tf.train.load_checkpoint(run_dir / model / "variables" / "variables")
    names = sorted(reader.get_variable_to_shape_map())
    return {name: reader.get_tensor(name) for name in names if "OBJECT_GRAPH" not in name}


def assert_same(one, two):
    assert one.keys() == two.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], two[name], err_msg=name)


def assert_same_run(one, two):
    for which in ("latest", "best"):
        assert_same(state(one, which), state(two, which))
    for model in ("untrained", "saved_model"):
        assert_same(exported(one, model), exported(two, model))
