"""What every form of weights is read into."""

import hashlib
from typing import NamedTuple

import numpy as np

KNOWN = "--weights takes bvlc_alexnet.npy, a .caffemodel or the folder of a finished run of train.py"
PYTORCH = (
    "PyTorch's alexnet is another network (64 kernels in conv1, no groups or normalisation). "
    "Use bvlc_alexnet.npy or a .caffemodel."
)


class SourceWeights(NamedTuple):
    """Weights as their network had them, in one layout.

    Attributes:
        form: "bvlc_alexnet.npy", "caffemodel" or "run".
        sha256: of the file.
        layers: name ("conv1" ... "fc7") to (kernel, bias [N]): convolutions [H, W, I, N], where I is the
            number of channels that one group sees; fully connected layers [K, N].
        norm_order: as `alexnet` has it; None if the file does not tell.
        caffe_input: conv1 sees BGR less ImageNet's mean, not our rescaled RGB.
        fc6_order: the order in which fc6 sees what it is connected to: "HWC" or "CHW".
        grey: whether the network saw grey images; None if the file does not tell. Caffe's saw colours, which
            a network that is trained on for grey images loses nothing by.
        about: more to say of them in metadata.
    """

    form: str
    sha256: str
    layers: dict[str, tuple[np.ndarray, np.ndarray]]
    norm_order: str | None
    caffe_input: bool = False
    fc6_order: str = "HWC"
    grey: bool | None = None
    about: dict | None = None


def sha256(path):
    """The SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
