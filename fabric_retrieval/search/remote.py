"""A model that TF Serving runs, asked over gRPC, in place of one in this process."""

import json
import time
from urllib.parse import urlsplit

import grpc
import numpy as np
import tensorflow as tf

from fabric_retrieval.errors import UserError
from fabric_retrieval.search.describer import finite, unreadable
from fabric_retrieval.serving import ABOUT, LARGEST_BATCH, SIGNATURE, stubs
from fabric_retrieval.serving.request import image_request

PORT = 8500  # of TF Serving's gRPC
MODEL = "fabric"
MOST_BYTES = 64 * 2**20  # of images in one request
PAUSES = (0.1, 0.4, 1.0)  # seconds before the server is asked again
OPTIONS = (
    ("grpc.max_receive_message_length", -1),  # of 4 MB otherwise: 32 embeddings can be more
    ("grpc.enable_http_proxy", 0),
    ("grpc.max_reconnect_backoff_ms", 1000),  # two minutes otherwise, after a server was away for long
)
REFUSED = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION)
RUNNING = "Is TF Serving running there? Try again."
ADVICE = {
    grpc.StatusCode.UNAVAILABLE: RUNNING,
    grpc.StatusCode.DEADLINE_EXCEEDED: RUNNING,
    grpc.StatusCode.RESOURCE_EXHAUSTED: RUNNING,
    grpc.StatusCode.NOT_FOUND: "The server has no such model or version (any longer).",
}


class UnavailableError(UserError, ConnectionError):
    """The server does not answer, has too much to do, or does not serve the model (any longer)."""


class RemoteDescriber:
    """Photographs → embeddings by a model of TF Serving; threads may share one.

    The version that answers first is asked from then on: were the server to take up another model,
    its embeddings would mean nothing to the index.

    Attributes:
        fingerprint: of the export that is served, hexadecimal. metadata: its metadata.json.
        dimension: D of the embeddings. version: int.
    """

    def __init__(self, url, timeout=30.0):
        """Asks the server what it serves.

        Args:
            url: grpc://HOST[:8500][/fabric[/VERSION]]; without VERSION the latest.
            timeout: seconds that an answer may take, repeated questions included.

        Raises:
            UserError: no such URL, or a model that does not say what it is.
            UnavailableError: no answer, or no such model or version.
        """
        self._url, self._timeout = url, timeout
        self._address, self._model, self.version = _parse(url)
        _, _, services = stubs()
        self._channel = grpc.insecure_channel(self._address, OPTIONS)
        self._stub = services.PredictionServiceStub(self._channel)
        try:
            response = self._ask(ABOUT, [b""])
        except _RefusedError as error:
            raise UserError(
                f"{url}: the model does not say which one it is ({error}): "
                "lay it out with python -m fabric_retrieval.serving."
            ) from error
        (text,) = tf.make_ndarray(response.outputs[ABOUT])
        about = json.loads(text)
        self.version = response.model_spec.version.value
        self.fingerprint, self.metadata = about["fingerprint"], about["metadata"]
        self.dimension = self.metadata["dimension"]

    def __call__(self, photographs):
        """The vectors of upright JPEGs or PNGs, a list of N bytes: [N, D] float32.

        Raises:
            UserError: one cannot be decoded, or its vector is NaN or infinite; it is named by its
                number, from 1.
            UnavailableError: no answer, or the version is no longer served.
        """
        vectors = [np.empty((0, self.dimension), np.float32)]
        for start, batch in _batches(photographs):
            vectors.append(self._described(batch, start, len(photographs)))
        return np.concatenate(vectors)

    def close(self):
        """Ends the connection."""
        self._channel.close()

    def _described(self, batch, start, count):
        try:
            vectors = self._embeddings(batch)
        except _RefusedError:
            # With the server's batching the one at fault may even be somebody else's: each for itself.
            vectors = np.concatenate(
                [self._alone(photograph, number, count) for number, photograph in enumerate(batch, start + 1)]
            )
        return finite(vectors, start, count)

    def _alone(self, photograph, number, count):
        try:
            return self._embeddings([photograph])
        except _RefusedError as error:
            raise unreadable(number, count, error) from error

    def _embeddings(self, photographs):
        return tf.make_ndarray(self._ask(SIGNATURE, photographs).outputs["embedding"])

    def _ask(self, signature, images):
        request = image_request(self._model, signature, images, self.version)
        end = time.monotonic() + self._timeout
        for pause in (*PAUSES, None):
            try:
                return self._stub.Predict(request, timeout=end - time.monotonic())
            except grpc.RpcError as error:
                again = error.code() is grpc.StatusCode.UNAVAILABLE and pause is not None
                if not again or time.monotonic() + pause >= end:
                    raise self._said(error) from error
            time.sleep(pause)

    def _said(self, error):
        code, details = error.code(), (error.details() or "").partition("\n")[0]
        if code in REFUSED:
            return _RefusedError(details)
        advice = ADVICE.get(code, "Is this the gRPC port of TF Serving?")
        return UnavailableError(f"{self._url}: {code.name}: {details}. {advice}")


class _RefusedError(UserError):
    """The server does not take this input."""


def _parse(url):
    """grpc://HOST[:PORT][/MODEL[/VERSION]] → (HOST:PORT, MODEL, VERSION or None)."""
    wrong = UserError(f"{url}: expected grpc://HOST:{PORT}/{MODEL}, or grpc://HOST:{PORT}/{MODEL}/VERSION.")
    try:
        parts = urlsplit(url)
        port = parts.port  # raises if it is none
    except ValueError as error:
        raise wrong from error
    model, slash, version = parts.path.strip("/").partition("/")
    if (
        parts.scheme != "grpc"
        or not parts.hostname
        or parts.username is not None
        or parts.query
        or parts.fragment
        or (slash and not version.isdecimal())
    ):
        raise wrong
    address = parts.netloc if port is not None else f"{parts.netloc.rstrip(':')}:{PORT}"
    return address, model or MODEL, int(version) if slash else None


def _batches(images):
    """Yields (number of the first, list) of consecutive images: at most 32, and 64 MB if not a single one."""
    first, batch, size = 0, [], 0
    for number, image in enumerate(images):
        if batch and (len(batch) == LARGEST_BATCH or size + len(image) > MOST_BYTES):
            yield first, batch
            first, batch, size = number, [], 0
        batch.append(image)
        size += len(image)
    if batch:
        yield first, batch
