"""The focus ranking loss with its gradient against the AlexNet that embeds the images, and its memory.

python benchmarks/focus_ranking_loss.py   # for 80 to 2,048 images; minutes on two cores
"""

import numpy as np
import tensorflow as tf
from absl import app, flags
from loss_alone import LossAlone
from own_process import OwnProcess
from same_step import make_batch
from side_by_side import in_turns, machine, print_table
from tensorflow_step import TensorFlowStep

from fabric_retrieval.models import alexnet

STEP = 80  # images in a training step: 16 fabrics x 5

FLAGS = flags.FLAGS
flags.DEFINE_list("embeddings", ["80", "256", "512", "1024", "2048"], "M, multiples of five or of four.")
flags.DEFINE_integer("embedded", 256, "Largest M that is embedded; for more, in proportion to the last.")
flags.DEFINE_integer("ratio", 32, "Negatives to a positive, beside all that there are.", lower_bound=1)
flags.DEFINE_integer("side", 227, "Pixels.", lower_bound=67)
flags.DEFINE_integer("repeats", 5, "Rounds whose median counts.", lower_bound=1)


def forward(images):
    """A function that embeds so many images of noise."""
    embed = tf.function(alexnet(FLAGS.side), jit_compile=True)
    pixels = np.random.default_rng(0).random((images, FLAGS.side, FLAGS.side, 3), np.float32)
    pixels = tf.constant(255 * pixels)
    return lambda: embed(pixels).numpy()


def measure(embeddings, alone, embedded):
    """Median seconds of each of the losses in `alone`, of the forward pass if `embedded`, and of a step."""
    ways = {negatives: loss.step for negatives, loss in alone.items()}
    if embedded:
        ways["forward"] = forward(embeddings)
    if embeddings == STEP:
        ways["step"] = TensorFlowStep(make_batch(ratio=FLAGS.ratio, side=FLAGS.side)).step
    return in_turns(ways, FLAGS.repeats)


def peak(embeddings, ratio):
    with OwnProcess("loss_alone", "LossAlone", embeddings=embeddings, ratio=ratio) as process:
        return process.call("peak") / 2**20


def main(argv):
    del argv
    ratios = {str(FLAGS.ratio): FLAGS.ratio, "all": 0}
    rows, embedding = [], None  # seconds an image
    for embeddings in map(int, FLAGS.embeddings):
        alone = {name: LossAlone(embeddings, ratio) for name, ratio in ratios.items()}
        measured = embedding is None or embeddings <= FLAGS.embedded
        seconds = measure(embeddings, alone, measured)
        embedding = seconds["forward"] / embeddings if measured else embedding
        for negatives, loss in alone.items():
            rows.append(
                [
                    f"{embeddings:,}",
                    f"{loss.units():,} x {negatives}",
                    f"{1e3 * seconds[negatives]:,.1f} ms",
                    f"{embedding * embeddings:,.2f} s" + ("" if measured else " (in proportion)"),
                    f"{seconds[negatives] / embedding / embeddings:.2%}",
                    f"{seconds[negatives] / seconds['step']:.2%}" if "step" in seconds else "",
                    f"{peak(embeddings, ratios[negatives]):,.0f} MB",
                ]
            )
    print(f"AlexNet of {FLAGS.side} pixels, embeddings [M, 4096]; {machine('tensorflow', 'keras')}\n")
    columns = ["M", "units x negatives", "loss, gradient", "forward pass", "share of it"]
    print_table([*columns, "of a training step", "peak memory"], rows)


if __name__ == "__main__":
    app.run(main)
