"""Gives a network the weights of trained ones: of runs, of files, or those that the package comes with."""

from pathlib import Path

import numpy as np

from fabric_retrieval.errors import UserError
from fabric_retrieval.models.scales import layers_of
from fabric_retrieval.models.weights.packed import PACKED, packed_weights
from fabric_retrieval.models.weights.run_folder import exported_weights, not_trained

# The network of configs/ready.flags, trained on drawn fabrics: see there.
SHIPPED = {"drawn": Path(__file__).parent / "drawn.npz"}


def load_trained(model, weights):
    """Gives `model` the weights of a trained network with the same backbone, or the mean of several.

    These have to lie close together, as one that was trained on from another does (Wortsman et al. 2022,
    "Robust fine-tuning of zero-shot models"). A layer "embedding" that has another shape, if only in one of
    them, keeps its own; one that takes a spectrum too, of a network without it, keeps what it has for that,
    and is not among the layers that are told as loaded.

    Args:
        model: built by `similarity_network`.
        weights: the folder of a finished run, which has the weights it has exported, or, if it has made no
            steps, those that it was given; a file of `write_packed`; a name in `SHIPPED`; or several of these
            with commas between them. What is named twice counts twice.

    Returns:
        A dict for metadata: "layers" that were loaded; of one: "form", "sha256" of the file or of the
        checkpoint's data, "step", of a file also what it tells of its "origin"; of several: "form", and in
        "runs" those of each.

    Raises:
        UserError: no such run or file, one of another network, or one that is damaged.
    """
    found, about = zip(*(_weights_of(model, source) for source in _sources(str(weights))), strict=True)
    if len(found) == 1:
        [weights], [about] = found, about
        _assign(model, weights)
        return {**about, "layers": [name for name, each in weights.items() if not _lacks(each)]}
    mean = {
        name: [np.mean(each, axis=0) for each in zip(*(weights[name] for weights in found), strict=True)]
        for name in found[0]
        if all(name in weights and not _lacks(weights[name]) for weights in found)
    }
    _assign(model, mean)
    return {"form": "mean of runs", "runs": list(about), "layers": list(mean)}


def _sources(weights):
    """The runs and files that `weights` stands for: of a run of no steps, those that it was given."""
    if "," in weights and not Path(weights).exists():
        return [source for part in weights.split(",") for source in _sources(part)]
    if weights in SHIPPED or Path(weights).suffix == PACKED:
        return [weights]
    given = not_trained(weights)
    return _sources(given) if given else [weights]


def _weights_of(model, source):
    """{layer: [array]} for the layers of `model`, and a dict about their origin.

    Of "embedding" some may be None, if the first, its kernel for features, is not.
    """
    find, about = _opened(source)
    values = {
        layer.name: [_fitting(find, layer, *each) for each in enumerate(layer.weights)]
        for layer in layers_of(model)
        if layer.weights
    }
    missing = [name for name, found in values.items() if name != "embedding" and _lacks(found)]
    if missing:
        raise UserError(f"{source} is of another network: it has no {missing[0]} of that shape.")
    return {name: found for name, found in values.items() if found[0] is not None}, about


def _opened(source):
    """A function of a layer's name, the number of a weight in it and the weight's name; and about it."""
    path = SHIPPED.get(source, Path(source))
    return packed_weights(path) if path.suffix == PACKED else exported_weights(path)


def _fitting(find, layer, number, variable):
    """None if there is no such weight, or one of another shape."""
    found = find(layer.name, number, variable.path.partition(f"{layer.name}/")[2].replace("/", "_"))
    return found if found is not None and found.shape == tuple(variable.shape) else None


def _assign(model, weights):
    for layer in layers_of(model):
        for weight, value in zip(layer.weights, weights.get(layer.name, ()), strict=False):
            if value is not None:
                weight.assign(value)


def _lacks(found):
    return any(value is None for value in found)
