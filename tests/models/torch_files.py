"""Writes state dicts as PyTorch before 1.6 did, operation by operation, without PyTorch."""

import pickle
import struct
from typing import NamedTuple

import numpy as np

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"
ORDERED_DICT = b"ccollections\nOrderedDict\n)R"
CLASSES = {
    dtype: f"ctorch\n{name}Storage\n".encode()
    for dtype, name in {"<f4": "Float", "<i8": "Long", "<f8": "Double"}.items()
}


class View(NamedTuple):
    """A tensor: which numbers of which storage. `length` is what the pickle says of the storage."""

    key: str
    offset: int
    shape: tuple
    strides: tuple
    dtype: str = "<f4"
    length: int = 6


def plain(value):
    """The operations that put a value on the stack; it is not remembered for use later."""
    return pickle.dumps(value, 2)[2:-1]


def persistent(view, kind="storage", part=None):
    content = plain(kind) + CLASSES[view.dtype] + plain(view.key) + plain("cpu") + plain(view.length)
    return b"(" + content + plain(part) + b"tQ"


def tensor(view, storage=None):
    where = plain(view.offset) + plain(view.shape) + plain(view.strides)
    return REBUILD + b"(" + (storage or persistent(view)) + where + b"\x89" + ORDERED_DICT + b"tR"


def programme(operations):
    return b"\x80\x02" + operations + b"."


def tensor_dict(entries):
    """An OrderedDict of name to operations, with the state that PyTorch's modules give theirs."""
    content = b"".join(plain(name) + operations for name, operations in entries.items())
    return ORDERED_DICT + b"(" + content + b"u" + plain({"_metadata": {"": {"version": 1}}}) + b"b"


def torch_file(tensors, storages, magic=None, protocol=None, machine=None, keys=None):
    """A whole file; each of its five pickles may be given as operations instead.

    Args:
        tensors: name to `View`, or to operations; or the operations of them all.
        storages: key to array.
    """
    if not isinstance(tensors, bytes):
        tensors = tensor_dict(
            {name: tensor(view) if isinstance(view, View) else view for name, view in tensors.items()}
        )
    pickles = (
        magic or plain(MAGIC),
        protocol or plain(PROTOCOL),
        machine or plain({"little_endian": True, "type_sizes": {"int": 4}}),
        tensors,
        keys or plain(list(storages)),
    )
    numbers = (struct.pack("<q", array.size) + array.tobytes() for array in storages.values())
    return b"".join([*map(programme, pickles), *numbers])


def contiguous_file(arrays):
    """The file of a dict of name to array, float32 or int64, each with a storage of its own."""
    tensors, storages = {}, {}
    for number, (name, array) in enumerate(arrays.items()):
        key = str(number)
        strides = tuple(stride // array.itemsize for stride in np.empty(array.shape, array.dtype).strides)
        tensors[name] = View(key, 0, array.shape, strides, array.dtype.str, array.size)
        storages[key] = np.ascontiguousarray(array)
    return torch_file(tensors, storages)
