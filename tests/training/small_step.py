"""Training steps of a network of two layers, which can be compared with one another."""

import keras
import numpy as np
import tensorflow as tf

from fabric_retrieval.losses import FocusRankingLoss, MagnetLoss, SoftmaxLoss
from fabric_retrieval.training.network_pass import NetworkPass
from fabric_retrieval.training.optimization import FusedSGD
from fabric_retrieval.training.step import make_train_step

IMAGES, CLASSES = 12, 4
LOSSES = {
    "focus_ranking": lambda dropout: (FocusRankingLoss(10.0, "l2"), ("units",)),
    "memory": lambda dropout: (FocusRankingLoss(10.0, "l2", hardest=2, memory=18), ("units", "labels")),
    "magnet": lambda dropout: (MagnetLoss(), ("clusters",)),
    "softmax": lambda dropout: (SoftmaxLoss(CLASSES, dropout), ("labels",)),
}


def batch(number=0):
    """Twelve images of four classes, three of each; ranking units, and clusters of two classes twice."""
    rng = np.random.default_rng(number)
    labels = np.arange(IMAGES) % CLASSES
    order = np.argsort(labels, kind="stable").reshape(CLASSES, -1)
    return {
        "images": rng.integers(0, 256, (IMAGES, 6, 6, 3), np.uint8),
        "units": np.stack([rng.permutation(IMAGES)[:5] for _ in range(8)]).astype(np.int32),
        "clusters": np.column_stack([[0, 0, 1, 1], order]).astype(np.int32),
        "labels": labels.astype(np.int32),
        "rows": np.arange(IMAGES),
    }


class Training:
    """A network from a fixed seed, its loss and optimiser, and their step.

    Args:
        method: a key of LOSSES.
        strategy: under which it is all made. dropout: rate between the two layers, and before softmax.
        loss_scale: function to a `LossScale`. jit_compile: network and loss. negatives: of the step.
        network: further arguments of `NetworkPass`.
    """

    def __init__(
        self,
        method="focus_ranking",
        strategy=None,
        dropout=0.0,
        loss_scale=None,
        jit_compile=False,
        negatives="replica",
        **network,
    ):
        self.strategy = strategy or tf.distribute.get_strategy()
        keras.utils.set_random_seed(1)
        with self.strategy.scope():
            images = keras.Input((6, 6, 3))
            x = keras.layers.Rescaling(1 / 64, -2)(keras.layers.Flatten()(images))
            x = keras.layers.Dense(32, activation="relu", name="hidden")(x)
            x = keras.layers.Dropout(dropout)(x)
            self.model = keras.Model(images, keras.layers.Dense(8, name="embedding")(x))
            self.loss, targets = LOSSES[method](dropout)
            first = batch()
            self.loss(
                self.model(tf.cast(first["images"], tf.float32)), *(first[target] for target in targets)
            )
            self.variables = [*self.model.trainable_variables, *self.loss.trainable_variables]
            self.optimizer = FusedSGD(0.1, momentum=0.9)
            self.optimizer.build(self.variables)
            self.loss_scale = loss_scale and loss_scale()
        self.step = make_train_step(
            self.strategy,
            NetworkPass(self.model, jit_compile=jit_compile, **network),
            self.loss,
            targets,
            self.optimizer,
            0.01,
            0.5,
            self.loss_scale,
            jit_compile,
            negatives,
        )

    def weights(self):
        """All weights in one vector."""
        return np.concatenate([variable.numpy().ravel() for variable in self.variables])


def update(*batches, **how):
    """The change [n] of all weights by one step for each of `batches`; `how` as for `Training`."""
    training = Training(**how)
    before = training.weights()
    for one in batches:
        training.step(one)
    return training.weights() - before


def relative_error(found, expected):
    """How far a vector is from another, in norms of that."""
    return np.linalg.norm(found - expected) / np.linalg.norm(expected)
