"""AlexNet's training step, loss and update included, against PyTorch's of the same network.

python benchmarks/training_step.py            # one group and two: minutes, and 16 GB of memory
python benchmarks/training_step.py --check    # that all of them compute the same, on a small network
"""

import contextlib
import functools
import sys

from absl import app, flags
from own_process import OwnProcess
from same_step import disagreement, follow, make_batch
from side_by_side import in_turns, machine, print_table

SIDES = {
    "TensorFlow": {"jit_compile": False},
    "TensorFlow, --jit_compile": {"jit_compile": True},
    "PyTorch": {"compiled": False, "channels_last": False},
    "PyTorch, channels_last": {"compiled": False, "channels_last": True},
    "PyTorch, torch.compile": {"compiled": True, "channels_last": False},
    "PyTorch, torch.compile, channels_last": {"compiled": True, "channels_last": True},
}
GRADIENT = {"steps": 1, "rate": 1.0, "momentum": 0.0, "decay": 0.0}  # the update is the gradient, negated
UPDATES = {"steps": 3, "rate": 0.01, "momentum": 0.9, "decay": 5e-4}
TOLERANCE = 1e-4  # of float32

FLAGS = flags.FLAGS
flags.DEFINE_bool("check", False, "Compare losses and updates on a small network, and time nothing.")
flags.DEFINE_list("groups", ["1", "2"], "Groups of conv2, conv4 and conv5.")
flags.DEFINE_multi_enum("without", [], list(SIDES)[1:], "Sides to leave out.")
flags.DEFINE_integer("fabrics", 16, "Fabrics in a batch.", lower_bound=2)
flags.DEFINE_integer("images", 5, "Photographs of each.", lower_bound=2)
flags.DEFINE_integer("ratio", 32, "Negatives to a positive.", lower_bound=1)
flags.DEFINE_integer("side", 227, "Pixels.", lower_bound=67)
flags.DEFINE_integer("threads", 0, "Of each side. 0: one a core.", lower_bound=0)
flags.DEFINE_integer("repeats", 5, "Rounds whose median counts.", lower_bound=1)


@contextlib.contextmanager
def all_sides(batch, groups, width=1.0, **how):
    """Dict of name to `OwnProcess`, with the same weights."""
    with contextlib.ExitStack() as processes:
        sides = {}
        for name in [name for name in SIDES if name not in FLAGS.without]:
            how_made = {"batch": batch, "groups": groups, "threads": FLAGS.threads} | how | SIDES[name]
            if name.startswith("TensorFlow"):
                side = OwnProcess("tensorflow_step", "TensorFlowStep", width=width, **how_made)
            else:
                weights = sides["TensorFlow"].call("weights")
                side = OwnProcess("torch_step", "TorchStep", weights=weights, **how_made)
            sides[name] = processes.enter_context(side)
        yield sides


def check(groups):
    """Prints how far each side is from the first; whether all are near enough."""
    rows, near = [], True
    for title, how in (("gradient", GRADIENT), ("3 updates", UPDATES)):
        how = dict(how)
        steps = how.pop("steps")
        with all_sides(make_batch(6, 3, 8, 67), groups, 0.125, **how) as sides:
            results = {name: follow(side, steps) for name, side in sides.items()}
        for name in list(results)[1:]:
            loss, update = disagreement(results["TensorFlow"], results[name])
            rows.append([title, groups, name, f"{loss:.1e}", f"{update:.1e}"])
            near &= loss < TOLERANCE and update < TOLERANCE
    print_table(["after", "groups", "against TensorFlow", "loss", "change of a kernel or bias"], rows)
    return near


def time_steps(groups):
    """Rows of a table: images a second of each side, and against the fastest PyTorch."""
    batch = make_batch(FLAGS.fabrics, FLAGS.images, FLAGS.ratio, FLAGS.side)
    with all_sides(batch, groups) as sides:
        ways = {name: functools.partial(side.call, "step") for name, side in sides.items()}
        seconds = in_turns(ways, FLAGS.repeats)
    peer = min(took for name, took in seconds.items() if name.startswith("PyTorch"))
    images = len(batch["images"])
    return [
        [groups, name, f"{took:.2f} s", f"{images / took:.1f}", f"{peer / took:.2f}"]
        for name, took in seconds.items()
    ]


def main(argv):
    del argv
    groups = [int(number) for number in FLAGS.groups]
    if FLAGS.check:
        sys.exit(0 if all(check(number) for number in groups) else "They do not compute the same.")
    rows = [row for number in groups for row in time_steps(number)]
    print(
        f"AlexNet of {FLAGS.side} pixels, {FLAGS.fabrics} fabrics x {FLAGS.images} photographs, all their "
        f"units of 1:{FLAGS.ratio}; {machine('tensorflow', 'keras', 'torch')}\n"
    )
    print_table(["groups", "step", "time", "images/s", "against the fastest PyTorch"], rows)


if __name__ == "__main__":
    app.run(main)
