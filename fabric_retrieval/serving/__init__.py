"""A SavedModel under TensorFlow Serving: laid out, warmed up, and able to say what it is."""

from fabric_retrieval.errors import UserError

SIGNATURE = "serving_default"
ABOUT = "about"  # the signature by which a served model says what it is
LARGEST_BATCH = 32  # images in a request, and in a batch of the server: max_batch_size of deploy/batching.txt
EXPORT_FINGERPRINT = "export_fingerprint"  # in metadata.json: of the export that was laid out


def stubs():
    """The modules (predict_pb2, prediction_log_pb2, prediction_service_pb2_grpc) of tensorflow-serving-api.

    Raises:
        UserError: not installed.
    """
    try:
        from tensorflow_serving.apis import predict_pb2, prediction_log_pb2, prediction_service_pb2_grpc
    except ImportError as error:
        raise UserError(
            f"TF Serving needs tensorflow-serving-api ({error}): pip install 'fabric-retrieval[serve]'."
        ) from error
    return predict_pb2, prediction_log_pb2, prediction_service_pb2_grpc
