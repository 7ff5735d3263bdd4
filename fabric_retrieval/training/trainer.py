"""What a method trains a network with: its loss, its optimiser and its step."""

from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf

from fabric_retrieval.methods import METHODS
from fabric_retrieval.training.network_pass import NetworkPass
from fabric_retrieval.training.optimization import make_optimizer
from fabric_retrieval.training.precision import LossScale, make_loss_scale
from fabric_retrieval.training.step import make_train_step


class Trainer(NamedTuple):
    """`step` of a batch and all that it changes.

    Attributes:
      loss: layer with its weights built. optimizer: built. loss_scale: or None.
      weights: list of variables that are trained, the network's before the loss's.
      step: as of `make_train_step`.
    """

    loss: keras.layers.Layer
    optimizer: keras.optimizers.Optimizer
    loss_scale: LossScale | None
    weights: list
    step: Callable


def make_trainer(config, strategy, trained, classes, first, slow=()):
    """Makes what `config` asks for.

    Args:
        config: training flags.
        strategy: `tf.distribute.Strategy` in whose scope the network was built.
        trained: the network, [B, …] to embeddings [B, D].
        classes: number of fabrics.
        first: a batch; its shapes build the loss's weights.
        slow: the network's variables that learn at --backbone_rate.
    """
    method = METHODS[config.method]
    with strategy.scope():
        loss = method.loss(config, classes)
        loss(trained(tf.cast(first["images"], tf.float32)), *(first[target] for target in method.targets))
        weights = [*trained.trainable_variables, *loss.trainable_variables]
        optimizer = make_optimizer(config, slow)
        optimizer.build(weights)
        loss_scale = make_loss_scale(config.precision)
    step = make_train_step(
        strategy,
        NetworkPass(trained, config.precision, config.jit_compile, config.accumulate),
        loss,
        method.targets,
        optimizer,
        config.weight_decay if config.optimizer == "sgd" else 0.0,
        config.clip_norm,
        loss_scale,
        config.jit_compile,
        config.negatives,
    )
    return Trainer(loss, optimizer, loss_scale, weights, step)
