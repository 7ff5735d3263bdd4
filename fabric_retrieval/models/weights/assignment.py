"""Puts weights into a network, after checking that all of them fit."""

import numpy as np

from fabric_retrieval.errors import UserError
from fabric_retrieval.models.weights.conversion import for_rescaled_rgb, from_channels_first
from fabric_retrieval.models.weights.source import KNOWN

CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4", "conv5")
FULLY_CONNECTED = ("fc6", "fc7")


def norm_order_of(model):
    """ "norm_first" or "pool_first", as the network was built."""
    names = [layer.name for layer in model.layers]
    return "norm_first" if names.index("norm1") < names.index("pool1") else "pool_first"


def assign(model, weights, path):
    """Gives every layer that `model` has, except "embedding", its weights.

    Args:
        model: built by `alexnet`. weights: `SourceWeights`. path: named in errors.

    Returns:
        The names of the layers, "conv1" to "fc6" or "fc7".

    Raises:
        UserError: a layer is missing, has another shape, or is not finite; the network is as it was then.
    """
    built = {layer.name for layer in model.layers}
    names = [name for name in CONVOLUTIONS + FULLY_CONNECTED if name in built]
    chosen = {}
    for name in names:
        parts = _parts(model, name)
        kernel, bias = _checked(model, weights.layers, name, parts, path)
        if name == "conv1" and weights.caffe_input:
            rescale = model.get_layer("rescale")
            kernel, bias = for_rescaled_rgb(kernel, bias, rescale.scale, rescale.offset)
        if name == "fc6" and weights.fc6_order == "CHW":
            kernel = from_channels_first(kernel, model.get_layer("flatten").input.shape[1:])
        for part, half in zip(parts, _split((kernel, bias), len(parts)), strict=True):
            chosen[part] = half
    for part, kernel_and_bias in chosen.items():
        part.set_weights(kernel_and_bias)
    return names


def _parts(model, name):
    """The layers that hold the weights of `name`: itself, or one for each group."""
    layer = model.get_layer(name)
    return [layer] if layer.weights else [model.get_layer(f"{name}_group{group}") for group in (1, 2)]


def _split(kernel_and_bias, groups):
    """For each group its output channels of both."""
    return zip(*(np.split(part, groups, axis=-1) for part in kernel_and_bias), strict=True)


def _checked(model, layers, name, parts, path):
    """The layer's kernel and bias, which fit the network and are finite."""
    if name not in layers:
        there = ", ".join(sorted(layers)) or "none"
        raise UserError(
            f"{path} has no layer {name} with weights and biases, only {there}. "
            + ("Train with --loss_layer=fc6, or take other weights." if name == "fc7" else KNOWN + ".")
        )
    one = parts[0].kernel.shape
    expected = {"kernel": (*one[:-1], one[-1] * len(parts)), "bias": (one[-1] * len(parts),)}
    for (kind, shape), found in zip(expected.items(), layers[name], strict=True):
        if found.shape != shape:
            raise UserError(
                f"{path}: the {kind} of {name} has shape {found.shape}; this network's has {shape}. "
                + _remedy(name, found.shape, shape)
            )
        if not np.isfinite(found).all():
            raise UserError(f"{path}: the {kind} of {name} is not finite (NaN or infinity). Fetch it again.")
    return layers[name]


def _remedy(name, found, expected):
    """Which flag makes the shapes agree, as far as can be told from them."""
    if len(found) == len(expected) == 4 and found[3] == expected[3]:
        if 2 * found[2] == expected[2]:
            return f"The weights have {name} in two groups: set --groups=2."
        if found[2] == 2 * expected[2]:
            return f"The weights have {name} in one group: set --groups=1."
    if name == "fc6" and found[1:] == expected[1:]:
        return "fc6 sees all that is left of the image: set --input_size as it was (Caffe's networks: 227)."
    return "Set --width as it was (Caffe's networks: 1)."
