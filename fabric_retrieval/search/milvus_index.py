"""An index in Milvus: a server, for catalogues that outgrow one machine, or a file *.db by milvus-lite."""

import hashlib
import json
from collections import defaultdict
from dataclasses import asdict, replace

import numpy as np

from fabric_retrieval.errors import UserError
from fabric_retrieval.search.checks import (
    check_count,
    check_items,
    check_kind,
    checked_vectors,
    json_values,
)
from fabric_retrieval.search.engines import CODED_CANDIDATES
from fabric_retrieval.search.index import Description, Hit, Index, Item
from fabric_retrieval.search.manifest import now
from fabric_retrieval.search.milvus_collection import (
    LONGEST,
    connect,
    drop_unfinished,
    is_lite,
    make,
    read_about,
    search_parameters,
    write_about,
)
from fabric_retrieval.search.parts import decode, encode
from fabric_retrieval.search.sureness import Calibration

MOST_FOUND = 16_384  # images by one search of Milvus
BATCH = 512  # images handed over at once
QUERIES = 64  # at once
ANSWER = 32 << 20  # bytes of an answer: Milvus 2.3 sends no more than 64 MB
TYPICAL = 1024  # bytes of an item, at most; those of a folder's photographs have 300
EFFORTS = (1, 4, 16)


