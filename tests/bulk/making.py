"""Models and pictures made up for the tests."""

import io

import keras
import numpy as np
from PIL import Image

from fabric_retrieval.export import export
from fabric_retrieval.models import alexnet
from fabric_retrieval.models.features import feature_network

METADATA = {"preprocessing": {"resize": 80, "crop": 71, "grey": False}, "feature_layer": "fc6", "step": 7}


def new_model(folder, seed=0):
    """A SavedModel of random weights."""
    keras.utils.set_random_seed(seed)
    export(feature_network(alexnet(71, 0.125), "fc6", "none"), folder, METADATA)
    return folder


def picture(rng, mode="RGB", kind="JPEG", **settings):
    """An encoded picture of coarse random blocks, 120 x 90."""
    pixels = rng.integers(0, 256, (9, 12, len(mode)), np.uint8).repeat(10, axis=0).repeat(10, axis=1)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **settings)
    return file.getvalue()
