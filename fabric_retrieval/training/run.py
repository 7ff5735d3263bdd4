"""A training run from its flags to its exported SavedModels."""

import functools
from pathlib import Path

import tensorflow as tf
from absl import logging
from PIL import Image

from fabric_retrieval.data.pipeline import training_batches
from fabric_retrieval.data.unit_picture import unit_picture
from fabric_retrieval.export import describe, export, read_metadata, sweep
from fabric_retrieval.methods import METHODS
from fabric_retrieval.models.features import feature_network
from fabric_retrieval.training.checkpoints import Checkpoints
from fabric_retrieval.training.loop import run_steps
from fabric_retrieval.training.monitor import Monitor
from fabric_retrieval.training.optimization import make_optimizer
from fabric_retrieval.training.run_folder import check_run_folder, open_run_folder
from fabric_retrieval.training.setup import (
    build_model,
    load_material,
    make_augmentation,
    refuse_other_images,
)
from fabric_retrieval.training.step import make_train_step
from fabric_retrieval.training.validation import make_embed, validate


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
    material = load_material(config)
    if material.validation is None:
        logging.warning("Too few fabrics to hold some out: the last checkpoint is exported, not the best.")

    strategy = make_strategy()
    method = METHODS[config.method]
    with strategy.scope():
        model = build_model(config)
        optimizer = make_optimizer(config)
        optimizer.build(model.trainable_variables)
        loss = method.loss(config)
    features = feature_network(model, config.feature_layer, config.embedding_norm)
    # Whatever can be wrong with the flags is found by here: a start that failed leaves no run behind.
    first = first_batch(config, material)
    folder = open_run_folder(config)
    sweep(folder)
    refuse_other_images(folder, material.builder)
    if not (folder / "untrained").exists():
        export(features, folder / "untrained", describe(config, material.builder, step=0))

    checkpoints = Checkpoints(folder / "checkpoints", model, optimizer)
    done = checkpoints.restore_latest()
    monitor = Monitor(folder / "events")
    if not done:
        picture = unit_picture(first["images"], first["units"])
        Image.fromarray(picture).save(folder / "units.png")
        monitor.record_units(picture)

    decay = config.weight_decay if config.optimizer == "sgd" else 0.0
    step = make_train_step(strategy, model, loss, method.targets, optimizer, decay, config.clip_norm)
    batches = distributed_batches(config, strategy, material, done)
    images_per_step = len(first["rows"]) * strategy.num_replicas_in_sync
    evaluate = None
    if material.validation:
        evaluate = functools.partial(validate, material.validation, make_embed(features, config.input_size))
    if not run_steps(config, step, batches, images_per_step, optimizer, checkpoints, monitor, evaluate):
        return False

    chosen = checkpoints.restore_best() if config.export == "best" else checkpoints.restore_latest()
    if read_metadata(folder / "saved_model").get("step") != chosen:
        export(features, folder / "saved_model", describe(config, material.builder, step=chosen))
    return True


def show_units(config):
    """Draws `config.show_units` units from the real pipeline into `units.png` of the run's folder."""
    material = load_material(config)
    first = first_batch(config, material)
    path = Path(config.run_dir) / "units.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(unit_picture(first["images"], first["units"], config.show_units)).save(path)
    return path


def make_strategy():
    """All GPUs of the machine, mirrored; otherwise its one device."""
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def batches_of(config, material, first, last):
    """Batches `first` to `last` - 1 of the run."""
    return training_batches(
        material.images.pixels,
        material.draw,
        config.input_size,
        config.seed,
        first,
        last,
        config.mirror,
        make_augmentation(config),
    )


def first_batch(config, material):
    """The run's first batch, as arrays."""
    return next(batches_of(config, material, 0, 1).as_numpy_iterator())


def distributed_batches(config, strategy, material, done):
    """The batches of the steps that are left, one to a replica: replica r of n takes batch step * n + r."""
    replicas = strategy.num_replicas_in_sync
    if done < config.steps:
        batches = iter(batches_of(config, material, done * replicas, config.steps * replicas))
        for _ in range(done, config.steps):
            yield strategy.experimental_distribute_values_from_function(lambda _: next(batches))
