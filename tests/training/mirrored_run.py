"""Run by test_step.py in a process of its own: a whole run on two replicas, stopped and continued.

Usage: mirrored_run.py DATA_DIR RUN_DIR_1 RUN_DIR_2
"""

import sys

import numpy as np
import pytest
import tensorflow as tf
from two_devices import two_devices

from fabric_retrieval.errors import UserError
from fabric_retrieval.flags import training_config
from fabric_retrieval.training import checkpoints, run
from fabric_retrieval.training.cluster import Cluster

FLAGS = (
    "--dataset=fird/rendered_tiny",
    "--input_size=67",
    "--width=0.1",
    "--embedding_norm=l2",
    "--distance_scale=10",
    "--learning_rate=0.01",
    "--steps=4",
    "--fabrics_per_batch=3",
    "--images_per_fabric=3",
    "--ratio=4",
    "--holdout=0.4",
    "--eval_every=2",
    "--checkpoint_every=2",
)


class Stop(Exception):
    pass


def train(data_dir, run_dir):
    return run.train(training_config(*FLAGS, f"--data_dir={data_dir}", f"--run_dir={run_dir}"))


def train_with_a_stop(data_dir, run_dir):
    save = checkpoints.Checkpoints.save

    def save_and_stop(self, step):
        save(self, step)
        raise Stop

    checkpoints.Checkpoints.save = save_and_stop
    try:
        train(data_dir, run_dir)
    except Stop:
        checkpoints.Checkpoints.save = save
        check_refused_on_one_device(data_dir, run_dir)
        return train(data_dir, run_dir)
    raise AssertionError("the run did not save")


def check_refused_on_one_device(data_dir, run_dir):
    mirrored, run.join_cluster = run.join_cluster, lambda: Cluster(tf.distribute.get_strategy())
    with pytest.raises(UserError, match="began on 2 devices, and here are 1"):
        train(data_dir, run_dir)
    run.join_cluster = mirrored


def weights(run_dir):
    reader = tf.train.load_checkpoint(f"{run_dir}/saved_model/variables/variables")
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("weights")]
    return {name: reader.get_tensor(name) for name in names}


if __name__ == "__main__":
    data_dir, one, two = sys.argv[1:]
    strategy = two_devices()
    run.join_cluster = lambda: Cluster(strategy)
    assert train(data_dir, one)
    assert train_with_a_stop(data_dir, two)
    expected, continued = weights(one), weights(two)
    assert expected
    for name in expected:
        np.testing.assert_array_equal(expected[name], continued[name], err_msg=name)
    print("both runs are the same")
