"""What a run's steps are fed with: photographs for the whole network, or features for its last layer."""

import functools

import numpy as np
import tensorflow as tf

from fabric_retrieval.data.pipeline import feature_batches, training_batches
from fabric_retrieval.data.preprocessing import centre_crop
from fabric_retrieval.models.features import feature_network
from fabric_retrieval.models.pooled import head_of, trunk_of
from fabric_retrieval.training.frozen import load_views, with_features
from fabric_retrieval.training.setup import make_augmentation, make_draw
from fabric_retrieval.training.validation import make_embed


class Photographs:
    """The whole network is trained, on crops of photographs.

    Attributes:
        trained: Keras model of a batch's "images" to the layer that carries the loss.
        material: `Material`, whose `images.pixels` are what `trained` takes, before they are cropped.
    """

    def __init__(self, config, material, model):
        self.trained, self.material = model, material
        self._config = config

    def batches(self, first, last, refreshed=None, **replicas):
        """Batches of steps `first` to `last` - 1, with the images' classes as "labels" [M] int32."""
        config = self._config
        batches = training_batches(
            self.material.images.pixels,
            make_draw(config, self.material, refreshed),
            config.input_size,
            config.seed,
            first,
            last,
            config.mirror,
            make_augmentation(config),
            **replicas,
        )
        return labelled(batches, self.material)

    def embed(self, layer, norm):
        """A function of pixels, and rows of them or None for all, to the features [n, D] of that layer."""
        crop = functools.partial(centre_crop, crop=self._config.input_size)
        return make_embed(feature_network(self.trained, layer, norm), crop)


class Features:
    """The backbone is frozen: the layers behind it are trained, on features that are computed once.

    Attributes: as of `Photographs`; the pixels are features.
    """

    def __init__(self, config, material, model):
        self.trained = head_of(model)
        self._views = load_views(config, material, trunk_of(model), make_augmentation(config))
        self.material = with_features(material, self._views[0])
        self._config = config

    def batches(self, first, last, refreshed=None, **replicas):
        """As `Photographs.batches`."""
        draw = make_draw(self._config, self.material, refreshed)
        batches = feature_batches(self._views, draw, self._config.seed, first, last, **replicas)
        return labelled(batches, self.material)

    def embed(self, layer, norm):
        """As `Photographs.embed`, of features."""
        return make_embed(feature_network(self.trained, layer, norm), np.asarray)


def make_inputs(config, material, model):
    """Features if the backbone is not trained, else photographs."""
    frozen = config.backbone != "alexnet" and not config.backbone_rate
    return (Features if frozen else Photographs)(config, material, model)


def labelled(batches, material):
    """The batches with "labels" [M] int32, the classes of their images among the fabrics trained on."""
    labels = tf.constant(material.labels)
    return batches.map(lambda batch: batch | {"labels": tf.gather(labels, batch["rows"])})
