"""Runs a SavedModel through the C++ session loader that TF Serving uses, by way of TensorFlow's C API."""

import contextlib
import ctypes
import functools
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_void_p
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

STRING_SIZE = 24  # sizeof(TF_TString)


class _Output(ctypes.Structure):
    _fields_ = (("operation", c_void_p), ("index", c_int))


# name: (result, arguments)
FUNCTIONS = {
    "TF_NewStatus": (c_void_p, []),
    "TF_GetCode": (c_int, [c_void_p]),
    "TF_Message": (c_char_p, [c_void_p]),
    "TF_DeleteStatus": (None, [c_void_p]),
    "TF_NewGraph": (c_void_p, []),
    "TF_DeleteGraph": (None, [c_void_p]),
    "TF_NewSessionOptions": (c_void_p, []),
    "TF_DeleteSessionOptions": (None, [c_void_p]),
    "TF_LoadSessionFromSavedModel": (
        c_void_p,
        [c_void_p, c_void_p, c_char_p, POINTER(c_char_p), c_int, c_void_p, c_void_p, c_void_p],
    ),
    "TF_CloseSession": (None, [c_void_p, c_void_p]),
    "TF_DeleteSession": (None, [c_void_p, c_void_p]),
    "TF_GraphOperationByName": (c_void_p, [c_void_p, c_char_p]),
    "TF_SessionRun": (
        None,
        [c_void_p, c_void_p]
        + [POINTER(_Output), POINTER(c_void_p), c_int] * 2
        + [c_void_p, c_int, c_void_p, c_void_p],
    ),
    "TF_AllocateTensor": (c_void_p, [c_int, POINTER(c_int64), c_int, c_size_t]),
    "TF_DeleteTensor": (None, [c_void_p]),
    "TF_TensorType": (c_int, [c_void_p]),
    "TF_NumDims": (c_int, [c_void_p]),
    "TF_Dim": (c_int64, [c_void_p, c_int]),
    "TF_TensorData": (c_void_p, [c_void_p]),
    "TF_TensorByteSize": (c_size_t, [c_void_p]),
    "TF_StringInit": (None, [c_void_p]),
    "TF_StringCopy": (None, [c_void_p, c_char_p, c_size_t]),
    "TF_StringDealloc": (None, [c_void_p]),
    "TF_StringGetDataPointer": (c_void_p, [c_void_p]),
    "TF_StringGetSize": (c_size_t, [c_void_p]),
}


class CppError(RuntimeError):
    """An error of the C++ runtime; `code` is TensorFlow's, whose numbers are gRPC's."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Session:
    """A SavedModel in the C++ runtime; threads may share it.

    Attributes:
        signatures: name → SignatureDef, as TF Serving reads them.
    """

    def __init__(self, folder):
        self._c = _library()
        saved_model = saved_model_pb2.SavedModel.FromString((Path(folder) / "saved_model.pb").read_bytes())
        self.signatures = dict(saved_model.meta_graphs[0].signature_def)
        self._graph = self._c.TF_NewGraph()
        options = self._c.TF_NewSessionOptions()
        tags = (c_char_p * 1)(b"serve")
        with self._checked() as status:
            self._session = self._c.TF_LoadSessionFromSavedModel(
                options, None, str(folder).encode(), tags, 1, self._graph, None, status
            )
        self._c.TF_DeleteSessionOptions(options)

    def run(self, signature, inputs):
        """name → array of a signature's outputs.

        Args:
            inputs: name → array, numeric or of [B] bytes.

        Raises:
            CppError: what went wrong in the model.
        """
        definition = self.signatures[signature]
        names = list(definition.outputs)
        feeds = [self._output(definition.inputs[name].name) for name in inputs]
        fetches = [self._output(definition.outputs[name].name) for name in names]
        tensors = [self._tensor(np.asarray(value)) for value in inputs.values()]
        results = (c_void_p * len(names))()
        try:
            with self._checked() as status:
                self._c.TF_SessionRun(
                    self._session,
                    None,
                    (_Output * len(feeds))(*feeds),
                    (c_void_p * len(feeds))(*tensors),
                    len(feeds),
                    (_Output * len(fetches))(*fetches),
                    results,
                    len(fetches),
                    None,
                    0,
                    None,
                    status,
                )
        finally:
            for tensor in tensors:
                self._free(tensor)
        arrays = {name: self._array(result) for name, result in zip(names, results, strict=True)}
        for result in results:
            self._c.TF_DeleteTensor(result)
        return arrays

    def close(self):
        with self._checked() as status:
            self._c.TF_CloseSession(self._session, status)
        with self._checked() as status:
            self._c.TF_DeleteSession(self._session, status)
        self._c.TF_DeleteGraph(self._graph)

    @contextlib.contextmanager
    def _checked(self):
        status = self._c.TF_NewStatus()
        try:
            yield status
            if code := self._c.TF_GetCode(status):
                raise CppError(code, self._c.TF_Message(status).decode())
        finally:
            self._c.TF_DeleteStatus(status)

    def _output(self, tensor_name):
        name, _, index = tensor_name.partition(":")
        operation = self._c.TF_GraphOperationByName(self._graph, name.encode())
        assert operation, f"no operation {name}"
        return _Output(operation, int(index))

    def _tensor(self, array):
        is_string = array.dtype.kind in "OS"
        dtype = tf.string if is_string else tf.as_dtype(array.dtype)
        dims = (c_int64 * array.ndim)(*array.shape)
        size = STRING_SIZE * array.size if is_string else array.nbytes
        tensor = self._c.TF_AllocateTensor(dtype.as_datatype_enum, dims, array.ndim, size)
        data = self._c.TF_TensorData(tensor)
        if not is_string:
            ctypes.memmove(data, np.ascontiguousarray(array).ctypes.data, size)
            return tensor
        for number, value in enumerate(array.ravel().tolist()):
            cell = data + number * STRING_SIZE
            self._c.TF_StringInit(cell)
            self._c.TF_StringCopy(cell, value, len(value))
        return tensor

    def _free(self, tensor):
        if self._c.TF_TensorType(tensor) == tf.string.as_datatype_enum:
            for cell in self._cells(tensor):
                self._c.TF_StringDealloc(cell)
        self._c.TF_DeleteTensor(tensor)

    def _array(self, tensor):
        shape = [self._c.TF_Dim(tensor, axis) for axis in range(self._c.TF_NumDims(tensor))]
        dtype = tf.as_dtype(self._c.TF_TensorType(tensor))
        if dtype == tf.string:
            strings = [
                ctypes.string_at(self._c.TF_StringGetDataPointer(cell), self._c.TF_StringGetSize(cell))
                for cell in self._cells(tensor)
            ]
            return np.array(strings, object).reshape(shape)
        data = ctypes.string_at(self._c.TF_TensorData(tensor), self._c.TF_TensorByteSize(tensor))
        return np.frombuffer(data, dtype.as_numpy_dtype).reshape(shape)

    def _cells(self, tensor):
        data = self._c.TF_TensorData(tensor)
        count = self._c.TF_TensorByteSize(tensor) // STRING_SIZE
        return [data + number * STRING_SIZE for number in range(count)]


def embed(folder, images):
    """Embeddings [B, D] of a list of encoded images, from `serving_default` of the SavedModel in `folder`."""
    session = Session(folder)
    embeddings = session.run("serving_default", {"image_bytes": np.array(images, object)})["embedding"]
    session.close()
    return embeddings


@functools.cache
def _library():
    library = ctypes.CDLL(str(next(Path(tf.__file__).parent.glob("libtensorflow_cc.so.2*"))))
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
