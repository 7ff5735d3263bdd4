"""A training run from its flags to its exported SavedModels."""

import functools
from pathlib import Path

import tensorflow as tf
from absl import logging
from PIL import Image

from fabric_retrieval.data.preprocessing import centre_crop
from fabric_retrieval.data.unit_picture import unit_picture
from fabric_retrieval.export import describe, export, read_metadata, sweep
from fabric_retrieval.flags import feature_norm
from fabric_retrieval.methods import METHODS, refreshed_in
from fabric_retrieval.models.features import feature_network
from fabric_retrieval.models.scales import layers_of
from fabric_retrieval.training.averaging import averaged
from fabric_retrieval.training.checkpoints import Checkpoints
from fabric_retrieval.training.cluster import join_cluster
from fabric_retrieval.training.dividing import shares
from fabric_retrieval.training.history import History
from fabric_retrieval.training.inputs import Photographs, make_inputs
from fabric_retrieval.training.loop import run_steps
from fabric_retrieval.training.monitor import Monitor
from fabric_retrieval.training.networks import build_model
from fabric_retrieval.training.refreshing import Refresher, seen_by_loss, segments
from fabric_retrieval.training.run_folder import check_run_folder, open_run_folder, require_run_folder
from fabric_retrieval.training.setup import (
    load_material,
    refuse_memory_of_each,
    refuse_other_images,
    refuse_other_replicas,
    refuse_other_weights,
)
from fabric_retrieval.training.trainer import make_trainer
from fabric_retrieval.training.validation import validate

FEW_FABRICS = 15  # docs/photographs: trained on ten, nothing was gained; on thirty it was


def train(config):
    """Trains as the flags say, or continues such a run, and exports SavedModels into its folder.

    Args:
        config: a namespace with the value of every flag of `train.py`.

    Returns:
        True if the run is finished, False if it was interrupted; the same call continues it.

    Raises:
        OtherFlagsError: the folder holds a run with other flags.
        TrainingStoppedError: NaN or a collapsed embedding.
        UserError: the collection cannot be trained on, or is not the one the run began with.
    """
    check_run_folder(config)
    tf.config.experimental.enable_tensor_float_32_execution(False)  # float32 is to mean that on a GPU too
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()
    cluster = join_cluster()
    strategy = cluster.strategy
    replicas = strategy.num_replicas_in_sync
    refuse_memory_of_each(config, replicas)
    with cluster.chief_first():
        material = load_material(config)
    if material.validation is None:
        logging.warning("Too few fabrics to hold some out: the last checkpoint is exported, not the best.")
    method = METHODS[config.method]
    trained = method.loss and config.steps
    if trained:
        _warn_of_few(config, len(material.index))
    with strategy.scope():
        model, initial_weights = build_model(config)
    if not config.steps:
        _warn_of_random(config, initial_weights)
    features = feature_network(model, config.feature_layer, feature_norm(config))
    folder = Path(config.run_dir)
    refresher = inputs = first = None
    if trained:
        with cluster.chief_first():
            inputs = make_inputs(config, material, model)
        refresher = make_refresher(config, inputs)
        # Whatever can be wrong with the flags is found by here: a start that failed leaves no run behind.
        first = first_batch(inputs, refresher)
    refuse_other_images(folder, material.builder)
    refuse_other_weights(folder, initial_weights)
    refuse_other_replicas(folder, config, replicas)
    about = functools.partial(
        describe, config, material.builder, initial_weights=initial_weights, replicas=replicas
    )
    with cluster.chief_first():
        if cluster.chief:
            open_run_folder(config)
            sweep(folder)
        else:
            require_run_folder(config)
        for name in ("untrained",) if trained else ("untrained", "saved_model"):
            if not (folder / name).exists():
                export(features, folder / name, about(step=0))
    if not trained:
        return True

    trainer = make_trainer(
        config,
        strategy,
        inputs.trained,
        len(material.index),
        first,
        backbone_variables(config, inputs.trained),
    )
    checkpoints = Checkpoints(
        folder / "checkpoints", model, trainer.optimizer, trainer.loss, trainer.loss_scale, cluster.chief
    )
    done = checkpoints.restore_latest()
    cluster.require_same("step of the latest checkpoint", done)
    monitor = Monitor(folder / "events", cluster.chief)
    if cluster.chief and not done:
        picture = unit_picture(images_of(config, material, first), method.pictured(first["units"]))
        Image.fromarray(picture).save(folder / "units.png")
        monitor.record_units(picture)

    batches = distributed_batches(config, cluster, inputs, done, refresher)
    images_per_step = len(first["rows"]) * (replicas if config.negatives == "replica" else 1)
    evaluate = None
    if material.validation:
        embed = inputs.embed(config.feature_layer, feature_norm(config))

        def evaluate():
            with averaged(trainer.optimizer, trainer.weights):
                return validate(inputs.material.validation, embed)

    history = History(folder / "history.json", done, cluster.chief)
    if not run_steps(
        config,
        cluster,
        trainer.step,
        batches,
        images_per_step,
        trainer.optimizer,
        checkpoints,
        monitor,
        history,
        evaluate,
    ):
        return False

    with cluster.chief_first():
        chosen = checkpoints.restore_best() if config.export == "best" else checkpoints.restore_latest()
        if read_metadata(folder / "saved_model").get("step") != chosen:
            with averaged(trainer.optimizer, trainer.weights):
                export(features, folder / "saved_model", about(step=chosen))
    return True


