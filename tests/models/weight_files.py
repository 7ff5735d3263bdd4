"""Writes weights in the public forms, byte by byte where a library would do it as the reader does."""

import io
import pickle
import struct

import numpy as np
from models.numpy_alexnet import CHANNELS

V1_TYPES = {"Convolution": 4, "InnerProduct": 14, "LRN": 15, "Pooling": 17, "ReLU": 18}


def write_npy(path, weights, pair=list, key=str, python2=False):
    """As NumPy saves a dict, or as it did under Python 2."""
    layers = {key(name): pair(parts) for name, parts in tensorflow_layout(weights).items()}
    if not python2:
        np.save(path, layers, allow_pickle=True)
        return path
    array = np.empty((), object)
    array[()] = layers
    path.write_bytes(npy_header() + python2_pickle(array))
    return path


def npy_header():
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|O", "fortran_order": False, "shape": ()})
    return header.getvalue()


def save_string(pickler, text):
    """As Python 2 writes its `str`, be it text or an array's bytes."""
    data = text if isinstance(text, bytes) else text.encode("latin-1")
    pickler.write(pickle.BINSTRING + struct.pack("<i", len(data)) + data)


def python2_pickle(value):
    stream = io.BytesIO()
    pickler = pickle._Pickler(stream, protocol=2, fix_imports=True)
    pickler.dispatch = pickler.dispatch | {str: save_string, bytes: save_string}
    pickler.dump(value)
    return stream.getvalue().replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")


def tensorflow_layout(weights):
    """Kernels [H, W, I, N]; fully connected ones [K, N], and the rows of fc6 in the order H, W, C."""
    layers = {}
    for name, (kernel, bias) in weights.items():
        if kernel.ndim == 4:
            kernel = np.moveaxis(kernel, (0, 1, 2, 3), (3, 2, 0, 1))
        elif name == "fc6":
            channels = CHANNELS["conv5"]
            side = int(np.sqrt(kernel.shape[1] // channels))
            places = [
                c * side * side + i * side + j
                for i in range(side)
                for j in range(side)
                for c in range(channels)
            ]
            kernel = kernel[:, places].T
        else:
            kernel = kernel.T
        layers[name] = (np.ascontiguousarray(kernel), bias)
    return layers


def write_caffemodel(path, weights, norm_order, v1=False, double=False):
    """A NetParameter on the wire: CaffeNet's or bvlc_alexnet's layers, with fields to be skipped."""
    after_conv = ("relu", "norm", "pool") if norm_order == "norm_first" else ("relu", "pool", "norm")
    kinds = {"conv": "Convolution", "relu": "ReLU", "norm": "LRN", "pool": "Pooling", "fc": "InnerProduct"}
    names = [f"{kind}{number}" for number in "12" for kind in ("conv", *after_conv)]
    names += ["conv3", "conv4", "conv5", "pool5", "fc6", "fc7", "fc8"]
    net = text(1, "AlexNet") + number(5, 1)
    for name in names:
        blobs = [blob(array, legacy=v1, double=double) for array in weights.get(name, ())]
        kind = kinds[name.rstrip("0123456789")]
        if v1:
            layer = text(2, "below") + text(3, name) + text(4, name) + number(5, V1_TYPES[kind])
            net += message(2, layer + b"".join(message(6, b) for b in blobs))
        else:
            layer = text(1, name) + text(2, kind) + text(3, "below") + text(4, name) + number(10, 1)
            net += message(100, layer + b"".join(message(7, b) for b in blobs))
    path.write_bytes(net)
    return path


def blob(array, legacy=False, double=False):
    """A BlobProto: data in field 5, or 8 for doubles; the shape in field 7, or four legacy numbers."""
    data = message(8, array.astype("<f8").tobytes()) if double else message(5, array.astype("<f4").tobytes())
    if legacy:
        four = [1] * (4 - array.ndim) + list(array.shape)
        return b"".join(number(i + 1, side) for i, side in enumerate(four)) + data
    return data + message(7, message(1, b"".join(varint(side) for side in array.shape)))


def varint(value):
    if value < 128:
        return bytes([value])
    return bytes([value % 128 + 128]) + varint(value // 128)


def number(field, value):
    return varint(field * 8) + varint(value)


def message(field, content):
    return varint(field * 8 + 2) + varint(len(content)) + content


def text(field, value):
    return message(field, value.encode())
