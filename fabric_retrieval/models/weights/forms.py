"""Which form of weights a file is, told by how it begins."""

import zipfile
from pathlib import Path

from fabric_retrieval.errors import UserError
from fabric_retrieval.models.weights.caffemodel import read_caffemodel
from fabric_retrieval.models.weights.npy import read_npy
from fabric_retrieval.models.weights.run_folder import read_run_folder
from fabric_retrieval.models.weights.source import KNOWN, PYTORCH

LARGEST_FILE = 2**30  # bytes; AlexNet's 61 million weights are 244 MB as float32, 488 MB as float64
NPY = b"\x93NUMPY"
ZIP = b"PK\x03\x04"
HDF5 = b"\x89HDF\r\n\x1a\n"
# torch.save of before 1.6 begins with this pickled number.
LEGACY_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
PICKLE = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))


def read_weights(path):
    """The `SourceWeights` of a file or run folder.

    Raises:
        UserError: there is none, or it is of a form that cannot be read, broken or too large.
    """
    path = Path(path)
    if path.is_dir():
        return read_run_folder(path)
    if not path.is_file():
        raise UserError(f"There is no file or folder {path}. {KNOWN}.")
    size = path.stat().st_size
    if not size:
        raise UserError(f"{path} is empty. Fetch it again.")
    if size > LARGEST_FILE:
        raise UserError(f"{path} has {size:,} bytes; AlexNet's weights have under {LARGEST_FILE:,}. {KNOWN}.")
    with path.open("rb") as file:
        beginning = file.read(16)
    _refuse_other_forms(path, beginning)
    weights = read_npy(path) if beginning.startswith(NPY) else read_caffemodel(path)
    if "conv1" in weights.layers and sorted(weights.layers["conv1"][0].shape) == [3, 11, 11, 64]:
        raise UserError(f"{path} holds PyTorch's network. {PYTORCH}")
    return weights


def _refuse_other_forms(path, beginning):
    if beginning.startswith(LEGACY_TORCH) or (beginning.startswith(ZIP) and _is_torch_archive(path)):
        raise UserError(f"{path} is a PyTorch file. {PYTORCH}")
    for other, beginnings in (("a zip archive", ZIP), ("an HDF5 file", HDF5), ("a bare pickle", PICKLE)):
        if beginning.startswith(beginnings):
            raise UserError(f"{path} is {other}. {KNOWN}.")


def _is_torch_archive(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("data.pkl") for name in archive.namelist())
    except zipfile.BadZipFile:  # truncated: its list of names is at the end
        return path.suffix in (".pth", ".pt")
