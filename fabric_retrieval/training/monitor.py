"""Watches a run: refuses to go on from a NaN or a collapsed embedding, and writes TensorBoard's events."""

import math
from pathlib import Path

import tensorflow as tf

from fabric_retrieval.errors import TrainingStoppedError

COLLAPSED_SPREAD = 1e-7  # float32 cannot tell such embeddings apart; random weights give about 1e-2
PATIENCE = 3
LEAST_LOSS_SCALE = 1.0  # below it float16 would not hold the gradient even as it is


class Monitor:
    """Checks and records the values of every logged step.

    Args:
        folder: where TensorBoard's event files go.
        chief: whether this process writes them; the others only check.
    """

    def __init__(self, folder, chief=True):
        create = tf.summary.create_file_writer if chief else lambda _: tf.summary.create_noop_writer()
        self._writer = create(str(Path(folder)))
        self._collapsed = 0

    def record(self, step, values):
        """Writes scalars of step `step` and checks them.

        Raises:
            TrainingStoppedError: the loss is not finite, the embeddings have been all alike for `PATIENCE`
                records in a row, or step after step was skipped in float16.
        """
        with self._writer.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(f"train/{name}", value)
        self._check_finite(step, values)
        self._check_loss_scale(step, values)
        self._check_spread(step, values)

    def record_validation(self, step, metrics):
        """Writes measures of the held-out fabrics.

        Raises:
            TrainingStoppedError: their features are all alike.
        """
        with self._writer.as_default(step=step):
            for name, value in metrics.items():
                tf.summary.scalar(f"held_out/{name}", value)
        self._writer.flush()
        if metrics["spread"] < COLLAPSED_SPREAD:
            raise TrainingStoppedError(_collapsed(step, metrics["spread"], "held-out images"))

    def record_units(self, picture):
        """Writes a picture [H, W, 3] uint8 of ranking units."""
        with self._writer.as_default(step=0):
            tf.summary.image("ranking_units", picture[None])

    def _check_finite(self, step, values):
        if not math.isfinite(values["loss"]):
            raise TrainingStoppedError(
                f"The loss is {values['loss']} at step {step} (gradient norm {values['gradient_norm']:.3g}). "
                "The steps were too long for these distances: lower --learning_rate, set --clip_norm, or use "
                "--embedding_norm=l2. Checkpoints from before it are kept."
            )

    def _check_loss_scale(self, step, values):
        if values.get("loss_scale", LEAST_LOSS_SCALE) < LEAST_LOSS_SCALE:
            raise TrainingStoppedError(
                f"The gradient does not fit into float16: {values['skipped_steps']:.0f} steps were skipped "
                f"until step {step}. Use --precision=mixed_bfloat16 or float32, or --embedding_norm=l2. "
                "Checkpoints are kept."
            )

    def _check_spread(self, step, values):
        spread = values["embedding_spread"]
        self._collapsed = self._collapsed + 1 if spread < COLLAPSED_SPREAD else 0
        if self._collapsed >= PATIENCE:
            which = f"images of a batch ({values['dead_units']:.0%} dead units)"
            raise TrainingStoppedError(_collapsed(step, spread, which))


def _collapsed(step, spread, which):
    return (
        f"The embedding has collapsed: at step {step} all {which} have the same one (spread {spread:.1e}). "
        "Lower --learning_rate or --weight_decay, warm up, or raise --distance_scale. Checkpoints are kept."
    )