def _warn_of_few(config, fabrics):
    photographs = config.photos_dir or config.photos_csv
    if photographs and fabrics < FEW_FABRICS:
        logging.warning(
            "Only %d fabrics to train on: with so few the model of configs/ready.flags may find more as it "
            "is, see docs/photographs/ready/how_many_photographs.md.",
            fabrics,
        )


def _warn_of_random(config, initial_weights):
    if config.embedding_dim and "embedding" not in (initial_weights or {}).get("layers", ()):
        logging.warning(
            "--steps=0, but --weights has no layer of %d dimensions behind these features: it is random.",
            config.embedding_dim,
        )


def show_units(config):
    """Draws `config.show_units` units from the real pipeline into `units.png` of the run's folder."""
    material = load_material(config)
    method = METHODS[config.method]
    inputs = Photographs(config, material, build_model(config)[0] if refreshed_in(config) else None)
    first = first_batch(inputs, make_refresher(config, inputs))
    path = Path(config.run_dir) / "units.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = unit_picture(first["images"], method.pictured(first["units"]), config.show_units)
    Image.fromarray(picture).save(path)
    return path


def make_refresher(config, inputs):
    """What is refreshed by the layer that carries the loss, or None."""
    kind = refreshed_in(config)
    if kind is None:
        return None
    folder = Path(config.run_dir) / kind.__name__.lower()
    return Refresher(config, inputs.material, seen_by_loss(config, inputs), folder, kind)


def first_batch(inputs, refresher=None):
    """The run's first batch, as arrays."""
    refreshed = refresher.initial() if refresher else None
    return next(inputs.batches(0, 1, refreshed).as_numpy_iterator())


def backbone_variables(config, model):
    """The weights that --backbone_rate is about."""
    if config.backbone == "alexnet":
        return []
    return [v for layer in layers_of(model) if layer.name != "embedding" for v in layer.trainable_variables]


def images_of(config, material, batch):
    """The photographs of a batch, [M, S, S, 3] uint8, if it has only their features."""
    if batch["images"].ndim == 4:
        return batch["images"]
    return centre_crop(material.images.pixels[batch["rows"]], config.input_size)


def distributed_batches(config, cluster, inputs, done, refresher=None):
    """The batches of the steps that are left: to replica r of n batch step * n + r, or its share of one."""
    replicas = {"replicas": cluster.replicas, "of": cluster.strategy.num_replicas_in_sync}
    for begin, end, refresh in segments(done, config.steps, config.refresh_every if refresher else 0):
        refreshed = None
        if refresher:
            with cluster.chief_first():
                refreshed = refresher.at(refresh, begin)
        if config.negatives == "replica":
            batches = inputs.batches(begin, end, refreshed, **replicas)
        else:
            divided = functools.partial(shares, **replicas)
            batches = inputs.batches(begin, end, refreshed).flat_map(divided)
        batches = iter(batches)
        for _ in range(begin, end):
            yield cluster.distribute(lambda: next(batches))  # noqa: B023
