"""Photographs to vectors, by the model of an index."""

from pathlib import Path

import numpy as np

from fabric_retrieval.errors import UserError
from fabric_retrieval.search.index import Description

BATCH = 32  # photographs that go through the model at once


class Describer:
    """A SavedModel in this process; TensorFlow is loaded with it.

    Attributes:
        fingerprint: sha256 of the model's files, hexadecimal. metadata: its metadata.json.
        dimension: D.
    """

    def __init__(self, folder):
        """folder: of the SavedModel. Raises `UserError` where there is none that `train.py` has exported."""
        for name in ("saved_model.pb", "metadata.json"):
            if not (Path(folder) / name).is_file():
                raise UserError(f"{folder} holds no {name}: it is no exported model, as RUN/saved_model is.")
        from fabric_retrieval.evaluation.embedder import Embedder

        self._embedder = Embedder(folder)
        self.fingerprint, self.metadata = self._embedder.fingerprint, self._embedder.metadata
        self.dimension = self.metadata["dimension"]

    def __call__(self, photographs):
        """The vectors of upright JPEGs or PNGs, a list of N bytes: [N, D] float32.

        Raises:
            UserError: one cannot be decoded, or its vector is NaN or infinite; its number is told, from 1.
        """
        vectors = [np.empty((0, self.dimension), np.float32)]
        for start in range(0, len(photographs), BATCH):
            vectors.append(self._described(photographs[start : start + BATCH], start, len(photographs)))
        return np.concatenate(vectors)

    def _described(self, batch, start, count):
        from tensorflow import constant, errors

        try:
            vectors = self._embedder(constant(batch))
        except errors.InvalidArgumentError as error:
            for number, photograph in enumerate(batch, start + 1):
                try:
                    self._embedder(constant([photograph]))
                except errors.InvalidArgumentError as reason:
                    raise unreadable(number, count, reason.message.splitlines()[0]) from error
            raise
        return finite(vectors, start, count)


def description(describer, settings=None):
    """The `Description` of an index of a describer's vectors."""
    metadata = describer.metadata
    named = (metadata.get(name) for name in ("method", "feature_layer", "dataset"))
    name = ", ".join(str(value) for value in named if value)
    version = metadata.get("version", "unknown")
    model_name = f"{name or 'a model'} (step {metadata.get('step', 'unknown')}, fabric_retrieval {version})"
    return Description(describer.fingerprint, model_name, describer.dimension, settings or {})


def open_model(location):
    """What describes photographs: a `Describer` of a folder, or of a server, grpc://host:port/name."""
    if str(location).startswith("grpc://"):
        from fabric_retrieval.search.remote import RemoteDescriber

        return RemoteDescriber(location)
    return Describer(location)


def finite(vectors, start, count):
    """Vectors [n, D] of the photographs from `start` on, of `count`; `UserError` on NaN and infinity."""
    for number in np.flatnonzero(~np.isfinite(vectors).all(axis=1)).tolist():
        raise unreadable(start + number + 1, count, "its vector is NaN or infinite")
    return vectors


def unreadable(number, count, reason):
    """The `UserError` about photograph `number` of `count`, counted from 1."""
    which = "The photograph" if count == 1 else f"Photograph {number} of {count}"
    return UserError(f"{which} cannot be described: {reason}. Give an upright JPEG or PNG.")
