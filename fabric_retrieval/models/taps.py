"""Where to take features from a network that is known only as a graph of layers."""

import keras
from keras import layers

HALVED = 0.6  # of the side; an unpadded convolution of stride 1 leaves more


def taps_by_stride(network):
    """The last layer before each further stride of 2, and the network's last.

    Only layers count that everything passes through: no branch of a block, and nothing that a shortcut goes
    around. So a network may have no such layer at a stride; ConvNeXt, which adds without layers, has at none.

    Args:
        network: functional Keras model of images to feature maps, [B, H, W, C].

    Returns:
        dict of "stride2", "stride4", ... and, the last, "head" to the name of a layer.
    """
    taps, stride, before = {}, 1, None
    for layer in _passed_by_all(network):
        if before is not None and layer.output.shape[1] <= HALVED * before.output.shape[1]:
            taps[f"stride{stride}"] = before.name
            stride *= 2
        before = layer
    taps.pop("stride1", None)
    return {**taps, "head": before.name}


def _passed_by_all(network):
    """The layers that all paths from the images to the output go through, in order, paddings left out.

    In an order in which every operation follows its inputs, these are the ones that no edge leads past.
    """
    operations = network.operations
    place = {operation: number for number, operation in enumerate(operations)}
    furthest = [0] * len(operations)  # that an operation's output is used
    for operation in operations:
        for node in operation._inbound_nodes[-1].parent_nodes:
            source = place[node.operation]
            furthest[source] = max(furthest[source], place[operation])
    reach = 0
    for number, operation in enumerate(operations):
        if reach <= number and _gives_a_map(operation):
            yield operation
        reach = max(reach, furthest[number])


def _gives_a_map(operation):
    """Nested networks are left out: their own output is no tensor of the graph around them."""
    if not isinstance(operation, layers.Layer) or isinstance(operation, keras.Model | layers.ZeroPadding2D):
        return False
    return len(operation.output.shape) == 4
