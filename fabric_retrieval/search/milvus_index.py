"""An index in Milvus: a server, for catalogues that outgrow one machine, or a file *.db by milvus-lite."""

import hashlib
import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from fabric_retrieval.errors import UserError
from fabric_retrieval.search.checks import (
    check_count,
    check_items,
    check_kind,
    checked_vectors,
    json_values,
)
from fabric_retrieval.search.engines import CODED_CANDIDATES, EF_CONSTRUCTION, EF_SEARCH, LINKS, code_bytes
from fabric_retrieval.search.index import Description, Hit, Index, Item
from fabric_retrieval.search.manifest import now
from fabric_retrieval.search.milvus_client import MilvusConnection
from fabric_retrieval.search.parts import decode, encode
from fabric_retrieval.search.sureness import Calibration

COLLECTION = "fabrics"
ABOUT = "_about"  # of a second collection, whose only row says what the first one is
LONGEST = 65_535  # bytes of a string in Milvus
MOST_FOUND = 16_384  # images by one search of Milvus
BATCH = 512  # images handed over at once
QUERIES = 64  # at once
EFFORTS = (1, 4, 16)


class MilvusIndex(Index):
    """See `Index`. It is made by `create_index` and `open_index`.

    An image is a row: a hash of its id as its key, a hash of its fabric, its item as JSON, and its vector. So no
    name is ever part of a filter, in which it would have to be quoted.
    """

    def __init__(self, location, connection, collection, about):
        self.location, self._milvus, self._collection = str(location), connection, collection
        self._read(about)

    @classmethod
    def create(cls, location, description, kind="auto"):
        check_kind(kind)
        json_values("settings", description.settings)
        lite = not str(location).startswith("http")
        if lite and kind == "ivfpq":
            raise UserError(f"{location}: milvus-lite has no index of kind ivfpq; use a server, or another kind.")
        connection, collection = _connect(location, new=True)
        try:
            if connection.has_collection(collection + ABOUT):
                raise UserError(f"There is an index at {location} already: add to it, or name another collection.")
            if connection.has_collection(collection):
                raise UserError(
                    f"{location}: the collection {collection!r} is there and was not made by this package: name "
                    "another one, http://host:port/COLLECTION."
                )
            _make(connection, collection, _index(kind, lite, description.dimension), description.dimension)
            made = now()
            about = {"description": asdict(description), "kind": kind, "made": made, "changed": made}
            # The row that says what the collection is comes last: an index without it was never made.
            _make_about(connection, collection)
            _write_about(connection, collection, about)
        except BaseException:
            connection.close()
            raise
        return cls(location, connection, collection, about)

    @classmethod
    def open(cls, location):
        connection, collection = _connect(location, new=False)
        try:
            about = _read_about(connection, collection)
            if about is None:
                raise UserError(f"There is no index at {location}. fabric-index create makes one.")
            connection.load_collection(collection)
        except BaseException:
            connection.close()
            raise
        return cls(location, connection, collection, about)

    def info(self):
        fabrics = {row["fabric"] for row in self._rows(["fabric"])}
        return {
            "location": self.location,
            "kind": self._about["kind"],
            "engine": "milvus",
            "count": self.count(),
            "fabrics": len(fabrics),
            "dimension": self.description.dimension,
            "model": self.description.model,
            "model_name": self.description.model_name,
            "made": self._about["made"],
            "changed": self._about["changed"],
            "bytes": None,
            "removed": 0,
            "calibrated": self.calibration is not None,
        }

    def count(self):
        (answer,) = self._milvus.query(self._collection, filter="", output_fields=["count(*)"])
        return answer["count(*)"]

    def add(self, items, vectors):
        items = [Item(*item) for item in items]
        check_items(items)
        vectors = checked_vectors(vectors, self.description.dimension, [item.image_id for item in items])
        rows = [
            {
                "key": _key(item.image_id),
                "fabric": _key(item.fabric),
                "item": encode(item).decode(),
                "vector": vector.tolist(),
            }
            for item, vector in zip(items, vectors, strict=True)
        ]
        for item, row in zip(items, rows, strict=True):
            if len(row["item"]) > LONGEST:
                raise UserError(
                    f"The metadata of image {item.image_id!r} take {len(row['item']):,} bytes as JSON, and Milvus "
                    f"holds {LONGEST:,}. Give less."
                )
        for start in range(0, len(rows), BATCH):
            self._milvus.upsert(self._collection, data=rows[start : start + BATCH])
        self._changed = self._changed or bool(rows)

    def remove(self, image_ids):
        keys = [_key(image_id) for image_id in set(image_ids)]
        there = [row["key"] for row in self._of_keys(keys, ["key"])]
        for start in range(0, len(there), BATCH):
            self._milvus.delete(self._collection, ids=there[start : start + BATCH])
        self._changed = self._changed or bool(there)
        return len(there)

    def search(self, vectors, k, leave_out=frozenset()):
        check_count(k)
        queries, hidden = checked_vectors(vectors, self.description.dimension), set(leave_out)
        if k + len(hidden) > MOST_FOUND:
            raise UserError(
                f"Milvus finds at most {MOST_FOUND:,} images at once, those to be left out among them: "
                f"{k:,} and {len(hidden):,} are asked for. Ask for fewer."
            )
        found = []
        for start in range(0, len(queries), QUERIES):
            found += self._search(queries[start : start + QUERIES], k, hidden)
        return found

    def _search(self, queries, k, hidden):
        there = None
        for effort in EFFORTS:
            wanted = max(CODED_CANDIDATES, 4 * k) if self._about["kind"] == "ivfpq" else k + 16
            limit = min(MOST_FOUND, (wanted + len(hidden)) * effort)
            answers = self._milvus.search(
                self._collection,
                data=queries.tolist(),
                anns_field="vector",
                limit=limit,
                search_params={"metric_type": "L2", "params": _search_parameters(effort, limit)},
                output_fields=["item", "vector"],
            )
            found = [_hits(query, answer, hidden) for query, answer in zip(queries, answers, strict=True)]
            fewest = min(map(len, found))
            if fewest >= k:
                break
            if there is None:
                there = self.count() - len(self._of_keys([_key(image_id) for image_id in hidden], ["key"]))
            if fewest >= there:
                break
        return [hits[:k] for hits in found]

    def items(self, prefix=""):
        items = (decode(row["item"]) for row in self._rows(["item"]))
        yield from sorted(item for item in items if item.image_id.startswith(prefix))

    def get(self, image_id):
        rows = self._of_keys([_key(image_id)], ["item", "vector"])
        return (decode(rows[0]["item"]), np.array(rows[0]["vector"], np.float32)) if rows else None

    def of_fabric(self, fabric):
        return sorted(decode(row["item"]) for row in self._rows(["item"], f'fabric == "{_key(fabric)}"'))

    @property
    def settings(self):
        return json.loads(json.dumps(self.description.settings))

    @settings.setter
    def settings(self, settings):
        description = replace(self.description, settings=json_values("settings", settings))
        self._change(description=asdict(description))

    @property
    def calibration(self):
        content = self._about.get("calibration")
        return content and Calibration.from_json(content)

    @calibration.setter
    def calibration(self, calibration):
        self._change(calibration=calibration and calibration.to_json())

    def save(self):
        if self._changed:
            self._change()
            self._milvus.flush(self._collection)
            self._changed = False

    def outdated(self):
        return _read_about(self._milvus, self._collection) != self._about

    def close(self):
        self._milvus.close()

    def _read(self, about):
        self._about, self._changed = about, False
        self.description = Description(**about["description"])

    def _change(self, **values):
        about = {**self._about, **values, "changed": now()}
        _write_about(self._milvus, self._collection, about)
        self._read(about)

    def _of_keys(self, keys, fields):
        rows = []
        for start in range(0, len(keys), BATCH):
            rows += self._milvus.get(self._collection, ids=keys[start : start + BATCH], output_fields=fields)
        return rows

    def _rows(self, fields, condition=""):
        return self._milvus.iterate(self._collection, condition, fields)


