"""Heads on one frozen backbone, trained one after another on rows of a set's train half."""

from types import SimpleNamespace

import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from fabric_retrieval.data.clusters import Clusters
from fabric_retrieval.data.units import FabricIndex
from fabric_retrieval.errors import TrainingStoppedError, UserError
from fabric_retrieval.flags import feature_norm
from fabric_retrieval.methods import METHODS, refreshed_in
from fabric_retrieval.models.pooled import trunk_of
from fabric_retrieval.training.frozen import load_views
from fabric_retrieval.training.inputs import Features
from fabric_retrieval.training.networks import build_model
from fabric_retrieval.training.optimization import learning_rate
from fabric_retrieval.training.refreshing import compute, seen_by_loss, segments
from fabric_retrieval.training.run import first_batch
from fabric_retrieval.training.setup import make_augmentation
from fabric_retrieval.training.trainer import make_trainer

HEAD = "embedding"


class Heads:
    """Trains as `train.py` does with the same flags and --holdout=0 --export=latest, without a run folder.

    Attributes:
        config: training flags. origin: what is known of the weights, or None.
        model: the network, with the head that was trained last.
        images: `Collection` of the train half; plain: [N, F] float32, pooled features of their middles.
    """

    def __init__(self, config, material):
        """`config`: training flags, whose --weights tell where heads begin; `material`: `Material`."""
        method, clustered = METHODS[config.method], refreshed_in(config) is Clusters
        if config.backbone == "alexnet" or config.backbone_rate or not method.loss or clustered:
            raise UserError(
                "Heads need --backbone_rate=0, another backbone than alexnet, and a method that "
                f"is trained without clusters; found --backbone={config.backbone} "
                f"--backbone_rate={config.backbone_rate:g} --method={config.method}."
            )
        self.model, self.origin = build_model(config)
        if HEAD not in (self.origin or {}).get("layers", [HEAD]):
            raise UserError(
                f"--train: the run has no layer {HEAD} of --embedding_dim={config.embedding_dim}."
            )
        self.config, self.images = config, material.images
        self._material = material
        self._begin = self.model.get_layer(HEAD).get_weights()
        self.plain = load_views(config, material, trunk_of(self.model), make_augmentation(config))[0]

    def as_begun(self):
        """A function of pooled features [N, F] to the embeddings [N, D] of the network as it was loaded."""
        self.model.get_layer(HEAD).set_weights(self._begin)
        return Features(self.config, self._material, self.model).embed(*_layer(self.config))

    def train(self, rows, seed, anew=False):
        """Trains a head.

        Args:
            rows: [n] int, images of the train half.
            seed: of the batches and, with `anew`, of its random weights; else it begins as the network did.

        Returns:
            A function of pooled features [N, F] float32 to embeddings [N, D] float32.

        Raises:
            UserError: one fabric only, one with a single image. TrainingStoppedError: NaN.
        """
        config = SimpleNamespace(**vars(self.config) | {"seed": seed})
        index = FabricIndex(self.images.fabrics[rows])
        material = self._material._replace(rows=np.asarray(rows), index=index, validation=None)
        self.model.get_layer(HEAD).set_weights(self._anew(seed) if anew else self._begin)
        inputs = Features(config, material, self.model)
        step, finish = _make_step(config, inputs)
        progress = tqdm(_batches(config, inputs), "training a head", config.steps, unit=" steps", leave=False)
        for number, batch in enumerate(progress):
            step(batch, learning_rate(config, number))
        finish()
        if not all(np.isfinite(values).all() for values in inputs.trained.get_weights()):
            raise TrainingStoppedError("The weights of a head became NaN: lower --learning_rate by --train.")
        return inputs.embed(*_layer(config))

    def _anew(self, seed):
        weights = self.model.get_layer(HEAD).weights
        return [_initial(weight, seed + number) for number, weight in enumerate(weights)]


def _initial(weight, seed):
    if len(weight.shape) > 1:
        return keras.initializers.GlorotUniform(seed)(weight.shape)
    return np.full(weight.shape, float(weight.name == "gamma"), np.float32)


def _batches(config, inputs):
    kind, embed = refreshed_in(config), seen_by_loss(config, inputs)
    for begin, end, _ in segments(0, config.steps, config.refresh_every if kind else 0):
        refreshed = compute(config, inputs.material, embed, kind) if kind else None
        yield from inputs.batches(begin, end, refreshed)


def _layer(config):
    return config.feature_layer, feature_norm(config)


def _make_step(config, inputs):
    """A function of a batch and a learning rate that updates the head, and one to be called at the end."""
    classes = len(inputs.material.index)
    trainer = make_trainer(config, tf.distribute.get_strategy(), inputs.trained, classes, first_batch(inputs))

    def step(batch, rate):
        trainer.optimizer.learning_rate.assign(rate)
        trainer.step(batch)

    def finish():
        if trainer.optimizer.use_ema:  # --average
            trainer.optimizer.finalize_variable_values(trainer.weights)

    return step, finish
