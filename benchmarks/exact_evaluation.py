"""Exact ranks of all relevant images against one float32 matrix product of the same shape.

python benchmarks/exact_evaluation.py                     # 5,000 queries, 107,500 images, 3 GB of memory
python benchmarks/exact_evaluation.py --growth            # 10,000 to 1,000,000 images from a memory map
"""

import tempfile
from pathlib import Path

import numpy as np
from absl import app, flags
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
flags.DEFINE_integer("seed", 0, "Of the features.")
flags.DEFINE_bool("growth", False, "Time galleries of 10,000, 100,000 and 1,000,000 memory-mapped images.")


def collection(dims, queries, images, distractors, fabrics):
    """`(queries [Q, D], labels [Q], gallery [G, D], labels [G])`: ReLU features varied in 64 directions."""
    rng = np.random.default_rng(FLAGS.seed)
    directions = rng.normal(size=(64, dims)).astype(np.float32) / 8

    def photographs(labels, centres):
        spread = rng.normal(scale=FLAGS.noise, size=(len(labels), 64)).astype(np.float32)
        return np.maximum((centres[labels] + spread) @ directions, 0)

    centres = rng.normal(size=(fabrics + distractors, 64)).astype(np.float32)
    of_queries, of_images = np.arange(queries) % fabrics, np.arange(images) % fabrics
    of_gallery = np.concatenate([of_images, fabrics + np.arange(distractors)])
    return photographs(of_queries, centres), of_queries, photographs(of_gallery, centres), of_gallery


def product(queries, gallery):
    """The product alone, in blocks that are thrown away."""
    block = np.empty((len(queries), 4096), np.float32)
    for start in range(0, len(gallery), 4096):
        part = gallery[start : start + 4096]
        np.matmul(queries, part.T, out=block[:, : len(part)])


def compare():
    rows = []
    for dims in map(int, FLAGS.dims):
        queries, labels, gallery, gallery_labels = collection(
            dims, FLAGS.queries, FLAGS.images, FLAGS.distractors, FLAGS.fabrics
        )

        def evaluation(case=(queries, labels, gallery, gallery_labels)):
            return retrieval_metrics(*case, ties="report", bootstrap=0)

        seconds = in_turns(
            {"product": lambda case=(queries, gallery): product(*case), "evaluation": evaluation},
            FLAGS.repeats,
        )
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
        queries, labels, gallery, gallery_labels = collection(256, 1000, 2000, images - 2000, 400)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "gallery.npy"
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


def main(argv):
    del argv
    grow() if FLAGS.growth else compare()


if __name__ == "__main__":
    app.run(main)
