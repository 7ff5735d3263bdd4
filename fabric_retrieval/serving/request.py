"""What TF Serving is asked."""

import tensorflow as tf
from tensorflow.core.framework import tensor_pb2, types_pb2

from fabric_retrieval.serving import stubs


def image_request(model, signature, images, version=None):
    """A PredictRequest of encoded images.

    Args:
        model: name. signature: name of one with the input `image_bytes`.
        images: list of B bytes.
        version: int; None leaves it to the server, which takes the latest.
    """
    # tf.make_tensor_proto would lay all of them side by side first, each in the room of the largest.
    shape = tf.TensorShape([len(images)]).as_proto()
    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, tensor_shape=shape, string_val=images)
    return _request(model, signature, version, "image_bytes", tensor)


def pixels_request(model, pixels):
    """A PredictRequest of [B, H, W, 3] uint8."""
    return _request(model, "pixels", None, "pixels", tf.make_tensor_proto(pixels, tf.uint8))


def _request(model, signature, version, name, tensor):
    predict_pb2, _, _ = stubs()
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    request.model_spec.signature_name = signature
    if version is not None:
        request.model_spec.version.value = version
    request.inputs[name].CopyFrom(tensor)
    return request
