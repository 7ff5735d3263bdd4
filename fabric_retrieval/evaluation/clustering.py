"""k-means of a test set and how well its clusters agree with the fabrics."""

import warnings

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from fabric_retrieval.evaluation.inputs import check_features, check_length

RESTARTS = 3
MAX_ITERATIONS = 100


def clustering_metrics(
    features, labels, seed=0, *, ids=None, restarts=RESTARTS, max_iterations=MAX_ITERATIONS
):
    """Clusters the features by k-means, k = number of different labels, and scores the clusters.

    Args:
        features: [N, D] float. labels: [N].
        seed, ids, restarts, max_iterations: as for `kmeans`.

    Returns:
        dict: `f1` and `nmi` (`agreement`).

    Raises:
        ValueError: shapes that do not fit, or a NaN or infinite feature (the image is named).
    """
    labels = check_length(labels, len(features), "labels")
    k = len(np.unique(labels))
    clusters, _ = kmeans(features, k, seed, ids=ids, restarts=restarts, max_iterations=max_iterations)
    return agreement(clusters, labels)


def kmeans(features, k, seed=0, *, ids=None, restarts=RESTARTS, max_iterations=MAX_ITERATIONS):
    """Clusters the features by k-means.

    Args:
        features: [N, D] float. k: clusters.
        seed: of the k-means++ starts.
        ids: [N] names for error messages.
        restarts: starts; the one with the least inertia counts.
        max_iterations: Lloyd iterations of each.

    Returns:
        `(clusters [N] int32, settings)`; settings is a dict of `clusters` asked for, `seed`, `restarts`,
        `max_iterations`, and what came of them: `iterations` of the best start, its `inertia`, and
        `clusters_found`, fewer than asked for where there are fewer different features.

    Raises:
        ValueError: as for `clustering_metrics`.
    """
    features = check_features(features, "clustered", ids)
    model = KMeans(k, n_init=restarts, max_iter=max_iterations, random_state=seed)
    # One thread: with more, the order in which partial sums are added, and with it the result, can vary.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        clusters = model.fit_predict(features)
    settings = {
        "clusters": k,
        "seed": seed,
        "restarts": restarts,
        "max_iterations": max_iterations,
        "iterations": int(model.n_iter_),
        "inertia": float(model.inertia_),
        "clusters_found": len(np.unique(clusters)),
    }
    return clusters, settings


def agreement(clusters, labels):
    """Pairwise F1 and normalised mutual information of two partitions (Manning et al., sec. 16.3).

    F1 is of all pairs of images, "same cluster" against "same label": 2TP / (2TP + FP + FN), 0 where there is
    no such pair at all. NMI is I(clusters; labels) over the mean of both entropies, 1 where both are 0.

    Args:
        clusters: [N] any hashable kind. labels: [N].

    Returns:
        dict: `f1` and `nmi`, floats.
    """
    _, cluster = np.unique(clusters, return_inverse=True)
    _, label = np.unique(labels, return_inverse=True)
    # Only the cells of the contingency table that are not 0.
    cells = np.unique(cluster * (label.max() + 1) + label, return_counts=True)[1]
    cluster_sizes, label_sizes = np.bincount(cluster), np.bincount(label)

    same_both = _pairs(cells)
    same_either = _pairs(cluster_sizes) + _pairs(label_sizes)
    f1 = 2 * same_both / same_either if same_either else 0.0

    entropies = _entropy(cluster_sizes) + _entropy(label_sizes)
    mutual = entropies - _entropy(cells)
    nmi = min(max(2 * mutual / entropies, 0.0), 1.0) if entropies > 0 else 1.0
    return {"f1": float(f1), "nmi": float(nmi)}


def _pairs(sizes):
    sizes = sizes.astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def _entropy(sizes):
    shares = sizes / sizes.sum()
    return float(-(shares * np.log(shares)).sum())
