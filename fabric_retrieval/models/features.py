"""The part of a trained network that gives the features to search with."""

import keras
from keras import layers

from fabric_retrieval.errors import UserError


def feature_network(model, feature_layer, norm="none"):
    """The network from the images to `feature_layer`, sharing the weights of `model`.

    The paper trains on fc7 and searches with fc6 (section 5.2). With `norm="l2"` the features have
    unit length, as the distances of the loss had.

    Raises:
        UserError: the network has no such layer.
    """
    names = [layer.name for layer in model.layers]
    if feature_layer not in names:
        raise UserError(
            f"The network ends at {names[-1]}; it has no layer {feature_layer} to take features from."
        )
    # A layer that two models share has the output of the first; the model's own is its own.
    last = feature_layer == names[-1]
    features = model.output if last else model.get_layer(feature_layer).output
    if norm == "l2":
        features = layers.UnitNormalization(name="unit_length")(features)
    return keras.Model(model.input, features, name="features")
