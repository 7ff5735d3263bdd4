"""Weights that cannot be used: each refused with what is wrong and what to do, and the network untouched."""

import pickle
import random
import re
import zipfile

import numpy as np
import pytest
from models.numpy_alexnet import INPUT_SIDE, random_weights
from models.weight_files import write_caffemodel, write_npy

from fabric_retrieval.errors import UserError
from fabric_retrieval.models import alexnet
from fabric_retrieval.models.weights import load_weights
from fabric_retrieval.models.weights.forms import read_weights

WEIGHTS = random_weights()
PYTORCH = re.escape("PyTorch's alexnet is another network (64 kernels in conv1, no groups or normalisation).")


def write(path, weights=WEIGHTS, norm_order="norm_first"):
    if path.suffix == ".npy":
        return write_npy(path, weights)
    return write_caffemodel(path, weights, norm_order)


def changed(name, part, change):
    """`WEIGHTS` with a layer's kernel (part 0) or bias (part 1) changed."""
    parts = list(WEIGHTS[name])
    parts[part] = change(parts[part].copy())
    return WEIGHTS | {name: tuple(parts)}


@pytest.fixture(scope="module")
def model():
    return alexnet(INPUT_SIDE, 1 / 16, groups=2, norm_order="norm_first")


def assert_refused(model, path, message):
    before = [weight.numpy() for weight in model.weights]
    with pytest.raises(UserError, match=message) as refusal:
        load_weights(model, path)
    assert str(path) in str(refusal.value)
    for weight, own in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight, own)


@pytest.fixture(params=["bvlc.npy", "bvlc.caffemodel"])
def path(request, tmp_path):
    return tmp_path / request.param


@pytest.mark.parametrize("kept", [5, 60, 0.3, 0.999])
def test_truncated(model, path, kept):
    data = write(path).read_bytes()
    path.write_bytes(data[: kept if kept > 1 else int(kept * len(data))])
    assert_refused(model, path, "[Ff]etch it again")


def test_damaged_files_raise_user_errors_only(path):
    """Three hundred small files with a few bytes changed, most of them in headers and lengths."""
    write(path, {"conv1": (np.ones((2, 3, 2, 2), "f4"), np.ones(2, "f4"))})
    whole, draw, refused = path.read_bytes(), random.Random(0), 0
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            damaged[draw.randrange(6, len(damaged))] = draw.randrange(256)
        path.write_bytes(damaged)
        try:
            read_weights(path)
        except UserError:
            refused += 1
    assert 100 < refused < 300


def test_empty(model, path):
    path.touch()
    assert_refused(model, path, "is empty")


def test_missing_layer(model, path):
    write(path, {name: parts for name, parts in WEIGHTS.items() if name != "conv4"})
    message = "has no layer conv4 with weights and biases, only conv1, conv2, conv3, conv5, fc6, fc7, fc8"
    assert_refused(model, path, message)


def test_wrong_shape_of_a_kernel(model, path):
    write(path, changed("conv3", 0, lambda kernel: kernel[:-1]))
    expected = "the kernel of conv3 has shape (3, 3, 16, 23); this network's has (3, 3, 16, 24). Set --width"
    assert_refused(model, path, re.escape(expected))


def test_wrong_shape_of_a_bias(model, path):
    write(path, changed("fc7", 1, lambda bias: bias[1:]))
    assert_refused(model, path, re.escape("the bias of fc7 has shape (255,); this network's has (256,)"))


def test_not_a_number(model, path):
    def with_nan(kernel):
        kernel.flat[7] = np.nan
        return kernel

    write(path, changed("fc6", 0, with_nan))
    assert_refused(model, path, "the kernel of fc6 is not finite")


def test_another_number_of_groups(path):
    write(path)
    one_group = alexnet(INPUT_SIDE, 1 / 16, groups=1, norm_order="norm_first")
    assert_refused(one_group, path, "set --groups=2")


