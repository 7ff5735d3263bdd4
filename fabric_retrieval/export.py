"""Checkpoint to SavedModel: image bytes or pixels in, embedding out, preprocessing inside."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import tensorflow as tf

import fabric_retrieval
from fabric_retrieval.data.collection import split_fingerprint
from fabric_retrieval.data.preprocessing import centre_crop, decode_batch, resize
from fabric_retrieval.flags import feature_norm

METADATA = "metadata.json"
UNFINISHED = ".exporting-"
# Of this machine: a model is passed on.
PATH_FLAGS = {"run_dir", "data_dir", "photos_dir", "photos_csv", "weights"}


def export(network, folder, metadata):
    """Writes a SavedModel, and `metadata.json` inside its folder, all at once or not at all.

    Signatures, both to {"embedding": [B, D] float32}:
        serving_default(image_bytes: [B] string), encoded JPEG or PNG, upright;
        pixels(pixels: [B, H, W, 3] uint8).

    Args:
        network: Keras model of float32 [B, crop, crop, 3], values 0 ... 255, to [B, D].
        folder: a previous export there is replaced.
        metadata: as `describe` makes it; "preprocessing" says what is put before the network.
    """
    folder = Path(folder)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f"{UNFINISHED}{folder.name}-"))
    try:
        module = _served_module(network, metadata["preprocessing"])
        signatures = {"serving_default": module.embed_bytes, "pixels": module.embed_pixels}
        tf.saved_model.save(module, str(temporary), signatures=signatures)
        (temporary / METADATA).write_text(
            json.dumps(metadata | {"dimension": network.output_shape[-1]}, indent=2)
        )
        temporary.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary)
        raise


def sweep(parent):
    """Removes what exports that were killed have left in `parent`."""
    for leftover in Path(parent).glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover)


def read_metadata(folder):
    """What the SavedModel in `folder` says of itself; empty if there is none."""
    path = Path(folder) / METADATA
    return json.loads(path.read_text()) if path.exists() else {}


def describe(config, builder, step, initial_weights=None, replicas=1):
    """What a SavedModel says of itself: its features, preprocessing, origin, data set, flags and version."""
    return {
        "format": 1,
        "version": fabric_retrieval.__version__,
        "method": config.method,
        "match": config.match,
        "backbone": config.backbone,
        "feature_layer": config.feature_layer,
        "feature_norm": feature_norm(config),
        "step": step,
        "initial_weights": initial_weights,
        "replicas": replicas,
        "preprocessing": {
            "resize": resized_side(config),
            "crop": config.input_size,
            "grey": config.grey,
        },
        "dataset": builder.info.full_name,
        "dataset_fingerprint": split_fingerprint(builder, "train"),
        "flags": {name: value for name, value in vars(config).items() if name not in PATH_FLAGS},
    }


def resized_side(config):
    """Images are resized to this side before they are cropped: as 256 is to the paper's crop of 227."""
    return config.resize or round(config.input_size * 256 / 227)


def _served_module(network, preprocessing):
    side, crop, grey = (preprocessing[name] for name in ("resize", "crop", "grey"))

    def embed(squares):
        return {"embedding": network(tf.cast(centre_crop(squares, crop), tf.float32), training=False)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="image_bytes")])
    def embed_bytes(image_bytes):
        return embed(decode_batch(image_bytes, side, grey))

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8, name="pixels")])
    def embed_pixels(pixels):
        return embed(resize(pixels, side, grey))

    module = tf.Module()
    module.embed_bytes, module.embed_pixels = embed_bytes, embed_pixels
    # The network itself stays in the closure: as an attribute it is stored twice, and the C++ loader of TF
    # Serving does not find its variables.
    module.weights = [variable.value for variable in network.variables]
    return module
