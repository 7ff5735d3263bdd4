"""Checkpoints that hold all that a run's future depends on: it continues bit for bit."""

import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf

from fabric_retrieval.errors import TrainingStoppedError
from fabric_retrieval.models.scales import layers_of


class Checkpoints:
    """The latest and the best state of a run: weights, optimiser, dropout's random state, step, best score.

    Files are written under another name and renamed, so that a run killed while it saves continues from the
    save before.

    Args:
        folder: holds `latest/` and `best/`.
        model, optimizer, loss: built Keras objects. Their variables are saved under the names of their layers
            and weights, not under Keras's counted paths, which differ for the second model of a process.
        loss_scale: `LossScale`, or None.
        chief: whether this process's files are kept. Under a strategy of several workers all of them have to
            save, since that may need them all; the others' go to a temporary folder.
    """

    def __init__(self, folder, model, optimizer, loss, loss_scale=None, chief=True):
        self._folder = Path(folder)
        self.step = tf.Variable(0, dtype=tf.int64)
        self.best_score = tf.Variable(-1.0, dtype=tf.float64)
        self._weights = [*model.variables, *loss.trainable_variables]
        self._checkpoint = tf.train.Checkpoint(
            model={
                layer.name: [v.value for v in layer.variables]
                for layer in layers_of(model)
                if layer.variables
            },
            loss={v.name: v.value for v in loss.variables},
            optimizer={v.path.partition("/")[2]: v.value for v in optimizer.variables},
            step=self.step,
            best_score=self.best_score,
            **({"loss_scale": loss_scale.variables} if loss_scale else {}),
        )
        self._managers = {}
        if chief:
            self._managers = {
                which: tf.train.CheckpointManager(self._checkpoint, self._folder / which, max_to_keep=kept)
                for which, kept in (("latest", 2), ("best", 1))
            }

    def restore_latest(self):
        """Restores the last saved state, if there is one; returns the number of steps done."""
        self._restore("latest")
        return int(self.step)

    def restore_best(self):
        """Restores the state with the highest score, or the latest if none has one; returns its step."""
        if not self._restore("best"):
            self._restore("latest")
        return int(self.step)

    def save(self, step):
        """Saves the latest state, whose weights `require_finite` has passed."""
        self.step.assign(step)
        self._save("latest", step)

    def offer(self, step, score):
        """Keeps the state, checked likewise, as the best if no score before was higher."""
        if score < float(self.best_score):
            return
        self.step.assign(step)
        self.best_score.assign(score)
        self._save("best", step)

    def _restore(self, which):
        path = tf.train.latest_checkpoint(str(self._folder / which))
        if path:
            self._checkpoint.restore(path).assert_consumed()
        return path

    def _save(self, which, step):
        if which in self._managers:
            self._managers[which].save(checkpoint_number=step)
        else:
            with tempfile.TemporaryDirectory() as folder:
                self._checkpoint.write(str(Path(folder) / which))

    def require_finite(self, step):
        """Raises `TrainingStoppedError` if a weight is NaN or infinite."""
        for variable in self._weights:
            if not np.isfinite(variable.numpy()).all():
                raise TrainingStoppedError(
                    f"The weights {variable.path} are not finite after step {step}: the steps were too long. "
                    "Lower --learning_rate or --clip_norm. A checkpoint from before it is kept."
                )
