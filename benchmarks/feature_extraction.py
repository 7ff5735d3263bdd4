"""Features of JPEG files under an exported AlexNet, against its forward pass alone on tensors that are ready.

python benchmarks/feature_extraction.py                # photographs of 256 x 256 and of 640 x 480
"""

import tempfile
from pathlib import Path

import tensorflow as tf
from absl import app, flags, logging
from exported_alexnet import exported_alexnet
from photographs import photographs
from side_by_side import in_turns, machine, print_table

from fabric_retrieval.data.collection import encoded_images
from fabric_retrieval.evaluation.embedder import Embedder
from fabric_retrieval.evaluation.features import compute
from fabric_retrieval.memory import keep_memory

FLAGS = flags.FLAGS
flags.DEFINE_list("sizes", ["256x256", "640x480"], "Of the photographs, width x height.")
flags.DEFINE_integer("images", 320, "Photographs.", lower_bound=1)
flags.DEFINE_integer("batch_size", 32, "Images at once; --images must be a multiple of it.", lower_bound=1)
flags.DEFINE_integer("groups", 1, "1 or 2: AlexNet's convolutions in two halves.")
flags.DEFINE_integer("repeats", 5, "Rounds whose median counts.", lower_bound=1)
flags.DEFINE_integer("seed", 0, "Of photographs and weights.")


def compare(folder):
    network = exported_alexnet(folder / "saved_model", FLAGS.seed, FLAGS.groups)
    embedder = Embedder(folder / "saved_model")
    forward = tf.function(lambda images: network(images, training=False))
    ready = tf.random.stateless_uniform([FLAGS.batch_size, 227, 227, 3], [0, FLAGS.seed], 0, 255)

    rows = []
    for size in FLAGS.sizes:
        width, height = map(int, size.split("x"))
        builder = photographs(folder / size, FLAGS.images, width, height, FLAGS.seed)
        batches = list(encoded_images(builder, "train").map(_image).batch(FLAGS.batch_size))

        def alone():
            for _ in range(FLAGS.images // FLAGS.batch_size):
                forward(ready).numpy()

        def one_by_one(batches=batches):
            for batch in batches:
                embedder(batch)

        def extractor(builder=builder):
            compute(embedder, "model", builder, "train", FLAGS.batch_size)

        ways = {"forward": alone, "one by one": one_by_one, "extractor": extractor}
        seconds = in_turns(ways, FLAGS.repeats)
        rates = [FLAGS.images / seconds[name] for name in ways]
        ratios = [f"{rate / rates[0]:.2f}" for rate in rates[1:]]
        rows.append([size, *(f"{rate:.1f}" for rate in rates), *ratios])
    versions = machine("keras", "numpy", "tensorflow")
    print(f"AlexNet, 227 pixels, {FLAGS.groups} group(s), batches of {FLAGS.batch_size}; {versions}\n")
    print_table(
        [
            "photographs",
            "forward pass alone, images/s",
            "a batch at a time, images/s",
            "extractor, images/s",
            "a batch at a time / alone",
            "extractor / alone",
        ],
        rows,
    )


def _image(example):
    return example["image"]


def main(argv):
    del argv
    logging.set_verbosity(logging.ERROR)
    keep_memory()  # as the commands do
    if FLAGS.images % FLAGS.batch_size:
        raise app.UsageError("--images must be a multiple of --batch_size.")
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder))


if __name__ == "__main__":
    app.run(main)
