"""Clusters of each fabric's images, from features of the whole training set (Magnet, Rippel et al. 2016)."""

import warnings
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from fabric_retrieval.atomic import replacing
from fabric_retrieval.errors import TrainingStoppedError, UserError
from fabric_retrieval.losses.magnet import VARIANCE_FLOOR

BLOCK = 1024  # rows whose distances to all clusters are held at a time


class Clusters(NamedTuple):
    """The clusters of a training set, as its features were at one step of the training.

    Attributes:
        fabric: [C] int32, the fabric of each cluster; clusters are ordered by fabric, then by first image.
        cluster_of: [n] int32, the cluster of each image.
        loss: [C] float64, the mean magnet loss of each cluster's images among all clusters.
        impostors: [C, I] int32, the nearest clusters of other fabrics, nearest first; -1 after the last.
    """

    fabric: np.ndarray
    cluster_of: np.ndarray
    loss: np.ndarray
    impostors: np.ndarray


def cluster_fabrics(features, index, per_fabric, seed, alpha=1.0, impostors=63):
    """k-means within every fabric, and what is known of the clusters.

    A fabric of n images gets the largest k <= min(per_fabric, n // 2) of which k-means leaves no cluster with
    fewer than two images; so an image that is like no other of its fabric is no cluster.

    Args:
        features: [n, D] floats, as the loss sees them (`MagnetLoss.seen`).
        index: a `FabricIndex` of n images.
        per_fabric: clusters of a fabric at most.
        seed: of the k-means++ starts.
        alpha: as for `MagnetLoss`.
        impostors: how many of a cluster's nearest impostors are kept.

    Raises:
        UserError: `features` has another number of images than `index`.
        TrainingStoppedError: it has NaN or infinite numbers.
    """
    features = np.asarray(features)
    if len(features) != len(index.fabric_of):
        raise UserError(f"There are features of {len(features)} images and {len(index.fabric_of)} images.")
    if not np.isfinite(features).all():
        row = np.flatnonzero(~np.isfinite(features).all(axis=1))[0]
        raise TrainingStoppedError(
            f"The features of image {row} are not finite, so they cannot be clustered: the steps were too "
            "long. Lower --learning_rate or --clip_norm. Checkpoints from before it are kept."
        )

    # One thread: with more, the order in which partial sums are added, and with it the result, can vary.
    with threadpool_limits(limits=1):
        parts = [_k_means(features[index.rows(f)], per_fabric, seed) for f in range(len(index))]
        counts = [part.max() + 1 for part in parts]
        starts = np.cumsum([0, *counts])
        cluster_of = np.empty(len(features), np.int32)
        for f, part in enumerate(parts):
            cluster_of[index.rows(f)] = starts[f] + part
        fabric = np.repeat(np.arange(len(index), dtype=np.int32), counts)
        means = np.stack(
            [features[cluster_of == c].mean(axis=0, dtype=np.float64) for c in range(len(fabric))]
        )
        return Clusters(
            fabric,
            cluster_of,
            _losses(features, means, fabric, cluster_of, alpha),
            nearest_impostors(means, fabric, impostors),
        )


def save(arrays, path):
    """Writes a NamedTuple of arrays, such as `Clusters`, as .npz, whole or not at all."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **arrays._asdict())


def load(path, kind=Clusters):
    """The `kind` of NamedTuple in a file that `save` has written.

    Raises:
        UserError: it is another kind of file, or damaged. OSError: it cannot be opened.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return kind(**{field: stored[field] for field in kind._fields})
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(
            f"{path} is no file of {kind.__name__.lower()} ({error}). Restore it, or begin the run in "
            "another folder."
        ) from error


def _k_means(features, per_fabric, seed):
    """[n], the clusters of one fabric's images, numbered by their first image."""
    for k in range(min(per_fabric, len(features) // 2), 1, -1):
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", ConvergenceWarning
            )  # images that are alike: fewer clusters than k
            found = KMeans(k, n_init=1, random_state=seed % 2**32).fit_predict(features)
        if np.bincount(found, minlength=k).min() >= 2:
            first = np.unique(found, return_index=True)[1]
            return np.argsort(np.argsort(first))[found]
    return np.zeros(len(features), np.int64)


def _losses(features, means, fabric, cluster_of, alpha):
    """Eq. 5 of each image, with the means of all clusters and the variance of all images; [C], its means."""
    own, impostor = np.empty((2, len(features)))
    blocks = [slice(start, start + BLOCK) for start in range(0, len(features), BLOCK)]
    for rows in blocks:
        own[rows] = np.sum((features[rows] - means[cluster_of[rows]]) ** 2, axis=1)
    twice = 2 * max(own.sum() / (len(features) - 1), VARIANCE_FLOOR)
    for rows in blocks:
        others = -_squared_distances(features[rows], means) / twice
        others[fabric[cluster_of[rows], None] == fabric] = -np.inf
        peak = others.max(axis=1)
        impostor[rows] = peak + np.log(np.exp(others - peak[:, None]).sum(axis=1))
    penalties = np.maximum(own / twice + alpha + impostor, 0)
    return np.bincount(cluster_of, penalties) / np.bincount(cluster_of)


def nearest_impostors(means, fabric, wanted):
    """[C, I], the nearest means of other fabrics; of two at one distance, that of the lower number first."""
    nearest = np.empty((len(fabric), min(wanted, len(fabric) - 1)), np.int32)
    for start in range(0, len(fabric), BLOCK):
        rows = slice(start, start + BLOCK)
        distances = _squared_distances(means[rows], means)
        distances[fabric[rows, None] == fabric] = np.inf
        order = np.argsort(distances, axis=1, kind="stable")[:, : nearest.shape[1]]
        nearest[rows] = np.where(np.isinf(np.take_along_axis(distances, order, axis=1)), -1, order)
    return nearest


def _squared_distances(a, b):
    """[A, B] float64."""
    a = a.astype(np.float64)
    return np.maximum(np.sum(a**2, axis=1)[:, None] + np.sum(b**2, axis=1) - 2 * a @ b.T, 0)
