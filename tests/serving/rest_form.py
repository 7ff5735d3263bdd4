"""The form of TF Serving's RESTful API, as its page "RESTful API" documents it, for the parts used here.

JSON schemas of the bodies of Predict and of the model's status, and a server that takes nothing else.
"""

import base64
import contextlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
import jsonschema
import numpy as np
import tensorflow as tf
from serving.model_server import RefusedError
from tensorflow_serving.apis import predict_pb2

BASE64 = r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
DEFINITIONS = {
    "binary": {  # "Encoding binary values"
        "type": "object",
        "properties": {"b64": {"type": "string", "pattern": BASE64}},
        "required": ["b64"],
        "additionalProperties": False,
    },
    "tensor": {  # <value>|<(nested)list>
        "anyOf": [
            {"type": ["number", "string", "boolean"]},
            {"$ref": "#/$defs/binary"},
            {"type": "array", "items": {"$ref": "#/$defs/tensor"}},
        ]
    },
    "named": {  # an object of tensors by the names of inputs or outputs
        "type": "object",
        "propertyNames": {"not": {"const": "b64"}},
        "minProperties": 1,
        "additionalProperties": {"$ref": "#/$defs/tensor"},
    },
    "rows": {
        "type": "array",
        "minItems": 1,
        "anyOf": [
            {"items": {"$ref": "#/$defs/tensor"}},
            {"items": {"$ref": "#/$defs/named"}},
        ],
    },
    "columns": {"anyOf": [{"$ref": "#/$defs/tensor"}, {"$ref": "#/$defs/named"}]},
}


def _body(**properties):
    return {"$defs": DEFINITIONS, "type": "object", "additionalProperties": False, "properties": properties}


ROWS, COLUMNS, STRING = {"$ref": "#/$defs/rows"}, {"$ref": "#/$defs/columns"}, {"type": "string"}
REQUEST = _body(signature_name=STRING, instances=ROWS, inputs=COLUMNS) | {
    "oneOf": [{"required": ["instances"]}, {"required": ["inputs"]}]
}
RESPONSE = _body(predictions=ROWS, outputs=COLUMNS) | {
    "oneOf": [{"required": ["predictions"]}, {"required": ["outputs"]}]
}
ERROR = _body(error=STRING) | {"required": ["error"]}
PREDICT = re.compile(r"/v1/models/([^/:]+)(?:/versions/(\d+))?:predict")
STATUS = re.compile(r"/v1/models/([^/:]+)")
HTTP = {grpc.StatusCode.INVALID_ARGUMENT: 400, grpc.StatusCode.NOT_FOUND: 404}


def predict(servables, model, version, body):
    """The answer to a Predict body in row form, both as parsed JSON.

    Raises:
        RefusedError: the body is not of the documented form, or the model refuses it.
    """
    try:
        jsonschema.validate(body, REQUEST)
    except jsonschema.ValidationError as error:
        raise RefusedError(grpc.StatusCode.INVALID_ARGUMENT, f"JSON Value: {error.message}") from error
    signature = body.get("signature_name", "serving_default")
    definitions = servables.signatures(model, version)
    if signature not in definitions:
        raise RefusedError(grpc.StatusCode.INVALID_ARGUMENT, f'Serving signature name: "{signature}" unknown')
    request = predict_pb2.PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = model, signature
    if version is not None:
        request.model_spec.version.value = version
    columns = _columns(body["instances"], list(definitions[signature].inputs))
    for name, values in columns.items():
        info = definitions[signature].inputs.get(name)
        if info is None:
            raise RefusedError(grpc.StatusCode.INVALID_ARGUMENT, f"does not have named input: {name}")
        request.inputs[name].CopyFrom(tf.make_tensor_proto(_decoded(values), tf.as_dtype(info.dtype)))
    outputs = {name: tf.make_ndarray(value) for name, value in servables.predict(request).outputs.items()}
    (output,) = outputs.values()  # one output goes without its name
    answer = {"predictions": [_plain(row) for row in output]}
    jsonschema.validate(answer, RESPONSE)
    return answer


def status(servables, model):
    """What GET /v1/models/MODEL says of a model that is served."""
    version = servables.version_of(model)
    if version is None:
        raise RefusedError(grpc.StatusCode.NOT_FOUND, f"Could not find any versions of model {model}")
    ok = {"error_code": "OK", "error_message": ""}
    return {"model_version_status": [{"version": str(version), "state": "AVAILABLE", "status": ok}]}


@contextlib.contextmanager
def rest_serving(servables):
    """Serves the API on 127.0.0.1; yields the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(PREDICT, lambda name, version: predict(servables, name, version, _parsed(body)))

        def do_GET(self):
            self._answer(STATUS, lambda name: status(servables, name))

        def log_message(self, *_):
            pass

        def _answer(self, pattern, function):
            code = 200
            try:
                answer = function(*_arguments(pattern, self.path))
            except RefusedError as error:
                code, answer = HTTP.get(error.code, 500), {"error": str(error)}
                jsonschema.validate(answer, ERROR)
            data = json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _arguments(pattern, path):
    found = pattern.fullmatch(path)
    if not found:
        raise RefusedError(grpc.StatusCode.INVALID_ARGUMENT, f"Malformed request: {path}")
    name, *version = found.groups()
    return name, *(number and int(number) for number in version)


def _parsed(body):
    try:
        return json.loads(body)
    except ValueError as error:
        raise RefusedError(grpc.StatusCode.INVALID_ARGUMENT, f"JSON Parse error: {error}") from error


def _columns(instances, inputs):
    """name → rows; with a single input its name may be left out."""
    if isinstance(instances[0], dict) and "b64" not in instances[0]:
        return {name: [row[name] for row in instances] for name in instances[0]}
    (name,) = inputs
    return {name: instances}


def _decoded(value):
    if isinstance(value, dict):
        return base64.b64decode(value["b64"], validate=True)
    return [_decoded(each) for each in value] if isinstance(value, list) else value


def _plain(row):
    return row.decode() if isinstance(row, bytes) else np.asarray(row).tolist()
