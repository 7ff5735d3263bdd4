"""The network that the flags ask for, with its initial weights."""

from pathlib import Path

import keras

from fabric_retrieval.errors import UserError
from fabric_retrieval.flags import scales_of
from fabric_retrieval.models import alexnet
from fabric_retrieval.models.backbones import build_backbone, load_imagenet, load_lite_file
from fabric_retrieval.models.efficientnet_lite import LITE
from fabric_retrieval.models.pooled import similarity_network
from fabric_retrieval.models.weights import load_weights
from fabric_retrieval.models.weights.packed import PACKED
from fabric_retrieval.models.weights.trained import load_trained


def build_model(config):
    """The network up to the layer that carries the loss, and what is known of its --weights, or None.

    Without --weights its initial state follows from the seed alone.
    """
    keras.utils.set_random_seed(config.seed)
    return _alexnet(config) if config.backbone == "alexnet" else _pooled(config)


def _alexnet(config):
    model = alexnet(
        input_size=config.input_size,
        width=config.width,
        groups=config.groups,
        dropout=config.dropout,
        feature_layer="embedding" if config.embedding_dim else config.loss_layer,
        embedding_dim=config.embedding_dim or None,
        fc7_gain=config.fc7_gain,
        norm_order=config.norm_order,
    )
    return model, load_weights(model, config.weights, config.grey) if config.weights else None


def _pooled(config):
    backbone = build_backbone(config.backbone, config.input_size)
    taps = config.taps.split(",") if config.taps else ()
    model = similarity_network(
        backbone,
        taps,
        config.pooling,
        config.dropout,
        config.embedding_dim,
        scales_of(config),
        config.spectrum_alone,
    )
    if config.frozen_through:
        _freeze_through(model, backbone, config.frozen_through)
    if not config.weights:
        return model, None
    if config.weights == "imagenet":
        return model, load_imagenet(backbone, config.backbone)
    path = Path(config.weights)
    if config.backbone in LITE and path.is_file() and path.suffix != PACKED:
        return model, load_lite_file(backbone, config.weights)
    return model, load_trained(model, config.weights)


def _freeze_through(model, backbone, tap):
    """Layers in the order of the graph up to the tap's own."""
    if tap not in backbone.taps:
        raise UserError(f"--frozen_through: the backbone has no {tap}, only {', '.join(backbone.taps)}.")
    for layer in backbone.network.layers:
        layer.trainable = False
        if layer.name == backbone.taps[tap]:
            return
