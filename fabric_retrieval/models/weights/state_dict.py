"""Arrays out of a file that PyTorch before 1.6 has saved, without PyTorch and without executing anything.

Such a file is five pickles, of a magic number, a protocol, facts of the machine, the dict of tensors and the
keys of their storages, and then each storage's length and numbers. As in `unpickling`, the pickles get
stand-ins for the names that tensors need, and no other. The arrays are views of what was read, so that no
claim of the file fills the memory.
"""

import io
import math
import pickle
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from fabric_retrieval.errors import UserError
from fabric_retrieval.models.weights.unpickling import (
    ForbiddenPickleError,
    StandIn,
    check_operations,
    check_reuse,
)

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
ZIP = b"PK\x03\x04"
STORAGES = {"FloatStorage": "<f4", "LongStorage": "<i8"}


class _Storage(NamedTuple):
    key: str
    dtype: str
    length: int


class _Tensor(NamedTuple):
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_state_dict(data, name):
    """The tensors of a saved state dict.

    Args:
        data: bytes of the file. name: of the file, for errors.

    Returns:
        dict of name to array, float32 or int64, read-only.

    Raises:
        ForbiddenPickleError: it asks for more than tensors.
        UserError: it is no such file, or damaged.
    """
    if data.startswith(ZIP):
        raise UserError(
            f"{name} is an archive, as PyTorch writes them since 1.6, or none of its files. Load it there "
            "and save it with torch.save(..., _use_new_zipfile_serialization=False)."
        )
    file = io.BytesIO(data)
    try:
        if (_load(file, name), _load(file, name)) != (MAGIC, PROTOCOL):
            raise ValueError("no magic number of PyTorch before 1.6")
        _load(file, name)
        tensors = _checked_tensors(_load(file, name))
        numbers = _numbers(file, _load(file, name), {tensor.storage for tensor in tensors.values()})
        return {key: _array(tensor, numbers[tensor.storage]) for key, tensor in tensors.items()}
    except UserError:
        raise
    except Exception as error:  # a broken pickle can raise anything, from KeyError to MemoryError
        raise UserError(
            f"{name} is no state dict that PyTorch before 1.6 has saved, or damaged: {error!r}. "
            "Fetch it again."
        ) from error


class _Unpickler(pickle.Unpickler):
    """Makes numbers, texts, tuples, lists, dicts and `_Tensor`s; names of nothing else are looked up."""

    def __init__(self, data, name):
        super().__init__(io.BytesIO(data))
        self._name = name

    def find_class(self, module, name):
        if module == "torch" and name in STORAGES:
            return name
        if (module, name) not in STAND_INS:
            raise ForbiddenPickleError(
                f"{self._name} is not read: its pickle asks for {module}.{name}, which tensors do not need. "
                "It may be malicious; nothing of it was executed. Fetch the file from another place."
            )
        return STAND_INS[module, name]

    def persistent_load(self, pid):
        kind, storage, key, _, length, view = pid
        if not all(type(text) is str for text in (kind, storage, key)) or kind != "storage":
            raise pickle.UnpicklingError("something else in place of a storage")
        if storage not in STORAGES or type(length) is not int or view is not None:
            raise pickle.UnpicklingError("a storage of another type, or a part of one")
        return _Storage(key, STORAGES[storage], length)


class _Dict(dict):
    """In place of an OrderedDict; what a module says of its version, as a state, is left out."""

    def __setstate__(self, state):
        pass


def _rebuild(storage, offset, shape, strides, *_):
    if type(storage) is not _Storage or type(shape) is not tuple or type(strides) is not tuple:
        raise pickle.UnpicklingError("a tensor without storage, shape or strides")
    if not all(type(number) is int and number >= 0 for number in (offset, *shape, *strides)):
        raise pickle.UnpicklingError("a tensor whose offset, shape and strides are no numbers from 0")
    return _Tensor(storage, offset, shape, strides)


STAND_INS = {
    ("collections", "OrderedDict"): StandIn(lambda: _Dict()),
    ("torch._utils", "_rebuild_tensor_v2"): StandIn(_rebuild),
}


def _load(file, name):
    """The next of the file's pickles."""
    start = file.tell()
    check_operations(file, name)  # which leaves the file behind the pickle
    data = file.getbuffer()[start : file.tell()].tobytes()
    check_reuse(data, name)
    return _Unpickler(data, name).load()


def _checked_tensors(tensors):
    if not isinstance(tensors, dict) or not all(type(tensor) is _Tensor for tensor in tensors.values()):
        raise ValueError("it holds something else than a dict of tensors")
    if not all(type(key) is str for key in tensors):
        raise ValueError("a tensor whose name is no text")
    return tensors


def _numbers(file, keys, storages):
    """The numbers of each storage, in the order of `keys`."""
    by_key = {storage.key: storage for storage in storages}
    if not isinstance(keys, list) or not all(type(key) is str for key in keys):
        raise ValueError("no list of the storages' keys")
    if len(by_key) != len(storages) or sorted(keys) != sorted(by_key):
        raise ValueError("other storages than those of its tensors")
    numbers = {}
    for key in keys:
        storage = by_key[key]
        length = int.from_bytes(file.read(8), "little", signed=True)
        if length != storage.length:
            raise ValueError(f"a storage of {length} numbers where its tensors' has another length")
        size = length * np.dtype(storage.dtype).itemsize
        start = file.tell()
        content = file.getbuffer()[start : start + size]
        if len(content) != size:
            raise ValueError("it ends within a storage")
        numbers[storage] = np.frombuffer(content, storage.dtype)
        file.seek(start + size)
    return numbers


def _array(tensor, numbers):
    """A view of the tensor's numbers, which must lie within its storage."""
    size = math.prod(tensor.shape)
    steps = zip(tensor.shape, tensor.strides, strict=True)
    last = tensor.offset + sum((side - 1) * stride for side, stride in steps)
    if not 0 < size <= len(numbers) or last >= len(numbers):
        raise ValueError("a tensor outside of its storage")
    strides = [stride * numbers.itemsize for stride in tensor.strides]
    return as_strided(numbers[tensor.offset :], tensor.shape, strides, writeable=False)
