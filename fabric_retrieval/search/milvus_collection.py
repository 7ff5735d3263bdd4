"""The collections of an index in Milvus: its images, and one row that says what they are."""

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

from fabric_retrieval.errors import UserError
from fabric_retrieval.search.engines import EF_CONSTRUCTION, EF_SEARCH, LINKS, code_bytes
from fabric_retrieval.search.milvus_client import MilvusConnection

COLLECTION = "fabrics"
ABOUT = "_about"  # of the second collection
LONGEST = 65_535  # bytes of a string in Milvus
FIELDS = [("key", 32), ("fabric", 32), ("item", LONGEST)]  # of a row, with their most bytes
LISTS = 1024  # of an index of short codes


def connect(location, new):
    """(`MilvusConnection`, name of the collection) of a location; `new`: a file is made where there is none.

    Raises:
        UserError: no such file, no answer, or no name for a collection.
    """
    location = str(location)
    if is_lite(location):
        if not new and not Path(location).exists():
            raise UserError(f"There is no index at {location}. fabric-index create makes one.")
        return MilvusConnection(location), COLLECTION
    parts = urlsplit(location)
    collection = parts.path.strip("/") or COLLECTION
    if not collection.isidentifier():
        raise UserError(f"{location}: {collection!r} cannot name a collection: letters, digits and _ can.")
    server = parts._replace(path="", query="", fragment="").geturl()
    return MilvusConnection(server, os.environ.get("MILVUS_TOKEN", "")), collection


def is_lite(location):
    """Whether a location is a file of milvus-lite, not a server."""
    return not str(location).startswith(("http://", "https://"))


def make(connection, collection, kind, lite, dimension):
    """Makes the collection of images, which must not be there yet."""
    connection.make(collection, FIELDS, dimension, *_index(kind, lite, dimension))


def drop_unfinished(connection, collection):
    """Removes the empty collection that a killed `create` has left, if it is one of ours."""
    if not connection.has_collection(collection):
        return
    fields = {field["name"] for field in connection.describe_collection(collection)["fields"]}
    if fields != {name for name, _ in FIELDS} | {"vector"}:
        return
    connection.load_collection(collection)
    (rows,) = connection.query(collection, filter="", output_fields=["count(*)"])
    if rows["count(*)"] == 0:
        connection.drop_collection(collection)


def write_about(connection, collection, about):
    """Says what a collection is, by a dict of JSON values."""
    name = collection + ABOUT
    if not connection.has_collection(name):
        connection.make(name, [("key", 32), ("item", LONGEST)], 2, "FLAT", {})
    connection.upsert(name, data=[{"key": "index", "item": json.dumps(about), "vector": [0.0, 0.0]}])
    connection.flush(name)


def read_about(connection, collection):
    """What was last said of a collection; None: nothing, as it was never wholly made."""
    name = collection + ABOUT
    if not connection.has_collection(name):
        return None
    connection.load_collection(name)
    rows = connection.get(name, ids=["index"], output_fields=["item"], consistency_level="Strong")
    return json.loads(rows[0]["item"]) if rows else None


def search_parameters(effort, limit):
    """Parameters of a search for `limit` images; ef is for HNSW, nprobe for IVF_PQ."""
    params = {"ef": max(EF_SEARCH * effort, limit), "nprobe": min(LISTS, LISTS // 32 * effort)}
    return {"metric_type": "L2", "params": params}


def _index(kind, lite, dimension):
    """(type, parameters) of an index as Milvus names them."""
    if kind == "flat" or (lite and kind == "auto"):
        return "FLAT", {}
    if kind == "ivfpq":
        return "IVF_PQ", {"nlist": LISTS, "m": code_bytes(dimension), "nbits": 8}
    return "HNSW", {"M": LINKS, "efConstruction": EF_CONSTRUCTION}
