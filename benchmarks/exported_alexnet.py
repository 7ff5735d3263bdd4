"""An exported AlexNet of random weights, as features are computed by."""

import keras

from fabric_retrieval.export import export
from fabric_retrieval.models import alexnet
from fabric_retrieval.models.features import feature_network

SETTINGS = {"preprocessing": {"resize": 256, "crop": 227, "grey": False}, "feature_layer": "fc6"}


def exported_alexnet(folder, seed, groups=1):
    """Writes a SavedModel of 227 pixels, fc6, to `folder`; returns its Keras model of images to features."""
    keras.utils.set_random_seed(seed)
    network = feature_network(alexnet(227, 1.0, groups=groups), "fc6", "none")
    export(network, folder, SETTINGS)
    return network
