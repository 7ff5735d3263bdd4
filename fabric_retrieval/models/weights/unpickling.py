"""Arrays out of a pickle, without executing anything that the pickle names.

A pickle is a programme: it can name any function and have it called. Here it gets stand-ins of ours for the
four names that NumPy's arrays need, and no other. Not even NumPy is called while it runs: `ndarray` and
`dtype` are lenient about states that a pickle gives them, and could be made to read foreign memory.

A pickle also says what contains what. ((x, x), (x, x)) and so on, each pair the one before it twice, takes
three bytes a level and the time of 2^levels to hash or to print. So a tuple cannot be used twice here, and
what is hashed or printed is of a known type.
"""

import io
import math
import pickle
import pickletools

import numpy as np

from fabric_retrieval.errors import UserError

MOST_OPERATIONS = 20_000  # EfficientNet-Lite0's 296 arrays take 10,696, AlexNet's sixteen under a thousand
FLOATS = {"f2", "f4", "f8"}
PUTS = {"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"}
GETS = {"GET", "BINGET", "LONG_BINGET"}
# What cannot leave a tuple or a set on top of the stack; pickles remember more, but fetch nothing else.
REUSABLE = {"GLOBAL", "STACK_GLOBAL", "REDUCE", "EMPTY_DICT", "DICT", "EMPTY_LIST", "LIST", *GETS}
REUSABLE |= {"STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE"}
REUSABLE |= {"BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8"}


class ForbiddenPickleError(UserError):
    """The pickle asks for more than arrays."""


def unpickle_arrays(data, name):
    """What the pickle in `data` holds: dicts, lists, tuples, texts, numbers and `PickledArray`.

    Pickles of Python 2 are read as latin-1, which is lossless for their bytes.

    Args:
        data: bytes.
        name: of the file, for errors.

    Raises:
        ForbiddenPickleError: it names something else than NumPy's arrays, is unreasonably long, or uses a
            tuple twice.
        UserError: it is truncated or broken.
    """
    try:
        check_operations(data, name)
        check_reuse(data, name)
        return _ArrayUnpickler(data, name).load()
    except UserError:
        raise
    except Exception as error:  # a broken pickle can raise anything, from KeyError to MemoryError
        raise UserError(f"{name} is truncated or damaged: {error!r}. Fetch it again.") from error


class PickledArray:
    """An array as its pickle describes it; `values` makes a NumPy array of it, after checking it."""

    shape, code, byte_order, fortran_order, content = (), "", "=", False, b""

    def __setstate__(self, state):
        *_, shape, dtype, fortran_order, content = state
        if not all(type(side) is int for side in shape) or not isinstance(dtype, _PickledType):
            raise pickle.UnpicklingError("an array without shape or type")
        self.shape, self.code, self.byte_order = tuple(shape), dtype.code, dtype.byte_order
        self.fortran_order = fortran_order is True or fortran_order == 1
        self.content = content.encode("latin-1") if isinstance(content, str) else content

    @property
    def holds_objects(self):
        return self.code == "O"

    def values(self):
        """The array, read-only, or ValueError if what the pickle says does not fit together."""
        if self.code not in FLOATS or not isinstance(self.content, bytes):
            raise ValueError(f"an array of {self.code!r}, not of floating-point numbers")
        dtype, shape, size = np.dtype(self.byte_order + self.code), self.shape, len(self.content)
        if len(shape) > 4 or min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != size:
            raise ValueError(f"an array of shape {shape} in {size} bytes")
        return np.frombuffer(self.content, dtype).reshape(shape, order="F" if self.fortran_order else "C")


class _PickledType:
    """The dtype of an array: its code ("f4") and byte order."""

    def __init__(self, code, *_):
        self.code = {"O8": "O", "O4": "O"}.get(_text(code), code)
        self.byte_order = "="

    def __setstate__(self, state):
        self.byte_order = {"<": "<", ">": ">"}.get(_text(state[1]), "=")


class StandIn:
    """What a pickle gets for a name: it can call it, and change nothing about it."""

    __slots__ = ("_function",)

    def __init__(self, function):
        self._function = function

    def __call__(self, *arguments):
        return self._function(*arguments)

    def __setstate__(self, state):
        raise pickle.UnpicklingError("a function has no state")


def _reconstruct(subtype, shape, code):
    """NumPy makes an empty array here; what is in it follows as its state."""
    return PickledArray()


def _ndarray(*arguments):
    raise pickle.UnpicklingError("ndarray is called, not named")


def _encode(text, encoding):
    """How protocols 0 to 2 of Python 3 write bytes."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError("bytes in another encoding")
    return text.encode("latin-1")


def _text(value):
    if not isinstance(value, str):
        raise pickle.UnpicklingError(f"{type(value)} in place of a text")
    return value


STAND_INS = {
    ("numpy.core.multiarray", "_reconstruct"): StandIn(_reconstruct),
    ("numpy._core.multiarray", "_reconstruct"): StandIn(_reconstruct),
    ("numpy", "ndarray"): StandIn(_ndarray),
    ("numpy", "dtype"): StandIn(_PickledType),
    ("_codecs", "encode"): StandIn(_encode),
}


class _ArrayUnpickler(pickle.Unpickler):
    def __init__(self, data, name):
        super().__init__(io.BytesIO(data), encoding="latin1")
        self._name = name

    def find_class(self, module, name):
        if (module, name) not in STAND_INS:
            raise ForbiddenPickleError(
                f"{self._name} is not read: its pickle asks for {module}.{name}, which arrays do not need. "
                "It may be malicious; nothing of it was executed. Fetch the file from another place."
            )
        return STAND_INS[module, name]


def check_operations(data, name):
    """Refuses, before anything is built, what a short pickle could fill the memory or the stack with.

    Args:
        data: bytes, or a binary file at the start of the pickle; it is left at the end.
        name: of the file, for errors.
    """
    for number, (operation, argument, _) in enumerate(pickletools.genops(data)):
        memo_entry = argument if operation.name in ("PUT", "BINPUT", "LONG_BINPUT") else 0
        if max(number, memo_entry) > MOST_OPERATIONS:
            raise ForbiddenPickleError(
                f"{name} is not read: its pickle has more than {MOST_OPERATIONS:,} operations; the "
                "weights of a network have far fewer. Fetch the file from another place."
            )


def check_reuse(data, name):
    """Refuses to use twice what can be hashed and contain something: see the module."""
    reusable, before = {}, ""  # number in the memo -> may it be fetched?
    for operation, argument, _ in pickletools.genops(data):
        if operation.name in PUTS:
            entry = len(reusable) if operation.name == "MEMOIZE" else int(argument)
            reusable[entry] = before in REUSABLE
            continue  # what is on top of the stack stays
        before = operation.name
        if before == "DUP" or (before in GETS and not reusable.get(int(argument), True)):
            raise ForbiddenPickleError(
                f"{name} is not read: its pickle uses a tuple or a set twice, which arrays do not need and "
                "which could take for ever to read. Fetch the file from another place."
            )
