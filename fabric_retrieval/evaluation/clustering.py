"""k-means of a test set and how well its clusters agree with the fabrics."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from fabric_retrieval.evaluation.inputs import check_features, check_length
from fabric_retrieval.processes import count_cores

RESTARTS = 3
MAX_ITERATIONS = 100
START_DIMENSIONS = 256


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


def kmeans(
    features,
    k,
    seed=0,
    *,
    ids=None,
    restarts=RESTARTS,
    max_iterations=MAX_ITERATIONS,
    start_dimensions=START_DIMENSIONS,
):
    """Clusters the features by scikit-learn's k-means, from starts found among leading components.

    With thousands of clusters k-means++ costs far more than Lloyd's iterations, and needs distances only to
    draw images by them: those of a projection do (`benchmarks/README.md`). The iterations see all features.

    Args:
        features: [N, D] float. k: clusters.
        seed: of the k-means++ starts.
        ids: [N] names for error messages.
        restarts: starts; the one with the least inertia counts.
        max_iterations: Lloyd iterations of each.
        start_dimensions: principal components that k-means++ sees, or all features if there are no more.

    Returns:
        `(clusters [N] int32, settings)`; settings is a dict of `clusters` asked for, `seed`, `restarts`,
        `max_iterations`, `start_dimensions`, and what came of them: `iterations` of the best start, its
        `inertia`, and `clusters_found`, fewer than asked for where there are fewer different features.

    Raises:
        ValueError: as for `clustering_metrics`.
    """
    features = check_features(features, "clustered", ids)
    # One thread: with more, the order in which partial sums are added, and with it the result, can vary.
    # Where all features are equal, scikit-learn divides their variance by itself.
    with threadpool_limits(limits=1), warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        leading = _leading(features, start_dimensions, seed)
        model = _from_starts_in(leading, features, k, seed, restarts, max_iterations)
    clusters = model.labels_
    settings = {
        "clusters": k,
        "seed": seed,
        "restarts": restarts,
        "max_iterations": max_iterations,
        "start_dimensions": start_dimensions,
        "iterations": int(model.n_iter_),
        "inertia": float(model.inertia_),
        "clusters_found": len(np.unique(clusters)),
    }
    return clusters, settings


def _leading(features, dimensions, seed):
    """[N, C] float64, centred: scikit-learn would convert float32 anew for each cluster."""
    if min(features.shape) > dimensions:
        pca = PCA(dimensions, svd_solver="randomized", iterated_power=2, random_state=seed)
        return pca.fit_transform(features).astype(np.float64)
    return features - features.mean(axis=0, dtype=np.float64)


def _from_starts_in(leading, features, k, seed, restarts, max_iterations):
    """The best `KMeans` of several starts by k-means++ in `leading` [N, C], clustered side by side."""
    random = np.random.RandomState(seed)

    def cluster(start):
        return KMeans(k, init=features[start], n_init=1, max_iter=max_iterations).fit(features)

    # A limit of OpenMP's threads holds for the thread that sets it.
    with ThreadPoolExecutor(count_cores(), initializer=threadpool_limits, initargs=(1,)) as pool:
        starts = (kmeans_plusplus(leading, k, random_state=random)[1] for _ in range(restarts))
        models = [found.result() for found in [pool.submit(cluster, start) for start in starts]]
    return min(models, key=lambda found: found.inertia_)


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
