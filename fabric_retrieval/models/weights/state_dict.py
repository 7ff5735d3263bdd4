"""Arrays out of a file that PyTorch before 1.6 has saved, without PyTorch and without executing anything.

Such a file is five pickles, of a magic number, a protocol, facts of the machine, the dict of tensors and the
keys of their storages, and then each storage's length and numbers.
"""

import collections
import io
import pickle
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from fabric_retrieval.errors import UserError

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
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
        dict of name to array, float32 or int64.

    Raises:
        UserError: it is no such file, damaged, or asks for more than tensors.
    """
    file = io.BytesIO(data)
    try:
        if (_load(file), _load(file)) != (MAGIC, PROTOCOL):
            raise ValueError("no magic number of PyTorch before 1.6")
        _load(file)
        tensors, keys = _load(file), _load(file)
        storages = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
        numbers = {key: _numbers(file, storages[key]) for key in keys}
        return {name: _array(tensor, numbers[tensor.storage.key]) for name, tensor in tensors.items()}
    except Exception as error:  # a broken pickle can raise anything, from KeyError to MemoryError
        raise UserError(
            f"{name} is no state dict of PyTorch, or damaged: {error!r}. Fetch it again."
        ) from error


class _Unpickler(pickle.Unpickler):
    """Makes numbers, texts, tuples, lists, dicts and `_Tensor`s; names of nothing else are looked up."""

    def find_class(self, module, name):
        if module == "torch" and name in STORAGES:
            return name
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        raise pickle.UnpicklingError(f"the pickle asks for {module}.{name}; it may be malicious")

    def persistent_load(self, pid):
        kind, storage, key, _, length, _ = pid
        if kind != "storage":
            raise pickle.UnpicklingError(f"{kind!r} in place of a storage")
        return _Storage(key, STORAGES[storage], length)


def _load(file):
    return _Unpickler(file).load()


def _rebuild(storage, offset, shape, strides, *_):
    return _Tensor(storage, offset, shape, strides)


def _numbers(file, storage):
    (length,) = np.frombuffer(file.read(8), "<i8")
    numbers = np.frombuffer(file.read(int(length) * np.dtype(storage.dtype).itemsize), storage.dtype)
    if len(numbers) != storage.length:
        raise ValueError(f"a storage of {len(numbers)} numbers, not {storage.length}")
    return numbers


def _array(tensor, numbers):
    """The array of a tensor, which must lie within its storage."""
    steps = list(zip(tensor.shape, tensor.strides, strict=True))
    last = tensor.offset + sum((side - 1) * stride for side, stride in steps)
    if min((tensor.offset, *tensor.shape, *tensor.strides)) < 0 or last >= len(numbers):
        raise ValueError(f"a tensor of shape {tensor.shape} outside of its {len(numbers)} numbers")
    strides = [stride * numbers.itemsize for stride in tensor.strides]
    return as_strided(numbers[tensor.offset :], tensor.shape, strides).copy()