def _connect(location, new):
    """(`MilvusConnection`, name of the collection) of a location."""
    location = str(location)
    if not location.startswith("http"):
        if not new and not Path(location).exists():
            raise UserError(f"There is no index at {location}. fabric-index create makes one.")
        return MilvusConnection(location), COLLECTION
    parts = urlsplit(location)
    collection = parts.path.strip("/") or COLLECTION
    if not collection.isidentifier():
        raise UserError(f"{location}: {collection!r} cannot name a collection: letters, digits and _ can.")
    server = parts._replace(path="", query="", fragment="").geturl()
    return MilvusConnection(server, os.environ.get("MILVUS_TOKEN", "")), collection


def _index(kind, lite, dimension):
    """(type of index, parameters) as Milvus names them."""
    if kind == "flat" or (lite and kind == "auto"):
        return "FLAT", {}
    if kind == "ivfpq":
        return "IVF_PQ", {"nlist": 1024, "m": code_bytes(dimension), "nbits": 8}
    return "HNSW", {"M": LINKS, "efConstruction": EF_CONSTRUCTION}


def _search_parameters(effort, limit):
    """Each type of index takes what it knows: ef is of HNSW, nprobe of IVF_PQ."""
    return {"ef": max(EF_SEARCH * effort, limit), "nprobe": min(1024, 32 * effort)}


def _make(connection, collection, index, dimension):
    fields = [("key", 32), ("fabric", 32), ("item", LONGEST)]
    connection.make(collection, fields, dimension, *index)


def _make_about(connection, collection):
    connection.make(collection + ABOUT, [("key", 32), ("item", LONGEST)], 2, "FLAT", {})


def _write_about(connection, collection, about):
    row = {"key": "index", "item": json.dumps(about), "vector": [0.0, 0.0]}
    connection.upsert(collection + ABOUT, data=[row])
    connection.flush(collection + ABOUT)


def _read_about(connection, collection):
    """What the collection is, a dict, or None."""
    if not connection.has_collection(collection + ABOUT):
        return None
    connection.load_collection(collection + ABOUT)
    rows = connection.get(collection + ABOUT, ids=["index"], output_fields=["item"])
    return json.loads(rows[0]["item"]) if rows else None


def _key(name):
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _hits(query, answer, hidden):
    """What Milvus found for one query, with exact distances in exact order."""
    if not answer:
        return []
    items = [decode(row["entity"]["item"]) for row in answer]
    vectors = np.array([row["entity"]["vector"] for row in answer], np.float32)
    difference = np.subtract(vectors, query, dtype=np.float64)
    lengths = np.einsum("nd,nd->n", difference, difference).tolist()
    hits = [
        Hit(item.image_id, item.fabric, length, item.metadata)
        for item, length in zip(items, lengths, strict=True)
        if item.image_id not in hidden
    ]
    return sorted(hits, key=lambda hit: (hit.distance, hit.image_id))
