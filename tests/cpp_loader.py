"""Runs a SavedModel through the C++ session loader that TF Serving uses, by way of TensorFlow's C API."""

import ctypes
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

TF_FLOAT, TF_STRING = 1, 7
POINTERS = (
    "TF_NewStatus",
    "TF_NewGraph",
    "TF_NewSessionOptions",
    "TF_LoadSessionFromSavedModel",
    "TF_GraphOperationByName",
    "TF_AllocateTensor",
    "TF_TensorData",
)


class _Output(ctypes.Structure):
    _fields_ = (("operation", ctypes.c_void_p), ("index", ctypes.c_int))


def _library():
    folder = Path(tf.__file__).parent
    tf_c = ctypes.CDLL(str(next(folder.glob("libtensorflow_cc.so.2*"))))
    for name in POINTERS:
        getattr(tf_c, name).restype = ctypes.c_void_p
    tf_c.TF_Message.restype = ctypes.c_char_p
    tf_c.TF_Dim.restype = ctypes.c_int64
    return tf_c


def _check(tf_c, status):
    if tf_c.TF_GetCode(ctypes.c_void_p(status)):
        raise RuntimeError(tf_c.TF_Message(ctypes.c_void_p(status)).decode())


def _operation(tf_c, graph, tensor_name):
    name, _, index = tensor_name.partition(":")
    operation = tf_c.TF_GraphOperationByName(ctypes.c_void_p(graph), name.encode())
    assert operation, f"no operation {name}"
    return _Output(operation, int(index))


def _string_tensor(tf_c, values):
    """A [B] string tensor: C++ strings are built in place by TF_StringInit and TF_StringCopy."""
    size = 24  # sizeof(TF_TString)
    dims = (ctypes.c_int64 * 1)(len(values))
    tensor = tf_c.TF_AllocateTensor(TF_STRING, dims, 1, ctypes.c_size_t(size * len(values)))
    data = tf_c.TF_TensorData(ctypes.c_void_p(tensor))
    for i, value in enumerate(values):
        cell = ctypes.c_void_p(data + i * size)
        tf_c.TF_StringInit(cell)
        tf_c.TF_StringCopy(cell, value, ctypes.c_size_t(len(value)))
    return tensor


def embed(folder, images):
    """Embeddings [B, D] of a list of encoded images, from `serving_default` of the SavedModel in `folder`."""
    tf_c = _library()
    status, graph = tf_c.TF_NewStatus(), tf_c.TF_NewGraph()
    tags = (ctypes.c_char_p * 1)(b"serve")
    session = tf_c.TF_LoadSessionFromSavedModel(
        ctypes.c_void_p(tf_c.TF_NewSessionOptions()),
        None,
        str(folder).encode(),
        tags,
        1,
        ctypes.c_void_p(graph),
        None,
        ctypes.c_void_p(status),
    )
    _check(tf_c, status)
    names = _tensor_names(folder)
    feed = (_Output * 1)(_operation(tf_c, graph, names["image_bytes"]))
    fetch = (_Output * 1)(_operation(tf_c, graph, names["embedding"]))
    inputs = (ctypes.c_void_p * 1)(_string_tensor(tf_c, images))
    outputs = (ctypes.c_void_p * 1)()
    tf_c.TF_SessionRun(
        ctypes.c_void_p(session),
        None,
        feed,
        inputs,
        1,
        fetch,
        outputs,
        1,
        None,
        0,
        None,
        ctypes.c_void_p(status),
    )
    _check(tf_c, status)
    tensor = ctypes.c_void_p(outputs[0])
    assert tf_c.TF_TensorType(tensor) == TF_FLOAT
    shape = [tf_c.TF_Dim(tensor, axis) for axis in range(tf_c.TF_NumDims(tensor))]
    data = ctypes.cast(tf_c.TF_TensorData(tensor), ctypes.POINTER(ctypes.c_float))
    return np.ctypeslib.as_array(data, shape=shape).copy()


def _tensor_names(folder):
    """Input and output names of `serving_default` to graph tensors, as TF Serving finds them."""
    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString((Path(folder) / "saved_model.pb").read_bytes())
    signature = saved.meta_graphs[0].signature_def["serving_default"]
    return {
        name: info.name for group in (signature.inputs, signature.outputs) for name, info in group.items()
    }
