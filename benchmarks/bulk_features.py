"""Bulk features by two worker processes of Apache Beam, against the extractor of a single process.

python benchmarks/bulk_features.py
"""

import contextlib
import os
import tempfile
from pathlib import Path

import numpy as np
from absl import app, flags, logging
from exported_alexnet import exported_alexnet
from photographs import photographs
from side_by_side import in_turns, machine, print_table

from fabric_retrieval.beside import beside
from fabric_retrieval.bulk import load
from fabric_retrieval.bulk.images import TfdsImages
from fabric_retrieval.bulk.job import extract
from fabric_retrieval.evaluation.embedder import Embedder
from fabric_retrieval.evaluation.features import compute
from fabric_retrieval.memory import keep_memory

FLAGS = flags.FLAGS
flags.DEFINE_integer("images", 512, "Photographs.", lower_bound=1)
flags.DEFINE_integer("width", 256, "Of a photograph.")
flags.DEFINE_integer("height", 256, "Of a photograph.")
flags.DEFINE_integer("workers", 2, "Processes.", lower_bound=1)
flags.DEFINE_integer("shards", 8, "Files of features.", lower_bound=2)
flags.DEFINE_integer("repeats", 5, "Rounds whose median counts.", lower_bound=1)
flags.DEFINE_integer("seed", 0, "Of photographs and weights.")

BATCH = 32


def compare(folder):
    exported_alexnet(folder / "saved_model", FLAGS.seed)
    builder = photographs(folder, FLAGS.images, FLAGS.width, FLAGS.height, FLAGS.seed)
    options = ["--direct_running_mode=multi_processing", f"--direct_num_workers={FLAGS.workers}"]
    outs, workers, found = [], [], []

    def single():
        found[:] = [compute(Embedder(folder / "saved_model"), "model", builder, "train", BATCH)]

    def bulk():
        outs.append(folder / f"out-{len(outs)}")
        with _counted(workers):
            extract(
                folder / "saved_model",
                TfdsImages.of(builder, "train"),
                outs[-1],
                FLAGS.shards,
                BATCH,
                beam_options=options,
            )

    seconds = in_turns({"single": single, "bulk": bulk}, FLAGS.repeats)
    features, ids, _ = load(outs[-1])
    np.testing.assert_array_equal(ids, found[0].ids)
    differing = np.abs(features - found[0].features).max()
    running = np.median([_rate(out) for out in outs[1:]])
    versions = machine("apache-beam", "pyarrow", "tensorflow")
    print(
        f"{FLAGS.images} JPEG files of {FLAGS.width} x {FLAGS.height}, AlexNet of 227 pixels, "
        f"batches of {BATCH}, {FLAGS.shards} shards; {versions}\n"
    )
    names = {
        "single": "one process, its model loaded anew",
        "bulk": f"Beam, {max(workers)} worker processes, from their start to their end",
    }
    rows = [[names[way], f"{took:.1f}", f"{FLAGS.images / took:.1f}"] for way, took in seconds.items()]
    print_table(["", "seconds", "images/s"], rows)
    print(f"\nBetween the workers' first files and the last one: {running:.1f} images/s.")
    print(f"Largest difference of a feature: {differing:.1g}.")


def _rate(out):
    """Images a second from when every worker has written its first shard to when the last one is written."""
    ends = sorted(path.stat().st_mtime for path in out.glob("features-*"))
    later = ends[FLAGS.workers :]
    return len(later) / len(ends) * FLAGS.images / (later[-1] - ends[FLAGS.workers - 1])


@contextlib.contextmanager
def _counted(counts):
    """Appends to `counts` the largest number of Beam's worker processes that there were at once."""
    most = [0]

    def watch(ended):
        while not ended.wait(0.5):
            most.append(sum(map(_is_worker, Path("/proc").glob("[0-9]*"))))

    try:
        with beside(watch):
            yield
    finally:
        counts.append(max(most))


def _is_worker(process):
    try:
        child = f"PPid:\t{os.getpid()}\n" in (process / "status").read_text()
        return child and b"sdk_worker_main" in (process / "cmdline").read_bytes()
    except OSError:  # it has ended
        return False


def main(argv):
    del argv
    logging.set_verbosity(logging.ERROR)
    keep_memory()  # as the commands do
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder))


if __name__ == "__main__":
    app.run(main)
