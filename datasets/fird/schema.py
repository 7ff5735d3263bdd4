"""The features of an example, and examples of drawn photographs."""

import numpy as np
import tensorflow_datasets as tfds

from fabric_retrieval.rendering.conditions import NAMES

CONDITIONS = (*NAMES, "width", "height")


def features():
    """`tfds.features.FeaturesDict` of all configs."""
    return tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=(None, None, 3), encoding_format="jpeg"),
            "label": tfds.features.Scalar(np.int64, doc="Index of the fabric among all sorted fabric names."),
            "fabric": tfds.features.Text(doc="Name of the fabric."),
            "family": tfds.features.Text(
                doc="First fabric of its family, whose members differ in one thing only; empty for none."
            ),
            "differs_in": tfds.features.Text(doc="What the members of its family differ in; empty for none."),
            "image_id": tfds.features.Text(doc="Path of the file, or collection/fabric/photograph."),
            "group": tfds.features.Text(
                doc="Images of one group are never each other's answers; empty for none."
            ),
            "conditions": tfds.features.FeaturesDict(
                {name: tfds.features.Scalar(np.float32) for name in CONDITIONS},
                doc="What is known of the photograph; NaN for what is not.",
            ),
        }
    )


def known_conditions(conditions):
    """All of `CONDITIONS`, NaN where nothing is known."""
    return dict.fromkeys(CONDITIONS, float("nan")) | conditions


def drawn_example(collection, drawn):
    """(image id, example) of a `rendering.parts.Drawn`."""
    image_id = collection.image_id(drawn.fabric, drawn.photo)
    return image_id, {
        "image": drawn.data,
        "label": drawn.fabric,
        "fabric": collection.fabric_name(drawn.fabric),
        "family": drawn.family,
        "differs_in": drawn.differs_in,
        "image_id": image_id,
        "group": "",
        "conditions": known_conditions(drawn.conditions),
    }
