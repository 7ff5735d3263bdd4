"""Checkpoints that hold all that a run's future depends on: it continues bit for bit."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from fabric_retrieval.errors import TrainingStoppedError


class Checkpoints:
    """The latest and the best state of a run: weights, optimiser, dropout's random state, step, best score.

    Files are written under another name and renamed, so that a run killed while it saves continues from the
    save before.

    Args:
        folder: holds `latest/` and `best/`.
        model, optimizer, loss: built Keras objects. Their variables are saved under the names of their layers
            and weights, not under Keras's counted paths, which differ for the second model of a process.
        loss_scale: `LossScale`, or None.
    """

    def __init__(self, folder, model, optimizer, loss, loss_scale=None):
        self.step = tf.Variable(0, dtype=tf.int64)
        self.best_score = tf.Variable(-1.0, dtype=tf.float64)
        self._weights = [*model.variables, *loss.trainable_variables]
        self._checkpoint = tf.train.Checkpoint(
            model={
                layer.name: [v.value for v in layer.variables] for layer in model.layers if layer.variables
            },
            loss={v.name: v.value for v in loss.variables},
            optimizer={v.path.partition("/")[2]: v.value for v in optimizer.variables},
            step=self.step,
            best_score=self.best_score,
            **({"loss_scale": loss_scale.variables} if loss_scale else {}),
        )
        self._latest = tf.train.CheckpointManager(self._checkpoint, Path(folder) / "latest", max_to_keep=2)
        self._best = tf.train.CheckpointManager(self._checkpoint, Path(folder) / "best", max_to_keep=1)

    def restore_latest(self):
        """Restores the last saved state, if there is one; returns the number of steps done."""
        if self._latest.latest_checkpoint:
            self._checkpoint.restore(self._latest.latest_checkpoint).assert_consumed()
        return int(self.step)

    def restore_best(self):
        """Restores the state with the highest score, or the latest if none has one; returns its step."""
        manager = self._best if self._best.latest_checkpoint else self._latest
        self._checkpoint.restore(manager.latest_checkpoint).assert_consumed()
        return int(self.step)

    def save(self, step):
        """Saves the latest state, whose weights `require_finite` has passed."""
        self.step.assign(step)
        self._latest.save(checkpoint_number=step)

    def offer(self, step, score):
        """Keeps the state, checked likewise, as the best if no score before was higher."""
        if score < float(self.best_score):
            return
        self.step.assign(step)
        self.best_score.assign(score)
        self._best.save(checkpoint_number=step)

    def require_finite(self, step):
        """Raises `TrainingStoppedError` if a weight is NaN or infinite."""
        for variable in self._weights:
            if not np.isfinite(variable.numpy()).all():
                raise TrainingStoppedError(
                    f"The weights {variable.path} are not finite after step {step}: the steps were too long. "
                    "Lower --learning_rate or --clip_norm. A checkpoint from before it is kept."
                )
