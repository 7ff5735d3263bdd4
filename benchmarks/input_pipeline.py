"""From JPEG files to training batches of 227 x 227 pixels, against decoding the files alone.

python benchmarks/input_pipeline.py           # the stages of the way
python benchmarks/input_pipeline.py --steps   # how long the steps of a training wait for their batches
"""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from unittest import mock

import numpy as np
import simplejpeg
import tensorflow as tf
from absl import app, flags, logging
from photographs import photographs
from side_by_side import in_turns, machine, print_table

from fabric_retrieval.data.augmentation import OFF, Augmentation
from fabric_retrieval.data.collection import encoded_images, load_collection
from fabric_retrieval.data.pipeline import training_batches
from fabric_retrieval.data.preprocessing import decode_and_resize
from fabric_retrieval.data.units import FabricIndex, shared_batch
from fabric_retrieval.flags import training_config
from fabric_retrieval.memory import keep_memory
from fabric_retrieval.processes import count_cores
from fabric_retrieval.training import run

FLAGS = flags.FLAGS
flags.DEFINE_integer("images", 1000, "Photographs.", lower_bound=80)
flags.DEFINE_integer("width", 640, "Of a photograph.", lower_bound=16)
flags.DEFINE_integer("height", 480, "Of a photograph.", lower_bound=16)
flags.DEFINE_integer("batches", 50, "Batches of 80 crops that are timed; a fifth of it with augmentation.")
flags.DEFINE_integer("repeats", 5, "Rounds whose median counts.", lower_bound=1)
flags.DEFINE_integer("seed", 0, "Of photographs and batches.")
flags.DEFINE_bool("steps", False, "Train for a few steps, and measure how long each waits.")
flags.DEFINE_integer("timed_steps", 8, "With --steps: steps that are timed, after one that is not.")

SIDE, CROP = 256, 227
ALL = Augmentation(0.5, 0.5, 0.5)
AUGMENTED = [f"--augment_{what}=0.5" for what in ("wrinkle", "light", "view")]
SMALL = ["--input_size=115", "--width=0.25"]  # of configs/demo.flags


def compare(folder):
    builder = photographs(folder, FLAGS.images, FLAGS.width, FLAGS.height, FLAGS.seed)
    encoded = [example["image"] for example in encoded_images(builder, "train").as_numpy_iterator()]
    _require_same_pixels(encoded)
    collection = load_collection(builder, "train", SIDE, cache_dir=folder / "pixels")
    index = FabricIndex(collection.fabrics)
    fresh = (folder / f"pixels-{number}" for number in range(FLAGS.repeats + 1))

    def bare():
        with ThreadPoolExecutor(count_cores()) as threads:
            for _ in threads.map(lambda data: simplejpeg.decode_jpeg(data).shape, encoded):
                pass

    def decoded(function):
        images = tf.data.Dataset.from_tensor_slices(encoded)
        return lambda: _exhaust(images.map(function, num_parallel_calls=tf.data.AUTOTUNE))

    def batches(count, augmentation=OFF):
        def draw(number):
            return shared_batch(index, FLAGS.seed, number)

        whole = (collection.pixels, draw, CROP, FLAGS.seed, 0, count)
        return lambda: _exhaust(training_batches(*whole, augmentation=augmentation))

    count, fewer = FLAGS.batches, max(1, FLAGS.batches // 5)
    crops = len(shared_batch(index, FLAGS.seed, 0).rows)
    ways = {
        "bare decode (simplejpeg)": (bare, FLAGS.images),
        "records read": (lambda: _exhaust(encoded_images(builder, "train")), FLAGS.images),
        "decoded": (decoded(_decode), FLAGS.images),
        "decoded and resized": (decoded(lambda data: decode_and_resize(data, SIDE)), FLAGS.images),
        "collection, once: all that and stored": (
            lambda: load_collection(builder, "train", SIDE, cache_dir=next(fresh)),
            FLAGS.images,
        ),
        "batches, every step: cropped, mirrored": (batches(count), count * crops),
        "the same, augmented by 0.5 each": (batches(fewer, ALL), fewer * crops),
    }
    seconds = in_turns({name: way for name, (way, _) in ways.items()}, FLAGS.repeats)
    rates = {name: images / seconds[name] for name, (_, images) in ways.items()}
    of_bare, once, every = (list(rates.values())[place] for place in (0, 4, 5))
    size = np.mean([len(data) for data in encoded]) / 1000
    print(f"{FLAGS.images} JPEG files, {FLAGS.width} x {FLAGS.height}, {size:.0f} kB each; {_machine()}\n")
    print_table(
        ["stage", "images/s", "of the bare decode"],
        [[name, f"{rate:,.0f}", f"{rate / of_bare:.2f}"] for name, rate in rates.items()],
    )
    print("\nA training that shows each image so many times, decoding included:\n")
    over_run = {times: times / (1 / once + times / every) for times in (1, 2, 10, 100)}
    print_table(
        ["times shown", "images/s", "of the bare decode"],
        [[times, f"{rate:,.0f}", f"{rate / of_bare:.2f}"] for times, rate in over_run.items()],
    )


def watch_steps(folder):
    photographs(folder, FLAGS.images, FLAGS.width, FLAGS.height, FLAGS.seed)
    rows = []
    for network, size in (("AlexNet, 227 pixels", []), ("quarter width, 115 pixels", SMALL)):
        for what, augmentation in (("none", []), ("0.5 each", AUGMENTED)):
            waited, took = _train(folder, len(rows), [*size, *augmentation])
            rows.append(
                [
                    network,
                    what,
                    f"{np.median(took):.3f} s",
                    f"{1000 * np.median(waited):.1f} ms",
                    f"{sum(waited) / sum(took):.2%}",
                ]
            )
    print(f"Batches of 80; medians of {FLAGS.timed_steps} steps; {_machine()}\n")
    print_table(["network", "augmentation", "step", "waits for its batch", "share of the time"], rows)


def _train(folder, number, arguments):
    """A short training by `train.py`'s own function: seconds that each step waited, seconds that it took."""
    config = training_config(
        f"--run_dir={folder / f'run-{number}'}",
        f"--photos_csv={folder / 'list.csv'}",
        f"--data_dir={folder / 'data'}",
        f"--steps={FLAGS.timed_steps + 2}",
        "--holdout=0",
        "--log_every=1",
        "--learning_rate=1e-5",
        *arguments,
    )
    waited, began, run_steps = [], [], run.run_steps

    def watched(batches):
        while True:
            began.append(perf_counter())
            batch = next(batches)
            waited.append(perf_counter() - began[-1])
            yield batch

    def run_watched(config, cluster, train_step, batches, *others):
        return run_steps(config, cluster, train_step, watched(batches), *others)

    with mock.patch.object(run, "run_steps", run_watched):
        run.train(config)
    # The first step compiles, the last one saves.
    return waited[1:-1], np.diff(began)[1:]


def _require_same_pixels(encoded):
    for data in encoded:
        if not np.array_equal(simplejpeg.decode_jpeg(data), _decode(data)):
            raise ValueError("The two decoders give other pixels: they are not to be compared.")


def _decode(data):
    return tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE")


def _exhaust(dataset):
    for _ in dataset:
        pass


def _machine():
    return machine("simplejpeg", "opencv-python-headless", "numpy", "tensorflow")


def main(argv):
    del argv
    logging.set_verbosity(logging.ERROR)
    keep_memory()  # as the commands do
    with tempfile.TemporaryDirectory() as folder:
        (watch_steps if FLAGS.steps else compare)(Path(folder))


if __name__ == "__main__":
    app.run(main)