class MilvusIndex(Index):
    """See `Index`. It is made by `create_index` and `open_index`.

    An image is a row: a hash of its id as its key, a hash of its fabric, its item as JSON, and its vector. So
    no name is ever part of a filter, in which it would have to be quoted.
    """

    def __init__(self, location, connection, collection, about):
        self.location, self._milvus, self._collection = str(location), connection, collection
        self._fabrics, self._counted = 0, None
        self._read(about)

    @classmethod
    def create(cls, location, description, kind="auto"):
        check_kind(kind)
        json_values("settings", description.settings)
        if is_lite(location) and kind == "ivfpq":
            raise UserError(f"{location}: milvus-lite has no kind ivfpq: use a server, or another kind.")
        connection, collection = connect(location, new=True)
        try:
            if read_about(connection, collection):
                raise UserError(f"There is an index at {location} already: add to it, or name another.")
            drop_unfinished(connection, collection)
            if connection.has_collection(collection):
                raise UserError(
                    f"{location}: the collection {collection!r} is there and was not made by this package: "
                    "name another one, http://host:port/COLLECTION."
                )
            make(connection, collection, kind, is_lite(location), description.dimension)
            about = {"description": asdict(description), "kind": kind, "revision": 0}
            about |= dict.fromkeys(("made", "changed"), now())
            write_about(connection, collection, about)  # last: without it the collection is no index
        except BaseException:
            connection.close()
            raise
        return cls(location, connection, collection, about)

    @classmethod
    def open(cls, location):
        connection, collection = connect(location, new=False)
        try:
            about = read_about(connection, collection)
            if about is None:
                raise UserError(f"There is no index at {location}. fabric-index create makes one.")
            connection.load_collection(collection)
        except BaseException:
            connection.close()
            raise
        return cls(location, connection, collection, about)

    def info(self):
        count, about = self.count(), read_about(self._milvus, self._collection)
        if self._counted != (count, about):  # else nothing was saved since the fabrics were counted
            self._fabrics = len({row["fabric"] for row in self._rows(["fabric"])})
            self._counted = (count, about)
        return {
            "location": self.location,
            "kind": self._about["kind"],
            "engine": "milvus",
            "count": count,
            "fabrics": self._fabrics,
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
        records = [encode(item) for item in items]
        for item, record in zip(items, records, strict=True):
            if len(record) > LONGEST:
                raise UserError(
                    f"The metadata of image {item.image_id!r} take {len(record):,} bytes as JSON, and Milvus "
                    f"holds {LONGEST:,}. Give less."
                )
        rows = [
            {
                "key": _key(item.image_id),
                "fabric": _key(item.fabric),
                "item": record.decode(),
                "vector": vector.tolist(),
            }
            for item, record, vector in zip(items, records, vectors, strict=True)
        ]
        for start in range(0, len(rows), BATCH):
            self._milvus.upsert(self._collection, data=rows[start : start + BATCH])
        self._counted = None
        self._changed = self._changed or bool(rows)

    def remove(self, image_ids):
        keys = [_key(image_id) for image_id in set(image_ids)]
        there = [row["key"] for row in self._of_keys(keys, ["key"])]
        for start in range(0, len(there), BATCH):
            self._milvus.delete(self._collection, ids=there[start : start + BATCH])
        self._counted = None
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
            answers = self._nearest(queries, limit, effort)
            found = [_hits(query, rows, hidden) for query, rows in zip(queries, answers, strict=True)]
            fewest = min(map(len, found))
            if fewest >= k:
                break
            if there is None:
                there = self.count() - len(self._of_keys([_key(image_id) for image_id in hidden], ["key"]))
            if fewest >= there:
                break
        return [hits[:k] for hits in found]

    def _nearest(self, queries, limit, effort):
        """[Q] lists of about the nearest `limit` rows, with item and vector, in answers that can be sent."""
        together = ANSWER // (limit * self._row_bytes(TYPICAL))
        fields = ["key", "item", "vector"] if together else ["key"]
        found = []
        for start in range(0, len(queries), max(1, together)):
            found += self._milvus.search(
                self._collection,
                data=queries[start : start + max(1, together)].tolist(),
                anns_field="vector",
                limit=limit,
                search_params=search_parameters(effort, limit),
                output_fields=fields,
            )
        found = [[row["entity"] for row in answer] for answer in found]
        if together:
            return found
        rows = self._of_keys(list({row["key"] for answer in found for row in answer}), ["item", "vector"])
        rows = {row["key"]: row for row in rows}
        return [[rows[row["key"]] for row in answer if row["key"] in rows] for answer in found]

    def items(self, prefix=""):
        items = (decode(row["item"].encode()) for row in self._rows(["item"]))
        yield from sorted(item for item in items if item.image_id.startswith(prefix))

    def get(self, image_id):
        rows = self._of_keys([_key(image_id)], ["item", "vector"])
        return (decode(rows[0]["item"].encode()), np.array(rows[0]["vector"], np.float32)) if rows else None

    def of_fabric(self, fabric):
        return sorted(
            decode(row["item"].encode()) for row in self._rows(["item"], f'fabric == "{_key(fabric)}"')
        )

    def photographs_of(self, fabrics):
        wanted = ", ".join(f'"{_key(fabric)}"' for fabric in sorted(fabrics))
        keys = [row["key"] for row in self._rows(["key"], f"fabric in [{wanted}]")] if wanted else []
        ids, vectors = defaultdict(list), defaultdict(list)
        for row in self._of_keys(keys, ["item", "vector"]):
            item = decode(row["item"].encode())
            ids[item.fabric].append(item.image_id)
            vectors[item.fabric].append(row["vector"])
        return {fabric: (ids[fabric], np.array(vectors[fabric], np.float32)) for fabric in ids}

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
        return read_about(self._milvus, self._collection) != self._about

    def close(self):
        self._milvus.close()

    def _read(self, about):
        self._about, self._changed = about, False
        self.description = Description(**about["description"])

    def _change(self, **values):
        there = read_about(self._milvus, self._collection) or self._about
        if "description" in values and there["description"] != self._about["description"]:
            raise UserError(
                f"The settings of the index {self.location} have been changed by another process since it "
                "was opened: open it again, and change those."
            )
        about = {**there, **values, "changed": now(), "revision": there["revision"] + 1}
        write_about(self._milvus, self._collection, about)
        self._read(about)

    def _of_keys(self, keys, fields):
        rows, most = [], min(BATCH, max(1, ANSWER // self._row_bytes(LONGEST)))
        for start in range(0, len(keys), most):
            rows += self._milvus.get(self._collection, ids=keys[start : start + most], output_fields=fields)
        return rows

    def _row_bytes(self, item):
        return 4 * self.description.dimension + item

    def _rows(self, fields, condition=""):
        return self._milvus.iterate(self._collection, condition, fields)


def _key(name):
    return hashlib.blake2b(name.encode(), digest_size=16).hexdigest()


def _hits(query, rows, hidden):
    """What Milvus found for one query, with exact distances in exact order."""
    if not rows:
        return []
    items = [decode(row["item"].encode()) for row in rows]
    vectors = np.array([row["vector"] for row in rows], np.float32)
    difference = np.subtract(vectors, query, dtype=np.float64)
    lengths = np.einsum("nd,nd->n", difference, difference).tolist()
    hits = [
        Hit(item.image_id, item.fabric, length, item.metadata)
        for item, length in zip(items, lengths, strict=True)
        if item.image_id not in hidden
    ]
    return sorted(hits, key=lambda hit: (hit.distance, hit.image_id))
