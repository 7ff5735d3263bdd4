"""The devices that train one network: those of this machine, or of all machines that TF_CONFIG names."""

import contextlib
import json
import os

import tensorflow as tf

from fabric_retrieval.errors import UserError


class Cluster:
    """A strategy, and what its workers must agree on; with one worker all of this costs nothing.

    Args:
        strategy: a `tf.distribute.Strategy`.

    Attributes:
        chief: whether this process writes the run's files; the others read them.
        replicas: numbers of this process's replicas, among 0 ... strategy.num_replicas_in_sync - 1.
        alone: whether there is one process only.
    """

    def __init__(self, strategy):
        self.strategy = strategy
        self.chief = strategy.extended.should_checkpoint
        self.replicas = self._replicas()
        self.alone = len(self.replicas) == strategy.num_replicas_in_sync

    def distribute(self, make):
        """A value for each replica of this process, from as many calls of `make`, in their order."""
        return self.strategy.experimental_distribute_values_from_function(lambda _: make())

    def any(self, condition):
        """Whether `condition` holds for any worker, each of which has to ask."""
        return condition if self.alone else self._mean(float(condition)) > 0

    def require_same(self, what, value):
        """Raises `UserError` where the workers do not have the same number `value`; each has to ask."""
        if not self.alone and self.any(self._mean(float(value)) != value):
            raise UserError(
                f"The workers of this run do not agree on the {what}, which is {value} here. --run_dir must "
                "be one folder that all machines share."
            )

    @contextlib.contextmanager
    def chief_first(self):
        """What all workers enter is done by the chief, then by the others, who find its files there."""
        if not self.chief:
            self.any(False)
        yield
        if self.chief:
            self.any(False)

    def _mean(self, value):
        values = self.distribute(lambda: tf.constant(value))
        return float(self.strategy.reduce(tf.distribute.ReduceOp.MEAN, values, axis=None))

    def _replicas(self):
        numbers = []

        def note(context):
            numbers.append(int(context.replica_id_in_sync_group))
            return tf.zeros([])

        self.strategy.experimental_distribute_values_from_function(note)
        return numbers


def join_cluster():
    """A `Cluster` of the machines that TF_CONFIG names; else of all GPUs, mirrored; else of the one device.

    To be called before TensorFlow is used for anything else.
    """
    cluster = json.loads(os.environ.get("TF_CONFIG", "{}")).get("cluster", {})
    if sum(len(cluster.get(kind, ())) for kind in ("chief", "worker")) > 1:
        return Cluster(tf.distribute.MultiWorkerMirroredStrategy())
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return Cluster(tf.distribute.MirroredStrategy())
    return Cluster(tf.distribute.get_strategy())
