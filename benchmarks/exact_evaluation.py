"""The whole evaluation, ties resolved and bounded, against one float32 matrix product of the same shape.

python benchmarks/exact_evaluation.py --dims=4096    # 5,000 queries, 107,500 images: 4 GB of memory
python benchmarks/exact_evaluation.py --dims=256
python benchmarks/exact_evaluation.py --growth       # 10,000 to 1,000,000 images from a memory map
python benchmarks/exact_evaluation.py --products     # is NumPy's product a worthy peer?
"""

import tempfile
from pathlib import Path

import numpy as np
from absl import app, flags
from drawn_features import collection
from scipy.linalg.blas import sgemm
from side_by_side import in_turns, machine, peak_memory, print_table

from fabric_retrieval.evaluation import retrieval_metrics

FLAGS = flags.FLAGS
flags.DEFINE_integer("queries", 5000, "Queries.", lower_bound=1)
flags.DEFINE_integer("images", 7500, "Gallery images of the queries' fabrics.", lower_bound=1)
flags.DEFINE_integer("distractors", 100_000, "Gallery images of other fabrics.", lower_bound=0)
flags.DEFINE_integer("fabrics", 2150, "Fabrics of the queries.", lower_bound=1)
flags.DEFINE_list("dims", ["4096", "256"], "Dimensions of the features.")
flags.DEFINE_float("noise", 1.0, "Spread of a fabric's images; fabrics are spread by 1.")
flags.DEFINE_integer("repeats", 5, "Rounds whose median counts.", lower_bound=1)
flags.DEFINE_integer("untimed", 1, "Rounds before them.", lower_bound=0)
flags.DEFINE_integer("seed", 0, "Of the features.")
flags.DEFINE_bool("growth", False, "Time galleries of 10,000, 100,000 and 1,000,000 memory-mapped images.")
flags.DEFINE_bool("products", False, "Time the product alone, in several ways.")


def product(queries, gallery, images=4096):
    """The product alone, `images` at a time, thrown away."""
    block = np.empty((len(queries), images), np.float32)
    for start in range(0, len(gallery), images):
        part = gallery[start : start + images]
        np.matmul(queries, part.T, out=block[:, : len(part)])


def scipy_product(queries, gallery, images=4096):
    block = np.zeros((images, len(queries)), np.float32, order="F")
    for start in range(0, len(gallery), images):
        part = gallery[start : start + images]
        sgemm(1.0, part.T, queries.T, 0.0, block[: len(part)], trans_a=True, overwrite_c=True)


def drawn(dims):
    return collection(
        dims, FLAGS.queries, FLAGS.images, FLAGS.distractors, FLAGS.fabrics, FLAGS.noise, FLAGS.seed
    )


def compare():
    rows = []
    for dims in map(int, FLAGS.dims):
        case = drawn(dims)
        queries, _, gallery, _ = case

        def evaluation(case=case):
            return retrieval_metrics(*case, ties="report", bootstrap=0)

        ways = {"product": lambda queries=queries, gallery=gallery: product(queries, gallery)}
        seconds = in_turns(ways | {"evaluation": evaluation}, FLAGS.repeats, FLAGS.untimed)
        ratio = seconds["evaluation"] / seconds["product"]
        memory = peak_memory(evaluation) / 2**20
        rows.append(
            [
                dims,
                f"{seconds['product']:.2f} s",
                f"{seconds['evaluation']:.2f} s",
                f"{ratio:.2f}",
                f"{memory:.0f} MB",
            ]
        )
    print(f"{FLAGS.queries:,} queries, {len(gallery):,} images; {machine('numpy', 'scipy')}\n")
    print_table(["dimensions", "product", "evaluation", "ratio", "extra memory"], rows)


def grow():
    rows = []
    for images in (10_000, 100_000, 1_000_000):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "gallery.npy"
            queries, labels, gallery, gallery_labels = collection(256, 1000, 2000, images - 2000, 400)
            queries = queries.copy()
            np.save(path, gallery)
            del gallery
            gallery = np.load(path, mmap_mode="r")

            def evaluation(case=(queries, labels, gallery, gallery_labels)):
                return retrieval_metrics(*case, ties="report", bootstrap=0)

            seconds = in_turns({f"{images:,} images": evaluation}, FLAGS.repeats)
            memory = peak_memory(evaluation) / 2**20
        (took,) = seconds.values()
        rows.append([f"{images:,}", f"{took:.2f} s", f"{took / images * 1e6:.2f} s", f"{memory:.0f} MB"])
    print(f"1,000 queries, 256 dimensions, memory-mapped gallery; {machine('numpy', 'scipy')}\n")
    print_table(["images", "evaluation", "for a million", "extra memory"], rows)


def compare_products():
    rows = []
    for dims in map(int, FLAGS.dims):
        queries, _, gallery, _ = drawn(dims)
        ways = {
            "numpy, 4,096 images at once": lambda: product(queries, gallery),  # noqa: B023
            "numpy, 16,384": lambda: product(queries, gallery, 16_384),  # noqa: B023
            "numpy, all": lambda: product(queries, gallery, len(gallery)),  # noqa: B023
            "scipy, 4,096": lambda: scipy_product(queries, gallery),  # noqa: B023
        }
        seconds = in_turns(ways, FLAGS.repeats, FLAGS.untimed)
        operations = 2 * dims * len(queries) * len(gallery)
        rows += [
            [dims, name, f"{took:.2f} s", f"{operations / took / 1e9:.0f}"] for name, took in seconds.items()
        ]
    print(f"{FLAGS.queries:,} queries, {len(gallery):,} images; {machine('numpy', 'scipy')}\n")
    print_table(["dimensions", "product", "time", "Gflop/s"], rows)


def main(argv):
    del argv
    if FLAGS.growth:
        grow()
    elif FLAGS.products:
        compare_products()
    else:
        compare()


if __name__ == "__main__":
    app.run(main)
