"""Pairwise F1 and NMI against scikit-learn and Manning's example, and the k-means around them."""

import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score
from sklearn.metrics.cluster import pair_confusion_matrix

from fabric_retrieval.evaluation import clustering_metrics
from fabric_retrieval.evaluation.clustering import agreement, kmeans

# Manning et al., figure 16.4: three clusters of crosses, circles and diamonds.
MANNING = ([0] * 6 + [1] * 6 + [2] * 5, list("xxxxxoxoooodxxddd"))


def test_the_example_of_the_book():
    measured = agreement(*MANNING)
    # Printed there: TP = 20, FP = 20, FN = 24, so P = 0.5, R = 0.455, and NMI = 0.36.
    assert measured["f1"] == pytest.approx(2 * 20 / (2 * 20 + 20 + 24))
    assert measured["nmi"] == pytest.approx(0.36, abs=0.005)


@pytest.mark.parametrize("seed", range(40))
def test_equals_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    count = rng.integers(2, 200)
    clusters, labels = (rng.integers(0, rng.integers(1, 30), size=count) for _ in range(2))
    (_, false_positive), (false_negative, true_positive) = pair_confusion_matrix(labels, clusters)
    pairs = 2 * true_positive + false_positive + false_negative
    measured = agreement(clusters, labels)
    assert measured["f1"] == pytest.approx(2 * true_positive / pairs if pairs else 0.0)
    assert measured["nmi"] == pytest.approx(normalized_mutual_info_score(labels, clusters), abs=1e-12)


def test_pairs_of_many_images_do_not_overflow():
    labels = np.zeros(200_000, np.int32)
    assert agreement(labels, labels) == {"f1": 1.0, "nmi": 1.0}


def test_well_separated_fabrics_are_found():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(12), 6)
    features = (10 * np.eye(12)[labels] + 0.1 * rng.normal(size=(72, 12))).astype(np.float32)
    assert clustering_metrics(features, labels, seed=3) == pytest.approx({"f1": 1.0, "nmi": 1.0})


def test_settings_of_k_means_and_what_came_of_them():
    features = np.random.default_rng(0).normal(size=(72, 12))
    clusters, settings = kmeans(features, 12, seed=3, restarts=4, max_iterations=50)
    assert settings["clusters"] == settings["clusters_found"] == len(set(clusters)) == 12
    assert (settings["seed"], settings["restarts"], settings["max_iterations"]) == (3, 4, 50)
    centres = np.stack([features[clusters == cluster].mean(axis=0) for cluster in range(12)])
    assert settings["inertia"] == pytest.approx(np.square(features - centres[clusters]).sum())
    again, settings_again = kmeans(features, 12, seed=3, restarts=4, max_iterations=50)
    assert (again.tolist(), settings_again) == (clusters.tolist(), settings)


@pytest.mark.parametrize(("dims", "start_dimensions"), [(400, 100), (40, 256)])
def test_clusters_are_as_good_as_those_of_scikit_learn(dims, start_dimensions):
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 60
    features = (rng.normal(size=(60, dims))[labels] + rng.normal(size=(300, dims))).astype(np.float32)
    inertias, scores = [], []
    for seed in range(5):
        expected = KMeans(60, n_init=1, random_state=seed).fit(features)
        clusters, settings = kmeans(features, 60, seed, restarts=1, start_dimensions=start_dimensions)
        assert settings["start_dimensions"] == start_dimensions
        inertias.append((settings["inertia"], expected.inertia_))
        scores.append((agreement(clusters, labels)["nmi"], agreement(expected.labels_, labels)["nmi"]))
    ours, theirs = np.mean(inertias, axis=0)
    assert ours < 1.01 * theirs
    ours, theirs = np.mean(scores, axis=0)
    assert ours > theirs - 0.01


@pytest.mark.parametrize("threads", ["1", "4"])
def test_any_number_of_threads_finds_the_same_clusters(threads):
    program = """if True:
        import numpy as np
        from fabric_retrieval.evaluation.clustering import kmeans
        features = np.random.default_rng(0).normal(size=(2000, 300))
        clusters, settings = kmeans(features, 40, seed=1, start_dimensions=50)
        print(clusters.tolist(), settings["inertia"].hex())
    """
    environment = os.environ | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
    command = [sys.executable, "-c", program]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    features = np.random.default_rng(0).normal(size=(2000, 300))
    clusters, settings = kmeans(features, 40, seed=1, start_dimensions=50)
    assert found.split() == f"{clusters.tolist()} {settings['inertia'].hex()}".split()


@pytest.mark.parametrize("start_dimensions", [1, 2])
def test_fewer_different_features_than_fabrics_is_said(start_dimensions):
    _, settings = kmeans(np.zeros((6, 2)), 3, start_dimensions=start_dimensions)
    assert (settings["clusters"], settings["clusters_found"]) == (3, 1)
    measured = clustering_metrics(np.zeros((6, 2)), [0, 0, 1, 1, 2, 2])
    assert measured["f1"] == pytest.approx(2 * 3 / (15 + 3))


def test_a_feature_that_is_no_number_names_its_image():
    with pytest.raises(ValueError, match="image 'twill-1'"):
        clustering_metrics([[0.0], [np.nan]], [0, 1], ids=["twill-0", "twill-1"])
    with pytest.raises(ValueError, match="labels"):
        clustering_metrics([[0.0], [1.0]], [0])
