"""An index in a folder, searched in process by FAISS."""

import json
from collections import defaultdict
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from absl import logging

from fabric_retrieval.errors import UserError
from fabric_retrieval.search import engines, store
from fabric_retrieval.search.checks import check_count, check_kind, checked_vectors, json_values
from fabric_retrieval.search.index import Description, Hit, Index
from fabric_retrieval.search.lock import WriterLock
from fabric_retrieval.search.manifest import now
from fabric_retrieval.search.parts import decode, new_part
from fabric_retrieval.search.reranking import nearest_rows
from fabric_retrieval.search.rows import Rows
from fabric_retrieval.search.sureness import Calibration

AT_ONCE = 1024  # items that are decoded together


class FaissIndex(Index):
    """See `Index`. It is made by `create_index` and `open_index`.

    Searching reads what was last saved; changing it takes the folder's lock until `close`.
    """

    def __init__(self, folder, manifest, rows, engine, lock=None):
        self.location = str(folder)
        self._folder, self._lock = Path(folder), lock
        self._manifest, self._rows, self._engine = manifest, rows, engine
        self.description = Description(**manifest["description"])
        self._calibration = manifest["calibration"] and Calibration.from_json(manifest["calibration"])
        self._changed = False

    @classmethod
    def create(cls, location, description, kind="auto"):
        check_kind(kind)
        if kind == "ivfpq":
            engines.code_bytes(description.dimension)
        engines.faiss()
        json_values("settings", description.settings)
        lock = store.prepare(location)
        try:
            made, engine = now(), engines.build(engines.suiting(kind, 0), Rows(), description.dimension)
            content = {
                "generation": 0,
                "description": asdict(description),
                "kind": kind,
                "made": made,
                "changed": made,
                "calibration": None,
            }
            manifest, rows = store.save(location, content, Rows(), engine)
        except BaseException:
            lock.release()
            raise
        return cls(location, manifest, rows, engine, lock)

    @classmethod
    def open(cls, location):
        engines.faiss()
        return cls(location, *store.load(location))

    def info(self):
        return {
            "location": self.location,
            "kind": self._manifest["kind"],
            "engine": self._engine.name,
            "count": self.count(),
            "fabrics": self._rows.fabrics(),
            "dimension": self.description.dimension,
            "model": self.description.model,
            "model_name": self.description.model_name,
            "made": self._manifest["made"],
            "changed": self._manifest["changed"],
            "bytes": store.size(self._manifest),
            "removed": len(self._rows) - self.count(),
            "calibrated": self._calibration is not None,
        }

    def count(self):
        return self._rows.count

    def add(self, items, vectors):
        part = new_part(items, vectors, self.description.dimension)
        if not len(part):
            return
        self._begin()
        replaced = self._rows.rows_of([decode(record).image_id for record in part.records])
        rows = self._rows.grown(part)
        rows.live[list(replaced.values())] = False
        suiting = engines.suiting(self._manifest["kind"], rows.count, self._engine.name)
        if suiting != self._engine.name or self._engine.outgrown(len(rows)):
            self._engine = self._built(suiting, rows)
        else:
            self._engine.add(part.vectors)
        self._rows, self._changed = rows, True

    def remove(self, image_ids):
        there = self._rows.rows_of(set(image_ids))
        if there:
            self._begin()
            self._rows.live[list(there.values())] = False
            self._changed = True
        return len(there)

    def search(self, vectors, k, leave_out=frozenset()):
        check_count(k)
        queries = checked_vectors(vectors, self.description.dimension)
        visible = self._rows.live
        hidden = self._rows.rows_of(set(leave_out))
        if hidden:
            visible = visible.copy()
            visible[list(hidden.values())] = False
        k = min(k, int(np.count_nonzero(visible)))
        if not k or not len(queries):
            return [[] for _ in queries]
        found, lengths = nearest_rows(self._engine, self._rows, queries, k, visible, len(hidden))
        hits = [
            Hit(image_id, fabric, length, metadata)
            for (image_id, fabric, metadata), length in zip(
                self._rows.values(found.ravel()), lengths.ravel().tolist(), strict=True
            )
        ]
        return [hits[start : start + k] for start in range(0, len(hits), k)]

    def items(self, prefix=""):
        rows = self._rows
        numbers = np.array([row for _, row in rows.named(prefix)], np.int64)
        for start in range(0, len(numbers), AT_ONCE):
            yield from rows.items(numbers[start : start + AT_ONCE])

    def get(self, image_id):
        row = self._rows.rows_of([image_id]).get(image_id)
        if row is None:
            return None
        (item,) = self._rows.items(np.array([row]))
        return item, self._rows.vectors(np.array([row]))[0]

    def of_fabric(self, fabric):
        rows = [row for _, row, _ in self._rows.of_fabrics([fabric])]
        return sorted(self._rows.items(np.array(rows, np.int64)))

    def photographs_of(self, fabrics):
        rows, ids = defaultdict(list), defaultdict(list)
        for fabric, row, image_id in self._rows.of_fabrics(fabrics):
            rows[fabric].append(row)
            ids[fabric].append(image_id)
        return {fabric: (ids[fabric], self._rows.vectors(np.array(rows[fabric]))) for fabric in rows}

    @property
    def settings(self):
        return json.loads(json.dumps(self.description.settings))

    @settings.setter
    def settings(self, settings):
        settings = json_values("settings", settings)
        self._begin()
        self.description = replace(self.description, settings=settings)
        self._changed = True

    @property
    def calibration(self):
        return self._calibration

    @calibration.setter
    def calibration(self, calibration):
        self._begin()
        self._calibration = calibration
        self._changed = True

    def save(self):
        if not self._changed:
            return
        self._refuse_outdated()
        if 2 * self.count() < len(self._rows):
            rows = self._rows.compacted()
            self._engine = self._built(engines.suiting(self._manifest["kind"], rows.count), rows)
            self._rows = rows
        content = {
            **{name: self._manifest[name] for name in ("generation", "kind", "made")},
            "description": asdict(self.description),
            "changed": now(),
            "calibration": self._calibration and self._calibration.to_json(),
        }
        self._manifest, self._rows = store.save(self.location, content, self._rows, self._engine)
        self._changed = False

    def outdated(self):
        return store.read_manifest(self._folder)["sha256"] != self._manifest["sha256"]

    def close(self):
        if self._lock:
            self._lock.release()
        self._lock = None

    def _begin(self):
        """Takes the lock before the first change."""
        if self._lock:
            return
        lock = WriterLock(self._folder)
        try:
            self._refuse_outdated()
        except UserError:
            lock.release()
            raise
        self._lock = lock

    def _refuse_outdated(self):
        if self.outdated():
            raise UserError(
                f"The index {self.location} has been saved by another process since it was opened: "
                "open it again, and change that."
            )

    def _built(self, name, rows):
        logging.info("%s: the vectors of %d images go into a new %s engine.", self.location, len(rows), name)
        return engines.build(name, rows, self.description.dimension)
