"""The whole evaluation against three ways that sort every gallery image for every query, as full mAP needs.

python benchmarks/evaluation_peers.py       # needs the extra `benchmarks`

- pytorch-metric-learning: AccuracyCalculator with k = the whole gallery (its default): precision_at_1 is our
  hit_rate@1, mean_average_precision_at_r our map_at_r, and with this k its mean_average_precision our map.
- argsort: a matrix of all products and its argsort, as cnnimageretrieval-pytorch evaluates; from each ranking
  our hit_rate@1, map_at_r, map, and map_trapezoid, which is its average precision.
- faiss: IndexFlatL2, k = the whole gallery; the same measures from its rankings.

Ours gives all of these, recall@K and hit_rate@K, with ties resolved by id. Distances in float32 misplace what
is nearly as near, so numbers agree to the digits that are printed, not to the last bit.
"""

import faiss
import numpy as np
from absl import app, flags
from drawn_features import collection
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
from side_by_side import in_turns, machine, print_table

from fabric_retrieval.evaluation import retrieval_metrics

FLAGS = flags.FLAGS
flags.DEFINE_list(
    "sizes",
    ["500x5000x256", "500x20000x256", "500x100000x256", "500x20000x4096"],
    "Queries x gallery images x dimensions of each comparison.",
)
flags.DEFINE_integer("fabrics", 200, "Fabrics of the queries; 4 gallery images of each, the rest distract.")
flags.DEFINE_integer("repeats", 5, "Rounds whose median counts.", lower_bound=1)
flags.DEFINE_integer("untimed", 1, "Rounds before them.", lower_bound=0)
flags.DEFINE_integer("seed", 0, "Of the features.")

MEASURES = ("hit_rate@1", "map_at_r", "map", "map_trapezoid")


def ours(queries, labels, gallery, gallery_labels):
    measured = retrieval_metrics(queries, labels, gallery, gallery_labels, bootstrap=0)
    return {name: measured[name] for name in MEASURES}


def pytorch_metric_learning(queries, labels, gallery, gallery_labels):
    of_ours = {
        "precision_at_1": "hit_rate@1",
        "mean_average_precision_at_r": "map_at_r",
        "mean_average_precision": "map",
    }
    measured = AccuracyCalculator(include=tuple(of_ours)).get_accuracy(
        queries, labels, gallery, gallery_labels
    )
    return {of_ours[name]: value for name, value in measured.items()}


def argsort(queries, labels, gallery, gallery_labels):
    scores = queries @ gallery.T
    scores -= np.square(gallery).sum(axis=1) / 2
    return of_rankings(np.argsort(-scores, axis=1), labels, gallery_labels)


def faiss_flat(queries, labels, gallery, gallery_labels):
    index = faiss.IndexFlatL2(gallery.shape[1])
    index.add(gallery)
    _, rankings = index.search(queries, len(gallery))
    return of_rankings(rankings, labels, gallery_labels)


def of_rankings(rankings, labels, gallery_labels):
    """The mean measures of whole rankings [Q, G] of the gallery's positions."""
    rows = []
    for ranking, label in zip(rankings, labels, strict=True):
        ranks = np.flatnonzero(gallery_labels[ranking] == label) + 1
        found = np.arange(1, len(ranks) + 1)
        precision = found / ranks
        before = np.where(ranks > 1, (found - 1) / np.maximum(ranks - 1, 1), 1.0)
        within = precision[ranks <= len(ranks)].sum() / len(ranks)
        rows.append([ranks[0] == 1, within, precision.mean(), ((precision + before) / 2).mean()])
    return dict(zip(MEASURES, np.mean(rows, axis=0).tolist(), strict=True))


WAYS = {
    "ours": ours,
    "pytorch-metric-learning": pytorch_metric_learning,
    "argsort": argsort,
    "faiss flat": faiss_flat,
}


def compare(size):
    """The seconds and the measures of every way, two dicts."""
    queries, images, dims = map(int, size.split("x"))
    relevant = 4 * FLAGS.fabrics
    case = collection(dims, queries, relevant, images - relevant, FLAGS.fabrics, seed=FLAGS.seed)
    measured = {}

    def run(name):
        measured[name] = WAYS[name](*case)

    ways = {name: (lambda name=name: run(name)) for name in WAYS}
    return in_turns(ways, FLAGS.repeats, FLAGS.untimed), measured


def main(argv):
    del argv
    times, numbers = [], []
    for size in FLAGS.sizes:
        seconds, measured = compare(size)
        own = seconds.pop("ours")
        peers = [f"{took:.2f} s ({took / own:.1f}x)" for took in seconds.values()]
        times.append([size, f"{own:.3f} s", *peers])
        for name, values in measured.items():
            shown = [f"{values[measure]:.6f}" if measure in values else "-" for measure in MEASURES]
            numbers.append([size, name, *shown])
    packages = ("numpy", "faiss-cpu", "torch", "pytorch-metric-learning")
    print(f"Queries x gallery x dimensions; {machine(*packages)}\n")
    print_table(["size", *WAYS], times)
    print()
    print_table(["size", "way", *MEASURES], numbers)


if __name__ == "__main__":
    app.run(main)
