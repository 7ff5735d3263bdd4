"""A TF Serving for tests: the session loader, the gRPC service and the versions of tensorflow_model_server.

Its binary is not to be had from a package registry. Here the models of a folder are loaded by the C++ loader
that it uses, warmed up by their assets.extra, and asked through the service of tensorflow-serving-api. What
is refused, and with which code and words, is as in TF Serving's predict_util.cc and server_core.cc.
"""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cpp_loader
import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2, prediction_service_pb2_grpc

CODES = {code.value[0]: code for code in grpc.StatusCode}


class RefusedError(Exception):
    """A request that TF Serving refuses with a code of gRPC."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Servables:
    """The models of MODELS/NAME/VERSION: of each the largest version, as is TF Serving's default."""

    def __init__(self, models):
        self._models = Path(models)
        self._lock = threading.Lock()
        self._sessions = {}
        self.reload()

    def reload(self):
        """Looks at the folder again, as TF Serving does every second."""
        latest = {}
        for model in self._models.iterdir():
            versions = [int(path.name) for path in model.iterdir() if path.name.isdecimal()]
            if versions:
                latest[model.name] = max(versions)
        loaded = {}
        for name, version in latest.items():
            folder = self._models / name / str(version)
            loaded[name, version] = self._sessions.get((name, version)) or _load(folder)
        with self._lock:
            self._sessions = loaded

    def predict(self, request):
        """PredictRequest → PredictResponse.

        Raises:
            RefusedError: as TF Serving would.
        """
        spec = request.model_spec
        version, session = self._find(spec.name, spec.version.value if spec.HasField("version") else None)
        response = run(session, request)
        response.model_spec.version.value = version
        return response

    def version_of(self, name):
        """The version that is served under a name, None for none."""
        with self._lock:
            return next((version for model, version in self._sessions if model == name), None)

    def signatures(self, name, version=None):
        """name → SignatureDef of a model."""
        return self._find(name, version)[1].signatures

    def _find(self, name, version):
        with self._lock:
            for (model, number), session in self._sessions.items():
                if model == name and version in (None, number):
                    return number, session
        which = f"Latest({name})" if version is None else f"Specific({name}, {version})"
        raise RefusedError(grpc.StatusCode.NOT_FOUND, f"Servable not found for request: {which}")


def run(session, request):
    """PredictResponse of one request to one session, but for the version."""
    signature = request.model_spec.signature_name or "serving_default"
    if signature not in session.signatures:
        raise RefusedError(
            grpc.StatusCode.FAILED_PRECONDITION, f'Serving signature key "{signature}" not found.'
        )
    definition = session.signatures[signature]
    if definition.method_name != "tensorflow/serving/predict":
        raise RefusedError(grpc.StatusCode.INTERNAL, f"method_name {definition.method_name}")
    if set(request.inputs) != set(definition.inputs):
        raise RefusedError(grpc.StatusCode.INVALID_ARGUMENT, "input size does not match signature")
    for name, tensor in request.inputs.items():
        if tensor.dtype != definition.inputs[name].dtype:
            raise RefusedError(grpc.StatusCode.INVALID_ARGUMENT, f"wrong type of input {name}")
    inputs = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
    try:
        outputs = session.run(signature, inputs)
    except cpp_loader.CppError as error:
        raise RefusedError(CODES[error.code], str(error)) from error
    response = predict_pb2.PredictResponse()
    response.model_spec.name = request.model_spec.name
    response.model_spec.signature_name = signature
    for name, array in outputs.items():
        response.outputs[name].CopyFrom(_as_field(array))
    return response


def warmup_logs(folder):
    """The PredictionLogs of a version."""
    records = tf.data.TFRecordDataset(str(Path(folder) / "assets.extra" / "tf_serving_warmup_requests"))
    return [prediction_log_pb2.PredictionLog.FromString(record.numpy()) for record in records]


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """The service over gRPC.

    Attributes:
        requests: all PredictRequests so far.
        faults: (code, message) that the next requests are answered with instead, first to last.
        pause: seconds before each answer.
    """

    def __init__(self, servables):
        self.servables, self.requests, self.faults = servables, [], []
        self.stopped = threading.Event()
        self.pause = 0

    def Predict(self, request, context):
        self.requests.append(request)
        self.stopped.wait(self.pause)
        with contextlib.suppress(IndexError):
            context.abort(*self.faults.pop(0))
        try:
            return self.servables.predict(request)
        except RefusedError as error:
            context.abort(error.code, str(error))


@contextlib.contextmanager
def serving(servables, port=0):
    """Serves on 127.0.0.1; yields (`PredictionService`, port)."""
    service = PredictionService(servables)
    with ThreadPoolExecutor(16) as threads:
        options = [("grpc.max_receive_message_length", -1), ("grpc.so_reuseport", 0)]
        server = grpc.server(threads, options=options)
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(service, server)
        port = server.add_insecure_port(f"127.0.0.1:{port}")
        server.start()
        try:
            yield service, port
        finally:
            service.stopped.set()
            server.stop(None).wait()


def _load(folder):
    session = cpp_loader.Session(folder)
    if (folder / "assets.extra").is_dir():
        for log in warmup_logs(folder):
            run(session, log.predict_log.request)
    return session


def _as_field(array):
    """A TensorProto with its numbers in the field of their type, as TF Serving has them."""
    tensor = tf.make_tensor_proto(array.tolist() if array.dtype == object else array)
    if array.dtype == np.float32:
        tensor.ClearField("tensor_content")
        tensor.ClearField("float_val")  # there already if it is a single number
        tensor.float_val.extend(array.ravel().tolist())
    return tensor
