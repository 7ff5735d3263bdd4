"""Run by test_distributed.py in processes of its own, since devices are configured before TensorFlow starts.

Usage: distributed_step.py one|two|worker OUT.npz

Trains the same steps on one device, on two, or as a worker of TF_CONFIG, and writes by how much the weights
have changed.
"""

import sys

import numpy as np
import tensorflow as tf
from small_step import Training, batch
from two_devices import two_devices

from fabric_retrieval.training.cluster import Cluster, join_cluster
from fabric_retrieval.training.dividing import shares
from fabric_retrieval.training.precision import LossScale

STEPS = 2
OWN_BATCHES = {
    "focus_ranking": {},
    "softmax": {"method": "softmax", "dropout": 0.5},
    "float16": {"precision": "mixed_float16", "loss_scale": LossScale},
    "chunks": {"chunks": 2, "dropout": 0.5},
}

ONE_BATCH = ("focus_ranking", "memory", "magnet", "softmax")


def own_batches(cluster, **how):
    """Steps in which every replica has a batch of its own."""
    training = Training(strategy=cluster.strategy, **how)
    start, replicas = training.weights(), cluster.strategy.num_replicas_in_sync
    for step in range(STEPS):
        numbers = iter(cluster.replicas)
        training.step(cluster.distribute(lambda: batch(step * replicas + next(numbers))))  # noqa: B023
    return training.weights() - start


def one_batch(cluster, method):
    """Steps in which all replicas have one batch, divided: into two, on one device as well."""
    replicas = cluster.strategy.num_replicas_in_sync
    how = {"method": method, "dropout": 0.5, "chunks": 2 // replicas, "negatives": "global"}
    training = Training(strategy=cluster.strategy, **how)
    start = training.weights()
    for step in range(STEPS):
        divided = iter(shares(batch(step), cluster.replicas, replicas))
        training.step(cluster.distribute(lambda: next(divided)))  # noqa: B023
    return training.weights() - start


def join(devices):
    if devices == "worker":
        return join_cluster()
    if devices == "one":
        return Cluster(tf.distribute.get_strategy())
    return Cluster(two_devices())


if __name__ == "__main__":
    devices, out = sys.argv[1:]
    cluster = join(devices)
    updates = {name: own_batches(cluster, **how) for name, how in OWN_BATCHES.items()}
    updates |= {f"global {method}": one_batch(cluster, method) for method in ONE_BATCH}
    if cluster.chief:
        np.savez(out, **updates)
