"""Reads the weights of a finished run of train.py from its checkpoint."""

from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tensorflow as tf

from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.run_folder import open_run
from fabric_retrieval.export import read_metadata
from fabric_retrieval.flags import read_flags
from fabric_retrieval.models.weights.source import SourceWeights, sha256

VARIABLE = "model/{}/{}/.ATTRIBUTES/VARIABLE_VALUE"  # layer, then 0 for its kernel and 1 for its bias
AVERAGES = "_average/"
AVERAGE = "optimizer/{}_{}_average/.ATTRIBUTES/VARIABLE_VALUE"  # layer and weight, in a run with --average
STEP = "step/.ATTRIBUTES/VARIABLE_VALUE"
LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7")


def read_run_folder(folder):
    """The `SourceWeights` that the run has exported: of its best checkpoint, or as its `--export` says.

    The two halves of a convolution with groups become one kernel again.

    Raises:
        UserError: no folder of a finished run, or its checkpoint is missing or damaged.
    """
    folder = open_run(folder)
    flags = read_flags(folder / "flags.txt")
    prefix = _checkpoint(folder, flags.get("export", "best"))
    metadata = read_metadata(folder / "saved_model")
    about = {name: metadata.get(name) for name in ("method", "dataset")}
    with _opened(prefix) as reader:
        layers = {name: layer for name in LAYERS if (layer := _kernel_and_bias(reader, name))}
        step = int(reader.get_tensor(STEP))
    return SourceWeights(
        form="run",
        sha256=sha256(f"{prefix}.data-00000-of-00001"),
        layers=layers,
        norm_order=flags.get("norm_order", "pool_first"),  # runs of before that flag pooled first
        grey={"true": True, "false": False}.get(flags.get("grey")),
        about={"step": step, **about},
    )


def exported_weights(folder):
    """The weights that a finished run of another network than AlexNet has exported.

    Returns:
        A function of a layer's name, the number of a weight in it and the weight's name to its value, or None
        if there is none; and a dict for metadata: "form", "sha256" of the checkpoint's data, "step".

    Raises:
        UserError: no folder of a finished run, or its checkpoint is missing or damaged.
    """
    folder = open_run(folder)
    prefix = _checkpoint(folder, read_flags(folder / "flags.txt").get("export", "best"))
    with _opened(prefix) as reader:
        names = [
            name
            for name in reader.get_variable_to_shape_map()
            if name.startswith("model/") or AVERAGES in name
        ]
        values = {name: reader.get_tensor(name) for name in names}
        step = int(reader.get_tensor(STEP))

    def find(layer, number, weight):
        return values.get(_exported(values, layer, number, weight))

    return find, {"form": "run", "sha256": sha256(f"{prefix}.data-00000-of-00001"), "step": step}


def not_trained(folder):
    """The --weights of a run of no steps, which has none of its own; None for any other."""
    flags = read_flags(open_run(folder) / "flags.txt")
    return flags.get("weights") if flags.get("steps") == "0" else None


def _exported(names, layer, number, weight):
    """The name, among those of a checkpoint, of a layer's weight as the run has exported it."""
    average = AVERAGE.format(layer, weight)
    return average if average in names else VARIABLE.format(layer, number)


def _checkpoint(folder, export):
    checkpoints = Path(folder) / "checkpoints"
    for kind in ("best", "latest") if export == "best" else ("latest",):
        prefix = tf.train.latest_checkpoint(checkpoints / kind)
        if prefix:
            return prefix
    raise UserError(f"{checkpoints} holds no checkpoint to take initial weights from.")


@contextmanager
def _opened(prefix):
    """A checkpoint's reader; what fails while it is read is told as damage."""
    try:
        yield tf.train.load_checkpoint(prefix)
    except (tf.errors.OpError, LookupError, RuntimeError, ValueError) as error:
        raise UserError(
            f"The checkpoint {prefix} is damaged: {_first_line(error)}. Restore it, or train that run again."
        ) from error


def _kernel_and_bias(reader, name):
    """None if the network does not have that layer."""
    names = reader.get_variable_to_shape_map()
    parts = [
        [reader.get_tensor(_exported(names, stored, *weight)) for weight in enumerate(("kernel", "bias"))]
        for stored in _stored(reader, name)
    ]
    return tuple(np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))


def _stored(reader, name):
    """The layers that make up `name`: itself, or one for each group."""
    names = [name] + [f"{name}_group{group}" for group in (1, 2)]
    return [stored for stored in names if reader.has_tensor(VARIABLE.format(stored, 0))]


def _first_line(error):
    return str(error).partition("\n")[0]
