"""The networks of `keras.applications` without their classifiers, preprocessing inside."""

import difflib
import hashlib
import traceback

import keras
import numpy as np
from keras import layers

from fabric_retrieval.errors import UserError

MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])  # ImageNet's, of 0 ... 1
TOLERANCE = 1e-3  # of the largest feature
FORM = "keras.applications"


def application_names():
    """Of all networks there, sorted."""
    return sorted(name for name in dir(keras.applications) if name[0].isupper())


def close_names(name, names):
    """A sentence on those of `names` that are most like `name`, whatever the case; on all if none is."""
    by_lower = {known.lower(): known for known in names}
    close = difflib.get_close_matches(name.lower(), by_lower, n=3, cutoff=0.5)
    if not close:
        return f"There are {', '.join(names)}."
    return f"Did you mean {' or '.join(by_lower[found] for found in close)}?"


def application(name, input_size):
    """The network of that name from float32 [B, S, S, 3], 0 ... 255, to its last maps, randomly weighted.

    Raises:
        UserError: the input is too small for it.
    """
    images = keras.Input((input_size, input_size, 3), name="images")
    try:
        built = _build(name, input_tensor=preprocessed(name, images), input_shape=images.shape[1:])
    except ValueError as error:
        raise UserError(f"{name} cannot be built with --input_size={input_size}: {error}") from error
    return keras.Model(images, built.output, name=built.name)


def load_application(network, name):
    """Gives `network` ImageNet's weights, which Keras downloads, and keeps in its own folder, when needed.

    Then its features of one image are compared with those of the network as Keras itself builds it for
    these weights.

    Args:
        network: `application` has built it. name: of it.

    Returns:
        A dict for metadata: "form", "sha256" of the weights as bytes, in the network's order (Keras checks
        its file itself), "source".

    Raises:
        UserError: Keras could not download the weights.
        RuntimeError: the features differ.
    """
    shape = network.input_shape[1:]
    try:
        original = _build(name, weights="imagenet", input_shape=shape)
    except Exception as error:  # Keras raises bare ones
        raise UserError(_advice(name, error)) from error
    digest = hashlib.sha256()
    for variable, weights in zip(_variables(network), _variables(original), strict=True):
        value = keras.ops.convert_to_numpy(weights)
        variable.assign(value)
        digest.update(value.tobytes())
    _compare(network, original, name)
    return {"form": FORM, "sha256": digest.hexdigest(), "source": f"{name}, Keras {keras.__version__}"}


def _build(name, weights=None, **options):
    return getattr(keras.applications, name)(include_top=False, weights=weights, **options)


def _preprocess_input(name):
    """Keras' own function for `name`; it changes nothing where the network preprocesses inside."""
    module = getattr(keras.applications, name).__module__.rsplit(".", 1)[-1]
    return getattr(keras.applications, module).preprocess_input


def preprocessed(name, images):
    if name.startswith("EfficientNetB"):
        # It divides by 255, but takes ImageNet's mean and deviation from a file, and divides by the
        # deviation's root only if it is built for that file's weights.
        scale = 1 / DEVIATION
        return layers.Rescaling(scale.tolist(), (-255 * MEAN * scale).tolist(), name="rescale")(images)
    return _preprocess_input(name)(images)


def _variables(network):
    """Without those of `Normalization`: see `preprocessed`."""
    kept = (layer for layer in network.layers if not isinstance(layer, layers.Normalization))
    return [variable for layer in kept for variable in layer.weights]


def _compare(network, original, name):
    images = np.random.default_rng(0).uniform(0, 255, (1, *network.input_shape[1:])).astype(np.float32)
    expected = keras.ops.convert_to_numpy(original(_preprocess_input(name)(images.copy()), training=False))
    found = keras.ops.convert_to_numpy(network(images, training=False))
    if not np.abs(found - expected).max() <= TOLERANCE * np.abs(expected).max():
        raise RuntimeError(f"{name} with ImageNet's weights gives other features than Keras' own network.")


def _advice(name, error):
    """What to do when Keras could not get the weights; its error names the address."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    files = [frame.f_locals.get("download_target") for frame in frames if frame.f_code.co_name == "get_file"]
    where = f"save it as {files[-1]}" if files else "put it into Keras' folder `models`"
    return (
        f"Keras could not get ImageNet's weights of {name}: {error}. Without a network, download that file "
        f"elsewhere and {where}; the environment variable KERAS_HOME moves that folder."
    )
