"""Weights of a trained network in one small file that can be passed on."""

import json
import zipfile
import zlib
from pathlib import Path

import numpy as np

from fabric_retrieval.atomic import replacing
from fabric_retrieval.errors import UserError
from fabric_retrieval.models.scales import layers_of
from fabric_retrieval.models.weights.source import sha256

PACKED = ".npz"  # by which such a file is known
ORIGIN = "origin"
FORM = "file of weights"


def write_packed(model, path, origin):
    """Writes the weights of `model`: kernels in half precision, what is of one dimension in single.

    An array each, called LAYER/NUMBER, in NumPy's `.npz`, where nothing is executed to read it.

    Args:
        model: Keras model whose layers `layers_of` finds.
        path: of the file; one that is there is replaced when all is written.
        origin: dict, kept as JSON.

    Raises:
        ValueError: a weight that is not finite in half precision.
    """
    arrays = {
        f"{layer.name}/{number}": _half(weight)
        for layer in layers_of(model)
        for number, weight in enumerate(layer.weights)
    }
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays, **{ORIGIN: np.array(json.dumps(origin))})


def _half(weight):
    value = weight.numpy()
    with np.errstate(over="ignore"):
        packed = value.astype(np.float16) if value.ndim > 1 else value
    if not np.isfinite(packed).all():
        raise ValueError(f"{weight.path} is not finite in half precision.")
    return packed


def packed_weights(path):
    """What `write_packed` has written.

    Returns:
        A function of a layer's name, the number of a weight in it and the weight's name to float32, or None
        if there is none; and a dict for metadata: "form", "sha256", and what is known of the "origin".

    Raises:
        UserError: no such file, one that is damaged, or of another form.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        origin = json.loads(str(arrays.pop(ORIGIN)))
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise UserError(
            f"{path} is no file of weights, or damaged: {error}. Write or fetch it again."
        ) from error
    wrong = [
        name for name, array in arrays.items() if array.dtype.kind != "f" or not np.isfinite(array).all()
    ]
    if wrong:
        raise UserError(f"{path}: {wrong[0]} holds what is not a finite number. Write or fetch it again.")

    def find(layer, number, _):
        array = arrays.get(f"{layer}/{number}")
        return None if array is None else array.astype(np.float32)

    return find, {"form": FORM, "sha256": sha256(path), ORIGIN: origin}
