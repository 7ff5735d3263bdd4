"""The index of `fabric_retrieval.search` against plain faiss with the same parameters, kind by kind.

python benchmarks/search_engines.py                      # 107,500 and 1,000,000 images of 256 dimensions
python benchmarks/search_engines.py --images=107500 --kinds=flat,hnsw

Each side is in a process of its own. The build ends with the index on the disk, ours with items, checksums
and manifest. Memory is what opening and a first search take of it, without what is mapped from files. Vectors
are those of `drawn_features`, five images a fabric; queries are further images of some of these. Recall
is that of the ten nearest, against faiss's flat index.
"""

import statistics
import tempfile
from pathlib import Path

import faiss
import numpy as np
from absl import app, flags
from drawn_features import photographs
from own_process import OwnProcess
from search_sides import K
from side_by_side import machine, print_table
from tqdm import tqdm

FLAGS = flags.FLAGS
flags.DEFINE_list("images", ["107500", "1000000"], "Images of each comparison.")
flags.DEFINE_list("kinds", ["flat", "hnsw", "ivfpq"], "Kinds of index.")
flags.DEFINE_integer("dims", 256, "Dimensions of the vectors.")
flags.DEFINE_integer("queries", 1000, "Queries at once.", lower_bound=1)
flags.DEFINE_integer("alone", 200, "Queries one after the other.", lower_bound=1)
flags.DEFINE_float("noise", 0.5, "Spread of a fabric's images; fabrics are spread by 1.")
flags.DEFINE_integer("repeats", 5, "Rounds whose median counts.", lower_bound=1)
flags.DEFINE_integer("untimed", 1, "Rounds before them.", lower_bound=0)
flags.DEFINE_integer("seed", 0, "Of the vectors.")
flags.DEFINE_string("folder", None, "Where vectors and indexes are kept meanwhile. Default: a temporary one.")


def draw(folder, images):
    """Writes vectors.npy and queries.npy into a folder; returns the nearest images of the queries, [Q, K]."""
    fabrics = -(-images // 5)
    of_queries = np.random.default_rng(FLAGS.seed).integers(fabrics, size=FLAGS.queries)
    labels = np.concatenate([np.arange(images) // 5, of_queries])
    features = photographs(labels, FLAGS.dims, FLAGS.noise, FLAGS.seed)
    np.save(folder / "vectors.npy", features[:images])
    np.save(folder / "queries.npy", features[images:])
    return faiss.knn(features[images:], features[:images], K)[1]


def sides(kind):
    found = {"ours": ("Ours", {}), "faiss": ("Plain", {})}
    if kind == "ivfpq":
        found["faiss, refined"] = ("Plain", {"refined": True})
    return found


def compare(folder, kind, nearest):
    """The rows of a kind's table."""
    measured, processes = {}, {}
    for name, (side, options) in sides(kind).items():
        with OwnProcess("search_sides", side, folder=str(folder), kind=kind, **options) as process:
            measured[name] = {"build": process.call("build")}
    try:
        for name, (side, options) in sides(kind).items():
            processes[name] = OwnProcess("search_sides", side, folder=str(folder), kind=kind, **options)
            measured[name]["open"], measured[name]["memory"] = processes[name].call("open")
            found = processes[name].call("found")
            shared = [
                len(set(one) & set(other))
                for one, other in zip(found.tolist(), nearest.tolist(), strict=True)
            ]
            measured[name]["recall"] = np.mean(shared) / K
        seconds = {name: {"together": [], "alone": []} for name in processes}
        for round_number in tqdm(range(FLAGS.untimed + FLAGS.repeats), kind, unit=" rounds", leave=False):
            for name, process in processes.items():
                took = {"together": process.call("together"), "alone": process.call("alone", FLAGS.alone)}
                if round_number >= FLAGS.untimed:
                    for way, value in took.items():
                        seconds[name][way].append(value)
    finally:
        for process in processes.values():
            process.__exit__()
    for name, ways in seconds.items():
        measured[name] |= {way: statistics.median(values) for way, values in ways.items()}
    return measured


def main(argv):
    del argv
    rows = []
    for images in map(int, FLAGS.images):
        with tempfile.TemporaryDirectory(dir=FLAGS.folder) as folder:
            nearest = draw(Path(folder), images)
            for kind in FLAGS.kinds:
                measured = compare(Path(folder), kind, nearest)
                faiss_rate = FLAGS.queries / measured["faiss"]["together"]
                for name, values in measured.items():
                    rate = FLAGS.queries / values["together"]
                    rows.append(
                        [
                            f"{images:,}",
                            kind,
                            name,
                            f"{values['build']:.1f} s",
                            f"{values['open']:.2f} s",
                            f"{values['memory'] / 2**20:,.0f} MB",
                            f"{rate:,.0f}",
                            f"{rate / faiss_rate:.2f}",
                            f"{1000 * values['alone']:.2f} ms",
                            f"{values['recall']:.3f}",
                        ]
                    )
    print(f"{FLAGS.queries:,} queries at once, {FLAGS.dims} dimensions; {machine('faiss', 'numpy')}\n")
    names = [
        "images",
        "kind",
        "side",
        "build",
        "open",
        "memory",
        "queries/s",
        "of faiss",
        "one query",
        "recall@10",
    ]
    print_table(names, rows)


if __name__ == "__main__":
    app.run(main)
