"""What an index of photographs can do, whichever engine holds their vectors."""

import abc
import os
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fabric_retrieval.errors import UserError

KINDS = ("auto", "flat", "hnsw", "ivfpq")


class Item(NamedTuple):
    """A photograph: its id, unique in an index; its fabric; and whatever JSON values belong to it."""

    image_id: str
    fabric: str
    metadata: dict[str, Any] = {}  # noqa: RUF012 (never changed in place)


class Hit(NamedTuple):
    """A photograph that was found, at a squared L2 distance."""

    image_id: str
    fabric: str
    distance: float
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Description:
    """Whose vectors an index holds.

    Attributes:
        model: fingerprint of the SavedModel. model_name: for people.
        dimension: D.
        settings: JSON values that belong to the whole index.
    """

    model: str
    model_name: str
    dimension: int
    settings: dict[str, Any] = field(default_factory=dict)


class Index(abc.ABC):
    """An index at a `location`: photographs with their vectors, of one model.

    What was added or removed is found, or not found, at once. In a folder it is kept by `save` only; a Milvus
    keeps it by itself. Several threads may search at once, but none while another one changes the index.
    """

    location: str
    description: Description  # its settings are those of now

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    @abc.abstractmethod
    def info(self):
        """Facts as a dict of JSON values.

        kind ("auto", "flat", "hnsw", "ivfpq": what was asked for), engine (what answers now), count (images),
        fabrics, dimension, model, model_name, made, changed (ISO 8601 with time zone), bytes (on disk, None:
        not known), removed (rows of removed images that are still held), calibrated (bool), location.
        """

    @abc.abstractmethod
    def count(self):
        """The number of images."""

    @abc.abstractmethod
    def add(self, items, vectors):
        """Adds images; those whose ids are there already take their place.

        Args:
            items: [N] `Item`.
            vectors: [N, D] floats, kept as float32.

        Raises:
            UserError: another shape; NaN or infinity, or what is no JSON, of an image, which is named; an id
                given twice. Nothing is added then.
        """

    @abc.abstractmethod
    def remove(self, image_ids):
        """Removes images; returns how many of these ids were there."""

    @abc.abstractmethod
    def search(self, vectors, k, leave_out=frozenset()):
        """The images nearest to each vector.

        Args:
            vectors: [Q, D] finite floats.
            k: how many; fewer are found where there are fewer.
            leave_out: ids that are not to be found.

        Returns:
            [Q] lists of `Hit`, ascending by distance, ties by id. Distances are exact whatever the engine:
            float64 sums of the squared differences of the float32 vectors.

        Raises:
            UserError: k below 1, another dimension, NaN or infinity.
        """

    @abc.abstractmethod
    def items(self, prefix=""):
        """Iterates over the `Item`s whose ids begin with `prefix`, ascending by id."""

    @abc.abstractmethod
    def get(self, image_id):
        """(`Item`, its vector [D] float32), or None: there is none of this id."""

    @abc.abstractmethod
    def of_fabric(self, fabric):
        """The `Item`s of a fabric, ascending by id; [] if there are none."""

    @abc.abstractmethod
    def photographs_of(self, fabrics):
        """{fabric: ([n] ids, [n, D] float32 vectors)} of all images of these fabrics; not of unknown ones."""

    @property
    @abc.abstractmethod
    def settings(self):
        """JSON values that belong to the whole index, a dict; assign another to change them."""

    @property
    @abc.abstractmethod
    def calibration(self):
        """How sure an answer is, a `sureness.Calibration`, or None; assign another to change it."""

    @abc.abstractmethod
    def save(self):
        """Keeps all changes, whole or not at all."""

    @abc.abstractmethod
    def outdated(self):
        """Whether another process has saved a later state than this one, so that opening again shows more."""

    @abc.abstractmethod
    def close(self):
        """Ends the use of the index; what was not saved is lost."""


def create_index(location, description, kind="auto"):
    """Makes an empty index and returns it, open.

    Args:
        location: a new folder: FAISS. http(s)://host:port[/collection], or a file *.db (milvus-lite):
            Milvus; an environment variable MILVUS_TOKEN holds "user:password" or a token for it.
        description: `Description`.
        kind: "flat" compares with every image; "hnsw" searches a graph, "ivfpq" short codes, which take the
            least memory. "auto": flat to 100,000 images, then hnsw.

    Raises:
        UserError: there is an index or something else already, a server that does not answer, or a kind that
            does not suit.
    """
    return _engine(location).create(os.path.expanduser(location), description, kind)


def open_index(location, model_fingerprint=None):
    """Opens an index.

    Args:
        location: as for `create_index`.
        model_fingerprint: of the model whose vectors are to be searched or added; None: not compared.

    Raises:
        UserError: no index there, a damaged one, one of another model, or a server that does not answer.
    """
    index = _engine(location).open(os.path.expanduser(location))
    if model_fingerprint not in (None, index.description.model):
        made_by = index.description
        index.close()
        raise UserError(
            f"The index {location} was made by another model: by {made_by.model_name} "
            f"(fingerprint {made_by.model[:16]}), not by that of fingerprint {model_fingerprint[:16]}. "
            "Use the model that made it, or make a new index with this one."
        )
    return index


def is_milvus(location):
    """Whether a location is a Milvus server or a file of milvus-lite, not a folder."""
    location = str(location)
    return location.startswith(("http://", "https://")) or location.endswith(".db")


def _engine(location):
    if "://" in str(location) and not is_milvus(location):
        raise UserError(f"--index={location}: expected a folder, http(s)://host:port[/collection] or *.db.")
    if is_milvus(location):
        from fabric_retrieval.search.milvus_index import MilvusIndex

        return MilvusIndex
    from fabric_retrieval.search.faiss_index import FaissIndex

    return FaissIndex