def test_weights_in_one_group(model, path):
    write(path, changed("conv2", 0, lambda kernel: np.concatenate([kernel, kernel], axis=1)))
    assert_refused(model, path, "set --groups=1")


def test_another_input_size(path):
    write(path)
    larger = alexnet(INPUT_SIDE + 32, 1 / 16, groups=2, norm_order="norm_first")
    assert_refused(larger, path, "set --input_size as it was")


@pytest.mark.parametrize("norm_order", ["norm_first", "pool_first"])
def test_another_order_of_normalisation_and_pooling(tmp_path, norm_order):
    other = {"norm_first": "pool_first", "pool_first": "norm_first"}[norm_order]
    path = write(tmp_path / "net.caffemodel", norm_order=norm_order)
    network = alexnet(INPUT_SIDE, 1 / 16, groups=2, norm_order=other)
    assert_refused(network, path, f"Set --norm_order={norm_order}")


def test_npy_is_known_to_normalise_first(tmp_path):
    path = write(tmp_path / "bvlc_alexnet.npy")
    assert_refused(alexnet(INPUT_SIDE, 1 / 16, groups=2), path, "Set --norm_order=norm_first")


def test_pytorch_weights_in_a_dict_of_arrays(model, tmp_path):
    path = tmp_path / "torch.npy"
    state = {"features.0.weight": np.zeros((64, 3, 11, 11), "f4"), "features.0.bias": np.zeros(64, "f4")}
    np.save(path, state, allow_pickle=True)
    assert_refused(model, path, PYTORCH)


@pytest.mark.parametrize("shape", [(64, 3, 11, 11), (64, 11, 3, 11)])
def test_pytorch_weights_under_caffes_names(model, path, shape):
    write(path, WEIGHTS | {"conv1": (np.zeros(shape, "f4"), np.zeros(64, "f4"))})
    assert_refused(model, path, PYTORCH)


def test_pytorch_archive(model, tmp_path):
    path = tmp_path / "alexnet-owt-7be5be79.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
    assert_refused(model, path, PYTORCH)
    path.write_bytes(path.read_bytes()[:-10])
    assert_refused(model, path, PYTORCH)


def test_pytorch_file_of_before_its_archives(model, tmp_path):
    path = tmp_path / "alexnet.pth"
    magic_number = 0x1950A86A20F9469CFC6C  # torch.serialization.MAGIC_NUMBER
    path.write_bytes(pickle.dumps(magic_number, 2) + pickle.dumps(1001, 2) + pickle.dumps({}, 2))
    assert_refused(model, path, PYTORCH)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps({"conv1": [1, 2]}), "is a bare pickle"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "is an HDF5 file"),
        (b"<!DOCTYPE html>\n<title>404</title>", "neither a NumPy file nor a"),
        (b"version https://git-lfs.github.com/spec/v1\n", "neither a NumPy file nor a"),
        (bytes(1000), "neither a NumPy file nor a"),
    ],
)
def test_other_files(model, tmp_path, content, message):
    path = tmp_path / "weights"
    path.write_bytes(content)
    assert_refused(model, path, message)


@pytest.mark.parametrize("content", [np.zeros(3), np.array([{}, {}]), np.array(None), {"conv1": 5}, {5: []}])
def test_other_npy(model, tmp_path, content):
    path = tmp_path / "weights.npy"
    np.save(path, content, allow_pickle=True)
    assert_refused(model, path, "expected a dict of layers")


def test_integers_and_texts_are_no_weights(model, tmp_path):
    for content in (np.zeros((2, 2), "i4"), np.array(["a"]), np.array([1 + 1j])):
        path = tmp_path / "weights.npy"
        np.save(path, {"conv1": [content, content]}, allow_pickle=True)
        assert_refused(model, path, "not of floating-point numbers")


def test_no_file(model, tmp_path):
    assert_refused(model, tmp_path / "no.npy", "There is no file or folder")
