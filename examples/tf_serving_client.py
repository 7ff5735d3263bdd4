"""Asks TensorFlow Serving for the embeddings of photographs, over REST or gRPC.

  python examples/tf_serving_client.py --api=rest --server=127.0.0.1:8501 cloth.jpg other.jpg
  python examples/tf_serving_client.py --api=grpc --server=127.0.0.1:8500 --out=features.npy *.jpg

prints the squared distance of every photograph to the first. REST needs nothing but Python's own library;
gRPC needs tensorflow-serving-api (pip install 'fabric-retrieval[serve]').
"""

import base64
import json
import urllib.error
import urllib.request

import numpy as np
from absl import app, flags

from fabric_retrieval import errors
from fabric_retrieval.data.photographs import PhotographError, read_photograph
from fabric_retrieval.flags import prepare_tensorflow

flags.DEFINE_enum("api", "rest", ["rest", "grpc"], "How to ask.")
flags.DEFINE_string("server", None, "HOST:PORT. Default: 127.0.0.1, port 8501 for REST, 8500 for gRPC.")
flags.DEFINE_string("model", "fabric", "Name of the model.")
flags.DEFINE_integer("version", None, "Version of the model. Default: the latest.", lower_bound=1)
flags.DEFINE_integer("batch_size", 32, "Photographs in one request.", lower_bound=1)
flags.DEFINE_float("timeout", 30.0, "Seconds to wait for an answer.", lower_bound=0.001)
flags.DEFINE_string("out", None, "File for the embeddings, [N, D] float32, as .npy.")


def embed_rest(server, model, version, images, timeout):
    """B lists of D numbers, of a list of B encoded images, over REST; bytes travel in base64."""
    version = "" if version is None else f"/versions/{version}"
    url = f"http://{server}/v1/models/{model}{version}:predict"
    instances = [{"image_bytes": {"b64": base64.b64encode(image).decode()}} for image in images]
    body = json.dumps({"signature_name": "serving_default", "instances": instances}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.load(answer)["predictions"]  # of one output only, so without its name
    except urllib.error.HTTPError as error:
        reason = error.read().decode(errors="replace")  # JSON {"error": …}, unless another server answers
        raise errors.UserError(f"{url}: {error.code}: {reason}") from error
    except OSError as error:
        raise errors.UserError(f"{url}: {error}") from error


def embed_grpc(server, model, version, images, timeout):
    """[B, D] float32, of a list of B encoded images, over gRPC."""
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    request.model_spec.signature_name = "serving_default"
    if version is not None:
        request.model_spec.version.value = version
    request.inputs["image_bytes"].CopyFrom(tf.make_tensor_proto(images, tf.string))
    with grpc.insecure_channel(server, [("grpc.max_receive_message_length", -1)]) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        try:
            return tf.make_ndarray(stub.Predict(request, timeout).outputs["embedding"])
        except grpc.RpcError as error:
            raise errors.UserError(f"{server}: {error.code().name}: {error.details()}") from error


def read(paths):
    """Upright JPEGs of photographs of any kind: the model does not turn them."""
    images = []
    for path in paths:
        try:
            images.append(read_photograph(path)[0])
        except PhotographError as error:
            raise errors.UserError(f"{path}: {error.reason}") from error
    return images


def main(argv):
    prepare_tensorflow()
    values, paths = flags.FLAGS, argv[1:]
    if not paths:
        raise app.UsageError("Give the photographs to embed.")
    embed, port = {"rest": (embed_rest, 8501), "grpc": (embed_grpc, 8500)}[values.api]
    server = values.server or f"127.0.0.1:{port}"
    with errors.brief():
        images = read(paths)
        batches = [images[i : i + values.batch_size] for i in range(0, len(images), values.batch_size)]
        answers = [embed(server, values.model, values.version, batch, values.timeout) for batch in batches]
        embeddings = np.concatenate(answers).astype(np.float32)
        if values.out:
            np.save(values.out, embeddings)
    for path, distance in zip(paths, np.square(embeddings - embeddings[0]).sum(axis=1), strict=True):
        print(f"{distance:10.4f}  {path}")


if __name__ == "__main__":
    app.run(main)
