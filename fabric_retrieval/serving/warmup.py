"""Requests that TF Serving runs through a model before it answers others.

Without them the first users wait for what TensorFlow initialises at first use. Form and place of the file are
those of TF Serving's "SavedModel Warmup": TFRecords of PredictionLog, at most 1,000.
"""

import io
import itertools

import tensorflow as tf
from PIL import Image

from fabric_retrieval.data.photographs import QUALITY, PhotographError, read_photograph
from fabric_retrieval.errors import UserError
from fabric_retrieval.rendering.collection import draw_photographs
from fabric_retrieval.serving import ABOUT, LARGEST_BATCH, SIGNATURE, stubs
from fabric_retrieval.serving.request import image_request, pixels_request

FILE = "assets.extra/tf_serving_warmup_requests"
BATCHES = (1, 2, 4, 8, 16, LARGEST_BATCH)  # a larger one would be refused, and with it the model
DRAWN = 4
LONGEST_SIDE = 1024  # of given photographs: 63 of them, as they come, would make a file of hundreds of MB


def warmup_photographs(paths=()):
    """JPEGs, upright: those of `paths`, no side longer than 1,024 pixels, or else four drawn ones.

    Raises:
        UserError: a photograph cannot be read.
    """
    if not paths:
        return [draw_photographs(0, fabric, [0])[0][0] for fabric in range(DRAWN)]
    return [_reduced(path) for path in paths]


def write_warmup(path, model, photographs):
    """Writes the warm-up requests of a model: every signature, and batches of 1 to 32 photographs."""
    _, prediction_log_pb2, _ = stubs()
    with tf.io.TFRecordWriter(str(path)) as writer:
        for request in _requests(model, photographs):
            log = prediction_log_pb2.PredictLog(request=request)
            writer.write(prediction_log_pb2.PredictionLog(predict_log=log).SerializeToString())


def _requests(model, photographs):
    endless = itertools.cycle(photographs)
    for batch in BATCHES:
        yield image_request(model, SIGNATURE, list(itertools.islice(endless, batch)))
    yield pixels_request(model, tf.io.decode_jpeg(photographs[0], channels=3)[tf.newaxis].numpy())
    yield image_request(model, ABOUT, [b""])


def _reduced(path):
    try:
        data, _ = read_photograph(path)
    except PhotographError as error:
        raise UserError(f"{path}: {error.reason}: give another photograph to warm up with.") from error
    image = Image.open(io.BytesIO(data))
    if max(image.size) <= LONGEST_SIDE:
        return data
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()
