"""Weights of a trained network in one small file that can be passed on.

  python -m fabric_retrieval.models.weights.packed --flagfile=RUN/flags.txt --weights=RUN --out=FILE.npz

Afterwards --weights=FILE.npz begins with them, as --weights=RUN does. The flags are those of the network, its
--weights may also be RUN,RUN, their mean.
"""

import json
import zipfile
import zlib
from pathlib import Path

import numpy as np
from absl import app, flags

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups
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


def main(argv):
    flag_groups.refuse_arguments(argv)
    flag_groups.prepare_tensorflow()
    with errors.brief():
        config = flag_groups.as_config()
        if config.backbone == "alexnet" or not config.weights:
            raise UserError("--weights is needed, and another --backbone than alexnet.")
        from fabric_retrieval.training.networks import build_model  # which imports this

        model, origin = build_model(config)
        write_packed(model, flags.FLAGS.out, origin)
    print(f"{Path(flags.FLAGS.out).stat().st_size / 1e6:.1f} MB: {flags.FLAGS.out}")


if __name__ == "__main__":
    flags.DEFINE_string("out", None, "File to write, .npz.", required=True)
    flag_groups.define_data_flags()
    flag_groups.define_training_flags()
    flags.adopt_module_key_flags(flag_groups)
    app.run(main)
