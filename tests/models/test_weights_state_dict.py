"""A state dict of PyTorch's is read as PyTorch reads it, and cannot have anything executed."""

import io
import pickle

import numpy as np
import pytest
from models.torch_files import (
    REBUILD,
    View,
    contiguous_file,
    persistent,
    plain,
    programme,
    tensor,
    torch_file,
)

from fabric_retrieval.errors import UserError
from fabric_retrieval.models.weights.state_dict import read_state_dict
from fabric_retrieval.models.weights.unpickling import ForbiddenPickleError

SIX = np.arange(6, dtype="<f4")
WHOLE = View("0", 0, (2, 3), (3, 1))


def read(*arguments, **pickles):
    return read_state_dict(torch_file(*arguments, **pickles), "lite0.pth")


def test_tensors_are_views_of_their_storages():
    tensors = {
        "whole": WHOLE,
        "transposed": View("0", 0, (3, 2), (1, 3)),
        "column": View("0", 1, (2,), (3,)),
        "one": View("0", 5, (), ()),
        "count": View("1", 0, (), (), "<i8", 1),
    }
    found = read(tensors, {"0": SIX, "1": np.array([2**40], "<i8")})
    assert list(found) == list(tensors)
    np.testing.assert_array_equal(found["whole"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(found["transposed"], [[0, 3], [1, 4], [2, 5]])
    np.testing.assert_array_equal(found["column"], [1, 4])
    assert (found["one"], found["count"]) == (5, 2**40)
    assert (found["whole"].dtype, found["count"].dtype) == (np.float32, np.int64)


def test_as_pytorch_itself_writes_it():
    torch = pytest.importorskip("torch", reason="needs PyTorch, of the extra benchmarks")
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, bias=False), torch.nn.BatchNorm2d(4))
    state = network.state_dict()
    state["transposed"] = state["0.weight"].permute(2, 3, 1, 0)
    file = io.BytesIO()
    torch.save(state, file, _use_new_zipfile_serialization=False)
    found = read_state_dict(file.getvalue(), "lite0.pth")
    assert list(found) == list(state)
    for name, expected in state.items():
        np.testing.assert_array_equal(found[name], expected.numpy())


def test_pytorch_reads_what_the_test_writes():
    torch = pytest.importorskip("torch", reason="needs PyTorch, of the extra benchmarks")
    arrays = {"weight": SIX.reshape(2, 3), "steps": np.array(7)}
    found = torch.load(io.BytesIO(contiguous_file(arrays)), weights_only=True)
    for name, expected in arrays.items():
        np.testing.assert_array_equal(found[name].numpy(), expected)


def attack(path):
    return b"cos\nsystem\n" + plain((f"touch {path}",)) + b"R"


@pytest.mark.parametrize(
    "place", ["magic", "protocol", "machine", "tensors", "keys", "value", "state", "shape"]
)
def test_nothing_is_executed(tmp_path, place):
    made = tmp_path / "made"
    pickles = {"tensors": {"a": WHOLE}}
    if place == "value":
        pickles["tensors"] = {"a": attack(made)}
    elif place == "state":
        pickles["tensors"] = b"ccollections\nOrderedDict\n)R" + attack(made) + b"b"
    elif place == "shape":
        pickles["tensors"] = {"a": REBUILD + b"(" + persistent(WHOLE) + b"K\0" + attack(made) + b")tR"}
    else:
        pickles[place] = attack(made)
    with pytest.raises(
        ForbiddenPickleError, match=r"lite0\.pth .*asks for os\.system.*nothing of it was exec"
    ):
        read(storages={"0": SIX}, **pickles)
    assert not made.exists()


def test_the_attack_would_work_elsewhere(tmp_path):
    pickle.loads(programme(attack(tmp_path / "made")))
    assert (tmp_path / "made").exists()


OTHERS = {
    "another function of torch": b"ctorch\nload\n",
    "a storage that executes": b"ctorch\nDoubleStorage\n",
    "an attribute of what is allowed": b"ccollections\nOrderedDict.fromkeys\n",
    "a builtin": b"cbuiltins\neval\n",
    "attributes for a function": REBUILD + b"N}X\x09\x00\x00\x00_functionK\x01s\x86b",
    "a state for a function": REBUILD + b"}X\x01\x00\x00\x00aK\x01sb",
    "a class made anew": b"ccollections\nOrderedDict\n)\x81",
    "an extension": b"\x82\x01",
    "a large memo": b"K\x01r\x00\x00\x00\x70",
    "nested too deeply": b")" + b"\x85" * 100_000,
    "no dict": plain([1]),
    "a number": plain({"a": 1}),
    "names that are no texts": b"}K\x01" + tensor(WHOLE) + b"s",
    "something persistent that is no storage": b"}" + plain("a") + persistent(WHOLE, kind="module") + b"s",
    "a storage that is a part": tensor(WHOLE, persistent(WHOLE, part="0")),
    "doubles": b"}" + plain("a") + tensor(WHOLE._replace(dtype="<f8")) + b"s",
}


