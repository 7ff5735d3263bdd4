"""A similarity network on any backbone: feature maps pooled to one vector, and a linear layer."""

import math

import keras
from keras import layers, ops

from fabric_retrieval.errors import UserError

POOLINGS = ("avg", "gem", "avg_std")
GEM_POWER = 3.0  # Radenović, Tolias and Chum (2019)
SMALL = 1e-6
BEHIND_POOLED = ("drop", "embedding")


def similarity_network(backbone, taps=(), pooling="avg", dropout=0.0, embedding_dim=0):
    """Maps of `taps`, each pooled and scaled to unit length, concatenated, and projected.

    Args:
        backbone: a `Backbone`. Its batch normalisation keeps its statistics, its scales and shifts.
        taps: names among `backbone.taps`; none: `backbone.default_taps`.
        pooling: "avg", the mean of a map; "gem", the generalised mean of power 3 of what is positive;
            "avg_std", the mean and the standard deviation, two vectors.
        dropout: rate on the pooled features, in training only.
        embedding_dim: size of the linear layer "embedding"; 0: none.

    Returns:
        A Keras model of float32 [B, S, S, 3], 0 ... 255, to [B, embedding_dim], or to the pooled features
        [B, F], those of the layer "pooled", whose mean square is 1.

    Raises:
        UserError: the backbone has no such tap.
    """
    for tap in taps:
        if tap not in backbone.taps:
            raise UserError(f"--taps: the backbone has no {tap}, only {', '.join(backbone.taps)}.")
    freeze_normalisation(backbone.network)
    outputs = [backbone.network.get_layer(backbone.taps[tap]).output for tap in taps or backbone.default_taps]
    parts = [layers.UnitNormalization()(part) for maps in outputs for part in _pooled(maps, pooling)]
    x = layers.Concatenate(name="concatenated")(parts) if len(parts) > 1 else parts[0]
    x = layers.Rescaling(math.sqrt(x.shape[-1] / len(parts)), name="pooled")(x)
    if embedding_dim:
        x = layers.Dropout(dropout, name="drop")(x)
        x = layers.Dense(embedding_dim, name="embedding")(x)
    return keras.Model(backbone.network.input, x, name=backbone.network.name)


def trunk_of(network):
    """The part of a similarity network from the images to the pooled features."""
    return keras.Model(network.input, network.get_layer("pooled").output, name="trunk")


def head_of(network):
    """The part from the pooled features [B, F] on, sharing its layers.

    Raises:
        UserError: there is nothing behind them.
    """
    names = [name for name in BEHIND_POOLED if name in {layer.name for layer in network.layers}]
    if not names:
        raise UserError("A frozen backbone needs a layer to train behind it: set --embedding_dim.")
    x = features = keras.Input(network.get_layer("pooled").output.shape[1:], name="pooled_features")
    for name in names:
        x = network.get_layer(name)(x)
    return keras.Model(features, x, name="head")


def freeze_normalisation(network):
    """Batch normalisation as in inference, whatever the batch: few fabrics would shift its statistics."""
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False


@keras.saving.register_keras_serializable(package="fabric_retrieval")
class GeneralisedMean(layers.Layer):
    """[B, H, W, C] to [B, C]: the cube root of the mean cube of what is positive."""

    def call(self, maps):
        cubes = ops.power(ops.maximum(maps, SMALL), GEM_POWER)
        return ops.power(ops.mean(cubes, axis=(1, 2)), 1 / GEM_POWER)


@keras.saving.register_keras_serializable(package="fabric_retrieval")
class StandardDeviation(layers.Layer):
    """[B, H, W, C] to [B, C]: how much a map varies over the picture."""

    def call(self, maps):
        deviations = maps - ops.mean(maps, axis=(1, 2), keepdims=True)
        return ops.sqrt(ops.mean(ops.square(deviations), axis=(1, 2)) + SMALL)


def _pooled(maps, pooling):
    if pooling == "gem":
        return [GeneralisedMean()(maps)]
    mean = layers.GlobalAveragePooling2D()(maps)
    return [mean, StandardDeviation()(maps)] if pooling == "avg_std" else [mean]
