"""A training run from its flags to its exported SavedModels."""

import tensorflow as tf
from PIL import Image

from fabric_retrieval.data.collection import load_collection
from fabric_retrieval.data.pipeline import training_batches
from fabric_retrieval.data.unit_picture import unit_picture
from fabric_retrieval.data.units import FabricIndex
from fabric_retrieval.export import describe, export, resized_side
from fabric_retrieval.methods import METHODS
from fabric_retrieval.models.features import feature_network
from fabric_retrieval.training.checkpoints import Checkpoints
from fabric_retrieval.training.loop import run_steps
from fabric_retrieval.training.monitor import Monitor
from fabric_retrieval.training.optimization import make_optimizer
from fabric_retrieval.training.run_folder import open_run_folder
from fabric_retrieval.training.setup import build_model, make_draw, prepare_collection
from fabric_retrieval.training.step import make_train_step
from fabric_retrieval.training.validation import hold_out, make_embed, validate


def train(config):
    """Trains as the flags say, or continues such a run, and exports SavedModels into its folder.

    Args:
        config: a namespace with the value of every flag of `train.py`.

    Returns:
        True if the run is finished, False if it was interrupted; the same call continues it.

    Raises:
        OtherFlagsError: the folder holds a run with other flags.
        TrainingStoppedError: NaN or a collapsed embedding.
        ValueError: flags that contradict each other or do not fit the collection.
    """
    folder = open_run_folder(config)
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()
    builder = prepare_collection(config)
    images = load_collection(builder, "train", resized_side(config), config.grey)
    rows, validation = hold_out(images, config.holdout, config.seed)
    draw = make_draw(config, FabricIndex(images.fabrics[rows]), rows)

    strategy = make_strategy()
    method = METHODS[config.method]
    with strategy.scope():
        model = build_model(config)
        optimizer = make_optimizer(config)
        optimizer.build(model.trainable_variables)
        loss = method.loss(config)
    features = feature_network(model, config.feature_layer, config.embedding_norm)
    if not (folder / "untrained").exists():
        export(features, folder / "untrained", describe(config, builder, step=0))

    checkpoints = Checkpoints(folder / "checkpoints", model, optimizer)
    done = checkpoints.restore_latest()
    monitor = Monitor(folder / "events")
    if not done:
        picture = units_picture(config, images, draw)
        Image.fromarray(picture).save(folder / "units.png")
        monitor.record_units(picture)

    decay = config.weight_decay if config.optimizer == "sgd" else 0.0
    step = make_train_step(strategy, model, loss, method.targets, optimizer, decay, config.clip_norm)
    batches = distributed_batches(config, strategy, images, draw, done)
    embed = make_embed(features, config.input_size)
    evaluate = (lambda: validate(validation, embed)) if validation else None
    if not run_steps(config, step, batches, optimizer, checkpoints, monitor, evaluate):
        return False

    chosen = checkpoints.restore_best() if config.export == "best" else checkpoints.restore_latest()
    export(features, folder / "saved_model", describe(config, builder, step=chosen))
    return True


def show_units(config):
    """Writes `units.png` into the run's folder: `config.show_units` units from the real pipeline."""
    builder = prepare_collection(config)
    images = load_collection(builder, "train", resized_side(config), config.grey)
    rows, _ = hold_out(images, config.holdout, config.seed)
    draw = make_draw(config, FabricIndex(images.fabrics[rows]), rows)
    path = open_run_folder(config) / "units.png"
    Image.fromarray(units_picture(config, images, draw)).save(path)
    return path


def units_picture(config, images, draw):
    """Units of the run's first batch, [H, W, 3] uint8."""
    batches = training_batches(images.pixels, draw, config.input_size, config.seed, 0, 1, config.mirror)
    first = next(batches.as_numpy_iterator())
    return unit_picture(first["images"], first["units"], config.show_units or 8)


def make_strategy():
    """All GPUs of the machine, mirrored; otherwise its one device."""
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def distributed_batches(config, strategy, images, draw, done):
    """Endless iterator of batches, one to a replica: replica r of n takes batch step * n + r."""
    replicas = strategy.num_replicas_in_sync
    first, last = done * replicas, config.steps * replicas
    if first >= last:
        return
    batches = iter(
        training_batches(images.pixels, draw, config.input_size, config.seed, first, last, config.mirror)
    )
    for _ in range(done, config.steps):
        yield strategy.experimental_distribute_values_from_function(lambda _: next(batches))
