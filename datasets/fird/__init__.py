"""Fabric image retrieval collections for TensorFlow Datasets, drawn or from your own photographs.

import fird
train, query, gallery = tfds.load("fird/rendered_mini", split=["train", "query", "gallery"])
"""

from fird.configs import PhotosConfig, RenderedConfig
from fird.fird_dataset_builder import Builder
from fird.preparation import prepare

__all__ = ["Builder", "PhotosConfig", "RenderedConfig", "prepare"]
