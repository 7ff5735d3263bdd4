"""Ranking units a second of training: shared by the images of a batch, against each with images of its own.

python benchmarks/shared_units.py   # the network's training step with either; 2 minutes on two cores
"""

import contextlib
import functools

import numpy as np
from absl import app, flags
from own_process import OwnProcess
from same_step import with_noise
from side_by_side import in_turns, machine, print_table

from fabric_retrieval.data.units import FabricIndex, independent_batch, shared_batch

FLAGS = flags.FLAGS
flags.DEFINE_integer("fabrics", 16, "Fabrics in a batch of shared units.", lower_bound=2)
flags.DEFINE_integer("images", 5, "Photographs of each.", lower_bound=2)
flags.DEFINE_integer("ratio", 32, "Negatives to a positive.", lower_bound=1)
flags.DEFINE_integer("independent", 4, "Units in a batch of independent ones.", lower_bound=1)
flags.DEFINE_integer("groups", 1, "Of AlexNet.", lower_bound=1, upper_bound=2)
flags.DEFINE_integer("side", 227, "Pixels.", lower_bound=67)
flags.DEFINE_float("width", 1.0, "Factor on the channels and neurons of AlexNet.", lower_bound=0.01)
flags.DEFINE_bool("jit_compile", True, "Compile network and loss with XLA.")
flags.DEFINE_integer("repeats", 5, "Rounds whose median counts.", lower_bound=1)


def make_batches():
    """Dict of a name to images of noise [M, S, S, 3] uint8 and units among them [U, 2 + R] int32."""
    index = FabricIndex(np.repeat(np.arange(max(FLAGS.fabrics, FLAGS.ratio)), FLAGS.images))
    drawn = {
        "shared": shared_batch(index, 0, 0, FLAGS.fabrics, FLAGS.images, FLAGS.ratio),
        "independent": independent_batch(index, 0, 0, FLAGS.independent, FLAGS.ratio),
    }
    return {name: with_noise(batch, FLAGS.side) for name, batch in drawn.items()}


def main(argv):
    del argv
    batches = make_batches()
    how = {"groups": FLAGS.groups, "width": FLAGS.width, "jit_compile": FLAGS.jit_compile}
    with contextlib.ExitStack() as processes:
        ways = {}
        for name, batch in batches.items():
            side = OwnProcess("tensorflow_step", "TensorFlowStep", batch=batch, **how)
            ways[name] = functools.partial(processes.enter_context(side).call, "step")
        seconds = in_turns(ways, FLAGS.repeats)
    rates = {name: len(batches[name]["units"]) / took for name, took in seconds.items()}
    rows = [
        [
            name,
            len(batch["images"]),
            len(batch["units"]),
            f"{seconds[name]:.2f} s",
            f"{len(batch['images']) / seconds[name]:.1f}",
            f"{rates[name]:.2f}",
            f"{rates[name] / rates['independent']:.0f}",
        ]
        for name, batch in batches.items()
    ]
    print(f"AlexNet of {FLAGS.side} pixels, units of 1:{FLAGS.ratio}; {machine('tensorflow', 'keras')}\n")
    columns = ["units", "images a step", "units a step", "step", "images/s", "units/s", "ratio"]
    print_table(columns, rows)


if __name__ == "__main__":
    app.run(main)
