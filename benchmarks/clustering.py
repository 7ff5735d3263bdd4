"""F1 and NMI of a k-means clustering: starts found among leading components, against KMeans as it comes.

python benchmarks/clustering.py --seeds=0          # 12,500 x 4,096, 2,150 clusters: minutes for each seed

Both have the same seeds, restarts and iterations at most. Each seed is a round; A and B take turns.
"""

import statistics
import time

import numpy as np
from absl import app, flags
from drawn_features import photographs
from side_by_side import machine, print_table
from sklearn.cluster import KMeans
from tqdm import tqdm

from fabric_retrieval.evaluation.clustering import agreement, kmeans

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "features", "", "An .npz file of `features` and `labels` to cluster; else they are drawn."
)
flags.DEFINE_integer("images", 12_500, "Images.", lower_bound=1)
flags.DEFINE_integer("dims", 4096, "Dimensions of their features.", lower_bound=1)
flags.DEFINE_integer("fabrics", 2150, "Fabrics, and clusters.", lower_bound=1)
flags.DEFINE_float("noise", 1.0, "Spread of a fabric's images; fabrics are spread by 1.")
flags.DEFINE_integer("restarts", 1, "Starts of each k-means.", lower_bound=1)
flags.DEFINE_integer("iterations", 100, "Lloyd iterations of each at most.", lower_bound=1)
flags.DEFINE_integer("start_dimensions", 256, "Components among which k-means++ finds starts.", lower_bound=1)
flags.DEFINE_list("seeds", ["0", "1", "2", "3", "4"], "Seeds, one round each.")


def features_and_labels():
    if FLAGS.features:
        with np.load(FLAGS.features) as file:
            return file["features"], file["labels"]
    labels = np.arange(FLAGS.images) % FLAGS.fabrics
    features = photographs(labels, FLAGS.dims, FLAGS.noise, 0)
    features += np.random.default_rng(1).normal(scale=0.1, size=features.shape).astype(np.float32)
    return np.maximum(features, 0), labels


def scikit_learn(features, k, seed):
    model = KMeans(k, n_init=FLAGS.restarts, max_iter=FLAGS.iterations, random_state=seed).fit(features)
    return model.labels_, model.n_iter_


def ours(features, k, seed):
    clusters, settings = kmeans(
        features,
        k,
        seed,
        restarts=FLAGS.restarts,
        max_iterations=FLAGS.iterations,
        start_dimensions=FLAGS.start_dimensions,
    )
    return clusters, settings["iterations"]


def inertia(features, clusters):
    """The sum of the squared distances to the clusters' means, in float64: the same measure of both."""
    total = 0.0
    for cluster in np.unique(clusters):
        part = features[clusters == cluster].astype(np.float64)
        total += np.square(part - part.mean(axis=0)).sum()
    return total


def main(argv):
    del argv
    features, labels = features_and_labels()
    k = len(np.unique(labels))
    ways, rows, seconds = {"scikit-learn": scikit_learn, "ours": ours}, [], {}
    with tqdm(total=len(FLAGS.seeds) * len(ways), unit=" runs", leave=False) as progress:
        for seed in map(int, FLAGS.seeds):
            for name, way in ways.items():
                progress.set_description(name)
                start = time.perf_counter()
                clusters, iterations = way(features, k, seed)
                took = time.perf_counter() - start
                seconds.setdefault(name, []).append(took)
                scores = agreement(clusters, labels)
                of_clusters = [f"{inertia(features, clusters):.6g}", *(f"{scores[n]:.4f}" for n in scores)]
                rows.append([seed, name, f"{took:.1f} s", iterations, *of_clusters])
                progress.update()
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    about = f"{len(features):,} images, {features.shape[1]:,} dimensions, {k:,} clusters"
    print(f"{about}, {FLAGS.restarts} restarts; {machine('numpy', 'scikit-learn')}\n")
    print_table(["seed", "k-means", "time", "iterations", "inertia", "F1", "NMI"], rows)
    ratio = medians["scikit-learn"] / medians["ours"]
    print(f"\nMedians: {', '.join(f'{n} {s:.1f} s' for n, s in medians.items())}; ratio {ratio:.1f}.")


if __name__ == "__main__":
    app.run(main)
