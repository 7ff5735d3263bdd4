"""Initial weights for AlexNet: Caffe's public ones in two forms, and those of a finished run of our own."""

from absl import logging

from fabric_retrieval.errors import UserError
from fabric_retrieval.models.weights.assignment import assign, norm_order_of
from fabric_retrieval.models.weights.forms import read_weights

__all__ = ["load_weights"]


def load_weights(model, path, grey=None):
    """Gives `model` the weights in `path`, so that its features equal those of the network they come from.

    What the file is, is told by its content:

    - `bvlc_alexnet.npy`: a pickled dict of arrays, read without executing anything;
    - a `.caffemodel`: bvlc_alexnet (norm_order "norm_first") or CaffeNet ("pool_first");
    - the folder of a finished run of train.py: the checkpoint that its `--export` chose.

    Caffe's networks take BGR less ImageNet's mean; the difference to our input is put into conv1, exactly. A
    layer "embedding" keeps its own initial weights and a file's fc8 is left out. Nothing is assigned unless
    everything fits.

    Args:
        model: built by `fabric_retrieval.models.alexnet`.
        path: file or folder.
        grey: whether `model` is to see grey images; None: unknown. If the weights are of a run that tells
            otherwise, they are taken, as that is a sound start for further training, but a warning is logged.

    Returns:
        A dict for metadata: "form", "sha256" of the file (of a run: of its checkpoint's data), "norm_order"
        of the weights (None if the file does not tell), "layers" that were loaded; of a run also its
        "step", "method" and "dataset".

    Raises:
        UserError: a file of another form, broken, not finite, or of another network.
    """
    weights = read_weights(path)
    order = norm_order_of(model)
    if weights.norm_order not in (None, order):
        raise UserError(
            f"{path} was trained with --norm_order={weights.norm_order}; this network has {order}. "
            f"Set --norm_order={weights.norm_order}."
        )
    layers = assign(model, weights, path)
    if None not in (grey, weights.grey) and grey != weights.grey:
        there, here = (("grey" if seen else "coloured") for seen in (weights.grey, grey))
        logging.warning(
            "%s was trained on %s images, this network is to see %s ones: its features will be worse until "
            "it has been trained on these.",
            path,
            there,
            here,
        )
    return {
        "form": weights.form,
        "sha256": weights.sha256,
        "norm_order": weights.norm_order,
        "layers": layers,
        **(weights.about or {}),
    }