@pytest.mark.parametrize("operations", OTHERS.values(), ids=OTHERS.keys())
def test_other_programmes_are_refused(operations):
    with pytest.raises(UserError, match=r"lite0\.pth"):
        read(operations, {"0": SIX})


OUTSIDE = {
    "one row more": View("0", 0, (3, 3), (3, 1)),
    "moved": View("0", 1, (2, 3), (3, 1)),
    "wider strides": View("0", 0, (2, 3), (4, 1)),
    "before its storage": View("0", -1, (2, 3), (3, 1)),
    "backwards": View("0", 5, (6,), (-1,)),
    "a negative side": View("0", 0, (-2, -3), (3, 1)),
    "nothing": View("0", 0, (0,), (1,)),
    "more than memory": View("0", 0, (2**40, 2**40), (0, 0)),
    "more strides than sides": View("0", 0, (2, 3), (3, 1, 1)),
    "sides that are no numbers": View("0", 0, (2.0, 3), (3, 1)),
    "truths": View("0", 0, (True, True), (1, 1)),
    "no tuple": View("0", 0, 6, (1,)),
    "a longer storage than there is": View("0", 0, (7,), (1,), length=7),
    "a storage that is not there": View("1", 0, (2, 3), (3, 1)),
}


@pytest.mark.parametrize("view", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_tensors_lie_within_their_storage(view):
    assert read({"a": WHOLE}, {"0": SIX})["a"].shape == (2, 3)
    with pytest.raises(UserError, match=r"lite0\.pth"):
        read({"a": view}, {"0": SIX})


def test_storages_are_those_of_the_tensors():
    for keys in ([], ["0", "0"], ["0", "1"], [0], ("0",), "0", {"0": 1}):
        with pytest.raises(UserError, match="damaged"):
            read({"a": WHOLE}, {"0": SIX}, keys=plain(keys))
    with pytest.raises(UserError, match="damaged"):
        read({"a": WHOLE, "b": View("0", 0, (3,), (1,), "<i8", 3)}, {"0": SIX})


def test_every_truncation_is_noticed():
    data = contiguous_file({"weight": SIX.reshape(2, 3), "steps": np.array(7)})
    assert len(read_state_dict(data, "lite0.pth")) == 2
    for length in range(len(data)):
        with pytest.raises(UserError, match=r"lite0\.pth"):
            read_state_dict(data[:length], "lite0.pth")


def test_a_changed_byte_is_read_or_refused():
    """Nothing but UserError comes of it, and no shape larger than the storage."""
    data = contiguous_file({"weight": SIX.reshape(2, 3)})
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(3000):
        changed = bytearray(data)
        changed[rng.integers(len(data) - 24)] = rng.integers(256)
        try:
            assert all(array.size <= 6 for array in read_state_dict(bytes(changed), "lite0.pth").values())
        except UserError:
            refused += 1
    assert 1000 < refused < 3000


def doubled(first, pair, levels=60):
    """Each pair is the one before it twice: 2^60 numbers for who counts them one by one."""
    return first + b"".join(b"q%c0" % i + pair(b"h%c" % i) for i in range(levels))


TUPLES = doubled(b"K\x01\x85", lambda get: get * 2 + b"\x86")
LISTS = doubled(b"](K\x01e", lambda get: b"](" + get * 2 + b"e")


@pytest.mark.parametrize("value", [TUPLES, LISTS], ids=["tuples", "lists"])
@pytest.mark.parametrize("place", ["magic", "name", "tensor", "storage", "shape", "offset", "keys", "number"])
def test_what_contains_itself_many_times_takes_no_time(place, value):
    """To compare, hash or print one would take centuries."""
    pickles = {"tensors": {"a": WHOLE}}
    if place in ("magic", "keys"):
        pickles[place] = value if place == "magic" else b"](" + value + plain("0") + b"e"
    elif place == "name":
        pickles["tensors"] = b"}" + value + tensor(WHOLE) + b"s"
    elif place == "tensor":
        pickles["tensors"] = {"a": value}
    elif place == "storage":
        pickles["tensors"] = {"a": REBUILD + b"(" + value + b"K\0" + plain((6,)) + plain((1,)) + b"tR"}
    elif place == "number":
        pickles["tensors"] = {"a": tensor(WHOLE, b"(" + value * 6 + b"tQ")}
    else:
        offset, shape = (b"K\0", value) if place == "shape" else (value, plain((6,)))
        pickles["tensors"] = {"a": REBUILD + b"(" + persistent(WHOLE) + offset + shape + plain((1,)) + b"tR"}
    with pytest.raises(UserError, match=r"lite0\.pth") as refusal:
        read(storages={"0": SIX}, **pickles)
    assert len(str(refusal.value)) < 400


def test_too_many_operations_are_refused():
    with pytest.raises(ForbiddenPickleError, match="more than 20,000 operations"):
        read(b"(" + b"K\x01" * 20_000 + b"l", {"0": SIX})


def test_pytorchs_present_form_is_named():
    with pytest.raises(UserError, match="_use_new_zipfile_serialization=False"):
        read_state_dict(b"PK\x03\x04" + bytes(100), "lite0.pth")
