"""A similarity network on any backbone: feature maps pooled to one vector, and a linear layer."""

import math

import keras
from keras import layers

from fabric_retrieval.errors import UserError
from fabric_retrieval.models.scales import at_scales
from fabric_retrieval.models.spectral_embedding import SpectralEmbedding
from fabric_retrieval.models.spectrum import LogPolarSpectrum
from fabric_retrieval.models.statistics import Colours, Correlations, GeneralisedMean, StandardDeviation

COLOURS, SPECTRUM = "colours", "spectrum"  # taps of every backbone, of its images
FEW_CHANNELS = 40  # whose correlations are taken
BEHIND_POOLED = ("drop", "embedding")


def similarity_network(
    backbone, taps=(), pooling="avg", dropout=0.0, embedding_dim=0, scales=(1.0,), spectrum_alone=False
):
    """Maps of `taps`, pooled and scaled to unit length, concatenated, averaged over scales, and projected.

    Args:
        backbone: a `Backbone`. Its batch normalisation keeps its statistics, its scales and shifts.
        taps: names among `backbone.taps`, or "colours", the images' `Colours`; none: `backbone.default_taps`.
            Also "spectrum", their `LogPolarSpectrum`, once and as it is, behind the features of the others.
        pooling: "avg", the mean of a map; "gem", its `GeneralisedMean`; "avg_std", mean and
            `StandardDeviation`, two vectors; "avg_std_corr", also, of at most 40 maps, their `Correlations`.
        dropout: rate on the pooled features, in training only.
        embedding_dim: size of the layer "embedding", linear or of a `SpectralEmbedding`; 0: none.
        spectrum_alone: train only what is made of the spectrum.
        scales: of the images that the backbone sees, shares of S; above 1 enlarged. The mean is taken.

    Returns:
        A Keras model of float32 [B, S, S, 3], 0 ... 255, to [B, embedding_dim], or to the pooled features
        [B, F], those of the layer "pooled", whose mean square is 1 (of several scales, at most 1; the
        spectrum's is what it is).

    Raises:
        UserError: the backbone has no such tap, or needs larger images than a scale's; a spectrum alone, or
            without a layer to learn what to make of it.
    """
    known = (*backbone.taps, COLOURS, SPECTRUM)
    for tap in taps:
        if tap not in known:
            raise UserError(f"--taps: the backbone has no {tap}, only {', '.join(known)}.")
    spectral = SPECTRUM in taps
    if spectral and (len(taps) == 1 or not embedding_dim):
        raise UserError(f"--taps: {SPECTRUM} needs another tap beside it, and --embedding_dim.")
    freeze_normalisation(backbone.network)
    features = [tap for tap in taps if tap != SPECTRUM] or backbone.default_taps
    parts = [part for tap in features for part in _parts(backbone, tap, pooling)]
    parts = [layers.UnitNormalization()(part) for part in parts]
    x = layers.Concatenate(name="concatenated")(parts) if len(parts) > 1 else parts[0]
    x = at_scales(keras.Model(backbone.network.input, x), scales)
    x = layers.Rescaling(math.sqrt(x.shape[-1] / len(parts)), name="features" if spectral else "pooled")(x)
    if spectral:
        spectrum = layers.Flatten()(LogPolarSpectrum(name=SPECTRUM)(backbone.network.input))
        x = layers.Concatenate(name="pooled")([x, spectrum])
    if embedding_dim:
        x = layers.Dropout(dropout, name="drop")(x)
        if spectral:
            x = SpectralEmbedding(embedding_dim, spectrum_alone, name="embedding")(x)
        else:
            x = layers.Dense(embedding_dim, name="embedding")(x)
    return keras.Model(backbone.network.input, x, name=backbone.network.name)


def trunk_of(network):
    """The part of a similarity network from the images to the pooled features."""
    return keras.Model(network.input, network.get_layer("pooled").output, name="trunk")


def add_weights(digest, network):
    """Updates a hash with the values of all weights of a network."""
    for variable in network.variables:
        digest.update(variable.numpy().tobytes())


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


def _parts(backbone, tap, pooling):
    """Vectors [B, D] of one tap."""
    if tap == COLOURS:
        return [Colours(name=COLOURS)(backbone.network.input)]
    maps = backbone.network.get_layer(backbone.taps[tap]).output
    if pooling == "gem":
        return [GeneralisedMean()(maps)]
    parts = [layers.GlobalAveragePooling2D()(maps)]
    if pooling in ("avg_std", "avg_std_corr"):
        parts.append(StandardDeviation()(maps))
    if pooling == "avg_std_corr" and maps.shape[-1] <= FEW_CHANNELS:
        parts.append(Correlations()(maps))
    return parts
