"""A weights file cannot have anything executed, whatever its pickle asks for."""

import builtins
import os
import pickle
import random
import struct

import numpy as np
import pytest
from models.weight_files import npy_header, python2_pickle

from fabric_retrieval.errors import UserError
from fabric_retrieval.models.weights.npy import read_npy
from fabric_retrieval.models.weights.unpickling import ForbiddenPickleError, unpickle_arrays


class Calls:
    """Pickled as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def make_file(path):
    return [
        Calls(os.system, f"touch {path}"),
        Calls(eval, f"open({str(path)!r}, 'w')"),
        Calls(exec, f"open({str(path)!r}, 'w')"),
        Calls(open, str(path), "w"),
        Calls(os.mkdir, str(path)),
        Calls(np.save, str(path), np.zeros(2)),
        Calls(np.ndarray.tofile, np.zeros(2), str(path)),
        Calls(getattr, builtins, "open"),
    ]


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_nothing_is_executed(tmp_path, number, protocol):
    made, path = tmp_path / "made", tmp_path / "bvlc_alexnet.npy"
    attack = make_file(made)[number]
    if attack.call[0] is getattr:
        attack = Calls(getattr, Calls(__import__, "os"), "system")
    array = np.empty((), object)
    array[()] = {"conv1": [np.zeros((11, 11, 3, 96), "f4"), attack]}
    path.write_bytes(npy_header() + pickle.dumps(array, protocol))
    with pytest.raises(ForbiddenPickleError, match=r"its pickle asks for .*\..*nothing of it was executed"):
        read_npy(path)
    assert not made.exists()


def test_the_attack_would_work_elsewhere(tmp_path):
    """That the file above is missing shows something: `numpy.load` does make it."""
    made, path = tmp_path / "made", tmp_path / "bvlc_alexnet.npy"
    np.save(path, np.array({"conv1": make_file(made)[0]}, object), allow_pickle=True)
    np.load(path, allow_pickle=True)
    assert made.exists()


RECONSTRUCT, NDARRAY, DTYPE = (
    b"cnumpy.core.multiarray\n_reconstruct\n",
    b"cnumpy\nndarray\n",
    b"cnumpy\ndtype\n",
)
ARRAY = RECONSTRUCT + NDARRAY + b"K\x00\x85C\x01b\x87R"
PROGRAMMES = {
    "an array over foreign memory": NDARRAY + b"J\x00\x00\x00\x7f\x85X\x02\x00\x00\x00f8\x86R",
    "an instance of another class": b"cnumpy\nmatrix\n" + b")R",
    "an attribute of what is allowed": b"cnumpy\nndarray.tofile\n",
    "another function of that module": b"cnumpy.core.multiarray\nfromstring\n",
    "another codec": b"c_codecs\nencode\nX\x01\x00\x00\x00aX\x03\x00\x00\x00zip\x86R",
    "a state for a function": RECONSTRUCT + b"}X\x01\x00\x00\x00aK\x01sb",
    "attributes for a function": RECONSTRUCT + b"N}X\x09\x00\x00\x00_functionK\x01s\x86b",
    "a class made anew": NDARRAY + b")\x81",
    "an array whose shape is a text": ARRAY + b"(K\x01X\x01\x00\x00\x00aNI00\nC\x01atb",
    "a persistent object": b"K\x01Q",
    "an extension": b"\x82\x01",
    "a large memo": b"K\x01r\x00\x00\x00\x70",
    "nested too deeply": b")" + b"\x85" * 100_000,
    "bytes that are not there": b"\x8e" + struct.pack("<Q", 2**62),
    "nothing": b"",
}


@pytest.mark.parametrize("programme", PROGRAMMES.values(), ids=PROGRAMMES.keys())
def test_other_programmes_are_refused(programme):
    with pytest.raises(UserError, match=r"weights\.npy"):
        unpickle_arrays(b"\x80\x04" + programme + b".", "weights.npy")


def doubled(put, get, before_put=b"", first=b"K\x01\x85", mark=b"", pair=b"\x86"):
    """A pickle of pairs, each the one before it twice: 2^22 numbers for who counts them one by one."""
    levels = [before_put + put(i) + b"0" + mark + get(i) * 2 + pair for i in range(22)]
    return first + b"".join(levels)


def binput(i):
    return b"q%c" % i


def binget(i):
    return b"h%c" % i


SHARED = {
    "by number": doubled(binput, binget),
    "by the next number": doubled(lambda i: b"\x94", binget),
    "by a large number": doubled(lambda i: b"r%c\0\0\0" % i, lambda i: b"j%c\0\0\0" % i),
    "by a written number": doubled(lambda i: b"p%d\n" % i, lambda i: b"g%d\n" % i),
    "by two numbers": doubled(lambda i: b"q\xffq%c" % i, binget),
    "after nothing was appended": doubled(binput, binget, b"(e"),
    "after an empty state": doubled(binput, binget, b"N}\x86b"),
    "after a text was dropped": doubled(binput, binget, b"X\x01\0\0\0a0"),
    "in sets": doubled(binput, binget, first=b"(K\x01\x91", mark=b"(", pair=b"\x91"),
    "without a number": b"K\x01\x85" + b"2\x86" * 22,
}


@pytest.mark.parametrize("key", SHARED.values(), ids=SHARED.keys())
def test_keys_that_contain_themselves_many_times_are_refused(key):
    """To hash one of sixty levels, in three hundred bytes, would take centuries."""
    assert isinstance(pickle.loads(b"\x80\x04" + key + b"."), (tuple, frozenset))
    with pytest.raises(ForbiddenPickleError, match="uses a tuple or a set twice"):
        unpickle_arrays(b"\x80\x04}" + key + b"K\x01s.", "weights.npy")


@pytest.mark.parametrize("place", ["code", "order", "encoding"])
def test_texts_of_a_type_are_texts(place):
    """A list may be used twice, but must not be printed."""
    levels = [b"0]" + binput(i + 1) + b"(" + binget(i) * 2 + b"e" for i in range(18)]
    nested = b"]" + binput(0) + b"".join(levels)
    programme = {
        "code": DTYPE + nested + b"\x85R",
        "order": DTYPE + b"X\x02\x00\x00\x00f4\x85RK\x03" + nested + b"\x86b",
        "encoding": b"c_codecs\nencode\nX\x01\x00\x00\x00a" + nested + b"\x86R",
    }[place]
    with pytest.raises(UserError, match=r"in place of a text|in another encoding") as refusal:
        unpickle_arrays(b"\x80\x04" + programme + b".", "weights.npy")
    assert len(str(refusal.value)) < 300


def array_state(shape, code, content):
    """The pickle of an array with any state."""
    dtype = DTYPE + pickle.dumps((code, False, True), 2)[2:-1] + b"R"
    dtype += pickle.dumps((3, "<", None, None, None, -1, -1, 0), 2)[2:-1] + b"b"
    state = b"(K\x01" + pickle.dumps(shape, 2)[2:-1] + dtype + b"\x89"
    return b"\x80\x04" + ARRAY + state + pickle.dumps(content, 3)[2:-1] + b"tb."


@pytest.mark.parametrize(
    ("shape", "code", "content"),
    [
        ((3,), "f4", bytes(8)),
        ((2**40,), "f4", bytes(8)),
        ((-1, -2), "f4", bytes(8)),
        ((2**62, 4, 2), "f4", bytes(0)),
        ((1,) * 5, "f4", bytes(4)),
        ((1,), "O8", bytes(8)),
        ((1,), "V8", bytes(8)),
        ((2,), "M8[ns]", bytes(16)),
        ((1,), "f8", [1.0]),
    ],
)
def test_arrays_whose_state_does_not_fit_together(shape, code, content):
    array = unpickle_arrays(array_state(shape, code, content), "weights.npy")
    with pytest.raises(ValueError, match="an array of"):
        array.values()


def test_an_array_by_hand():
    array = unpickle_arrays(array_state((2, 1), "f4", struct.pack("<2f", 1.5, -2.0)), "weights.npy")
    np.testing.assert_array_equal(array.values(), [[1.5], [-2.0]])


def test_damaged_pickles_raise_user_errors_only():
    """A thousand files with a few bytes changed: read, or refused as every other."""
    whole = python2_pickle({"conv1": [np.ones((2, 2), "f4"), np.ones(2, "f8")]})
    draw = random.Random(0)
    refused = 0
    for _ in range(1000):
        damaged = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        try:
            unpickle_arrays(bytes(damaged), "weights.npy")
        except UserError:
            refused += 1
    assert 300 < refused < 1000
