"""The focus ranking loss and its gradient at the embeddings, without a network."""

import os
from pathlib import Path

import numpy as np
import tensorflow as tf

from fabric_retrieval.losses import FocusRankingLoss


class LossAlone:
    """Of M embeddings scaled to unit length, with all units of `all_units`.

    Args:
        embeddings: M. ratio: negatives of a unit, 0 for all. dims: D.
    """

    def __init__(self, embeddings, ratio=32, dims=4096):
        os.environ["TF_CPU_ALLOCATOR_USE_BFC"] = "0"  # the peak of what a step needs, not of what is kept
        self._embeddings = tf.random.stateless_normal([embeddings, dims], [0, 0])
        self._units = tf.constant(all_units(embeddings, ratio))
        self._loss = FocusRankingLoss(10.0, "l2")
        self._gradient = tf.function(self._loss_and_gradient)

    def step(self):
        """The loss, once its gradient is there too."""
        return float(self._gradient(self._embeddings, self._units)[0])

    def units(self):
        """U."""
        return len(self._units)

    def peak(self):
        """Bytes that a step needs at once beyond what the process held before, units and embeddings."""
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        before = _status("VmRSS")
        self.step()
        return _status("VmHWM") - before

    def _loss_and_gradient(self, embeddings, units):
        with tf.GradientTape() as tape:
            tape.watch(embeddings)
            value = self._loss(embeddings, units)
        return value, tf.convert_to_tensor(tape.gradient(value, embeddings))


def all_units(embeddings, ratio, seed=0):
    """Every one of M embeddings with every positive: [U, 2 + R] int32.

    A fabric has five of them, four if M is no multiple of five. Negatives are `ratio` at random, or all.
    """
    images = 5 if embeddings % 5 == 0 else 4
    numbers = np.arange(embeddings, dtype=np.int32)
    fabrics = numbers // images
    same = fabrics[:, None] == fabrics
    pairs = np.argwhere(same & (numbers[:, None] != numbers)).astype(np.int32)
    negatives = np.array([numbers[fabrics != fabric] for fabric in np.unique(fabrics)])
    negatives = negatives[fabrics[pairs[:, 0]]]
    if ratio:
        negatives = np.random.default_rng(seed).permuted(negatives, axis=1)[:, :ratio]
    return np.concatenate([pairs, negatives], axis=1)


def _status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))
