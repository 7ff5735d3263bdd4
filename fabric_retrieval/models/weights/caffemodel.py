"""Reads a `.caffemodel`: the weights of a network that Caffe has trained, as protobuf."""

import math

import numpy as np
from google.protobuf.message import DecodeError

from fabric_retrieval.errors import UserError
from fabric_retrieval.models.weights.caffe_schema import V1_TYPES, NetParameter
from fabric_retrieval.models.weights.source import KNOWN, SourceWeights, sha256


def read_caffemodel(path):
    """The `SourceWeights` of the layers with two blobs, in the present or in the V1 form.

    Caffe's kernels [N, I, H, W] are transposed to [H, W, I, N] and its [N, K] to [K, N]; fc6 keeps its
    order C, H, W. Whether the network normalises before it pools, is seen from the order of its layers.

    Raises:
        UserError: it cannot be parsed (truncated, or no such file), or a blob's shape and data differ.
    """
    layers = _parsed(path)
    with_weights = {name: _kernel_and_bias(blobs, name, path) for name, _, blobs in layers if len(blobs) == 2}
    if not with_weights:
        raise UserError(f"{path} is neither a NumPy file nor a .caffemodel with weights. {KNOWN}.")
    return SourceWeights(
        form="caffemodel",
        sha256=sha256(path),
        layers=with_weights,
        norm_order=_norm_order([kind for _, kind, _ in layers]),
        caffe_input=True,
        fc6_order="CHW",
    )


def _parsed(path):
    """(name, type, blobs) of every layer, in the network's order."""
    net = NetParameter()
    try:
        with open(path, "rb") as file:
            net.ParseFromString(file.read())
        present = [(layer.name, layer.type, layer.blobs) for layer in net.layer]
        return present or [(layer.name, V1_TYPES.get(layer.type), layer.blobs) for layer in net.layers]
    except (DecodeError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path} is neither a NumPy file nor a whole .caffemodel ({error}). {KNOWN}. "
            "If it is one of these, fetch it again: it is truncated or damaged."
        ) from error


def _norm_order(kinds):
    """None if there is no such order to tell."""
    if "LRN" not in kinds or "Pooling" not in kinds:
        return None
    return "norm_first" if kinds.index("LRN") < kinds.index("Pooling") else "pool_first"


def _kernel_and_bias(blobs, name, path):
    kernel, bias = (_array(blob, name, path) for blob in blobs)
    kernel = kernel.transpose(2, 3, 1, 0) if kernel.ndim == 4 else kernel.T
    return kernel, bias.reshape(-1)


def _array(blob, name, path):
    """A blob's numbers; the four legacy sizes of vectors and matrices begin with ones."""
    shape = list(blob.shape.dim)
    if not blob.HasField("shape"):
        shape = [blob.num, blob.channels, blob.height, blob.width]
        shape = shape[2:] if shape[:2] == [1, 1] else shape
    parts, dtype = (blob.double_data, "<f8") if blob.double_data else (blob.data, "<f4")
    data = b"".join(parts)
    if min(shape, default=0) < 0 or math.prod(shape) * np.dtype(dtype).itemsize != len(data):
        raise UserError(
            f"{path}: layer {name} has a blob of shape {tuple(shape)} with {len(data)} bytes of {dtype}. "
            "Fetch the file again."
        )
    return np.frombuffer(data, dtype).reshape(shape)
