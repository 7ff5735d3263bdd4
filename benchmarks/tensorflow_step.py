"""The training step of this package: AlexNet, the focus ranking loss on unit vectors, SGD."""

import keras
import numpy as np
import tensorflow as tf

from fabric_retrieval.losses import FocusRankingLoss
from fabric_retrieval.memory import keep_memory
from fabric_retrieval.models import alexnet
from fabric_retrieval.training.network_pass import NetworkPass
from fabric_retrieval.training.optimization import FusedSGD
from fabric_retrieval.training.step import make_train_step

LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7")


class TensorFlowStep:
    """What `train.py` does in a step, its log's values included.

    Args:
        batch: {"images": [M, S, S, 3] uint8, "units": [U, 2 + R] int32}, the same in each step.
        scale: of the distances. groups, width: of AlexNet. rate, momentum, decay: of SGD.
        jit_compile: by XLA. threads: 0: one a core. seed: of the weights.
    """

    def __init__(
        self,
        batch,
        scale=10.0,
        groups=1,
        width=1.0,
        rate=1e-3,
        momentum=0.9,
        decay=5e-4,
        jit_compile=True,
        threads=0,
        seed=0,
    ):
        keep_memory()  # as train.py does
        if threads:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
        keras.utils.set_random_seed(seed)
        self._model = alexnet(batch["images"].shape[1], width, groups, dropout=0.0)
        optimizer = (FusedSGD if momentum else keras.optimizers.SGD)(rate, momentum)
        optimizer.build(self._model.trainable_variables)
        self._batch = {name: tf.constant(values) for name, values in batch.items()}
        self._step = make_train_step(
            tf.distribute.get_strategy(),
            NetworkPass(self._model, jit_compile=jit_compile),
            FocusRankingLoss(scale, "l2"),
            ("units",),
            optimizer,
            decay,
            jit_compile=jit_compile,
        )

    def step(self):
        """Updates the weights; returns the loss by those before it."""
        return float(self._step(self._batch)["loss"])

    def weights(self):
        """Dict of layer name to (kernel, bias), the halves of two groups joined."""
        return {name: self._joined(name) for name in LAYERS}

    def _joined(self, name):
        if self._model.get_layer(name).weights:
            return self._model.get_layer(name).get_weights()
        halves = [self._model.get_layer(f"{name}_group{group}").get_weights() for group in (1, 2)]
        return [np.concatenate(both, axis=-1) for both in zip(*halves, strict=True)]
