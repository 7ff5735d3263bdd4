"""Reads `bvlc_alexnet.npy`: Caffe's bvlc_alexnet as a pickled dict of arrays in a NumPy file."""

import tokenize

import numpy as np

from fabric_retrieval.errors import UserError
from fabric_retrieval.models.weights.source import PYTORCH, SourceWeights, sha256
from fabric_retrieval.models.weights.unpickling import PickledArray, unpickle_arrays

HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
FORM = "a dict of layers, each with weights and biases"


def read_npy(path):
    """The `SourceWeights` of {layer: [weights, biases]} or {layer: {"weights": ..., "biases": ...}}.

    Kernels are [H, W, I, N] and fc6 sees its input in the order H, W, C, as TensorFlow has them.

    Raises:
        UserError: truncated or damaged, another content, or a pickle that asks for more than arrays.
    """
    with open(path, "rb") as file:
        try:
            shape, _, dtype = HEADERS[np.lib.format.read_magic(file)](file)
        except (ValueError, KeyError, TypeError, SyntaxError, tokenize.TokenError) as error:
            raise UserError(
                f"{path} is a NumPy file with a damaged header: {error}. Fetch it again."
            ) from error
        if not dtype.hasobject or shape != ():
            raise UserError(f"{path} holds an array of {dtype} and shape {shape}; expected {FORM}.")
        pickled = unpickle_arrays(file.read(), path)
    contained = _contained_dict(pickled, path)
    layers = {_text(name, path): layer for name, layer in contained.items()}
    if "features.0.weight" in layers:
        raise UserError(f"{path} holds PyTorch's network. {PYTORCH}")
    return SourceWeights(
        form="bvlc_alexnet.npy",
        sha256=sha256(path),
        layers={name: _kernel_and_bias(layer, name, path) for name, layer in layers.items()},
        norm_order="norm_first",
        caffe_input=True,
    )


def _contained_dict(pickled, path):
    """The dict in the array without dimensions that `np.save` has put around it."""
    content = pickled.content if isinstance(pickled, PickledArray) and pickled.holds_objects else None
    if isinstance(content, list) and len(content) == 1 and isinstance(content[0], dict):
        return content[0]
    raise UserError(f"{path} holds something else; expected {FORM}.")


def _kernel_and_bias(layer, name, path):
    if isinstance(layer, PickledArray) and layer.holds_objects:
        layer = layer.content
    if isinstance(layer, dict):
        by_text = {_text(key, path): value for key, value in layer.items()}
        layer = [by_text.get("weights"), by_text.get("biases")]
    if not (
        isinstance(layer, (list, tuple))
        and len(layer) == 2
        and all(isinstance(part, PickledArray) for part in layer)
    ):
        raise UserError(f"{path}: layer {name} is not [weights, biases]; expected {FORM}.")
    try:
        return tuple(part.values() for part in layer)
    except ValueError as error:
        raise UserError(f"{path}: layer {name} holds {error}. Fetch the file again.") from error


def _text(key, path):
    if isinstance(key, bytes):
        return key.decode("latin-1")
    if isinstance(key, str):
        return key
    raise UserError(f"{path} holds a dict with keys that are no names; expected {FORM}.")
