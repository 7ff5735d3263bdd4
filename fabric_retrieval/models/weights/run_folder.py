"""Reads the weights of a finished run of train.py from its checkpoint."""

from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tensorflow as tf

from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.run_folder import open_run
from fabric_retrieval.export import read_metadata
from fabric_retrieval.flags import read_flags
from fabric_retrieval.models.scales import layers_of
from fabric_retrieval.models.weights.source import SourceWeights, sha256

VARIABLE = "model/{}/{}/.ATTRIBUTES/VARIABLE_VALUE"  # layer, then 0 for its kernel and 1 for its bias
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


def load_run(model, folder):
    """Gives `model` the weights that a finished run of the same backbone has exported.

    A layer "embedding" of another shape keeps its own. One that takes a spectrum too, of a run without it,
    keeps what it has for that, and is not among the layers that are told as loaded.

    Returns:
        A dict for metadata: "form", "sha256" of the checkpoint's data, "step", "layers" that were loaded.

    Raises:
        UserError: no folder of a finished run, one of another network, or its checkpoint is damaged.
    """
    weights, about = _weights_of_run(model, folder)
    _assign(model, weights)
    return {**about, "layers": [name for name, found in weights.items() if not _lacks(found)]}


def load_mean_of_runs(model, folders):
    """Gives `model` the mean of the weights that finished runs of the same backbone have exported.

    The runs have to lie close together, as one that was trained on from another does (Wortsman et al. 2022,
    "Robust fine-tuning of zero-shot models"). A folder named twice counts twice. A layer "embedding" that has
    another shape in one of them keeps its own.

    Returns:
        A dict for metadata: "form", "runs" ("form", "sha256" and "step" of each), "layers" that were loaded.

    Raises:
        UserError: as `load_run`.
    """
    found, about = zip(*(_weights_of_run(model, folder) for folder in folders), strict=True)
    mean = {
        name: [np.mean(each, axis=0) for each in zip(*(weights[name] for weights in found), strict=True)]
        for name in found[0]
        if all(name in weights and not _lacks(weights[name]) for weights in found)
    }
    _assign(model, mean)
    return {"form": "mean of runs", "runs": list(about), "layers": list(mean)}


def _weights_of_run(model, folder):
    """The weights of `model`'s layers as the run has exported them, {layer: [array]}, and about the run.

    Of "embedding" some may be None, if the first, its kernel for features, is not.
    """
    folder = open_run(folder)
    prefix = _checkpoint(folder, read_flags(folder / "flags.txt").get("export", "best"))
    with _opened(prefix) as reader:
        shapes = reader.get_variable_to_shape_map()
        step = int(reader.get_tensor(STEP))
        values = [
            (layer.name, [_fitting(reader, shapes, layer.name, *each) for each in enumerate(layer.weights)])
            for layer in layers_of(model)
            if layer.weights
        ]
    missing = [name for name, found in values if name != "embedding" and _lacks(found)]
    if missing:
        raise UserError(f"{folder} is the run of another network: it has no {missing[0]} of that shape.")
    weights = {name: found for name, found in values if found[0] is not None}
    return weights, {"form": "run", "sha256": sha256(f"{prefix}.data-00000-of-00001"), "step": step}


def _assign(model, weights):
    for layer in layers_of(model):
        for weight, value in zip(layer.weights, weights.get(layer.name, ()), strict=False):
            if value is not None:
                weight.assign(value)


def _lacks(found):
    return any(value is None for value in found)


def _fitting(reader, shapes, layer, number, variable):
    """None if the checkpoint has no such variable, or one of another shape."""
    weight = variable.path.partition(f"{layer}/")[2].replace("/", "_")
    name = _exported(shapes, layer, number, weight)
    return reader.get_tensor(name) if shapes.get(name) == list(variable.shape) else None


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
