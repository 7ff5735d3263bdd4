"""Rows of an index in one piece: vectors, and their items as JSON lines; in memory or mapped from files."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import orjson

from fabric_retrieval.search.checks import check_items, checked_vectors
from fabric_retrieval.search.index import Item


@dataclass(frozen=True, eq=False)
class Part:
    """n images, in the order in which they were added.

    Attributes:
        vectors: [n, D] float32. records: [n] bytes, as `encode` makes them.
        ids, fabrics: [n] uint64, `hashes` of the items' ids and fabrics, to find them by.
    """

    vectors: np.ndarray
    records: Sequence[bytes]
    ids: np.ndarray
    fabrics: np.ndarray

    def __len__(self):
        return len(self.vectors)

    def taken(self, rows):
        """[m] bytes, the records of the rows numbered [m]."""
        if isinstance(self.records, list):
            return [self.records[row] for row in rows.tolist()]
        return self.records.taken(rows)

    def find(self, wanted):
        """Yields (position, row) where the hash of a row's id is at a position of `wanted` [m] uint64."""
        return _find(wanted, self.ids, self._order)

    def find_fabrics(self, wanted):
        """Yields (position, row) where the hash of a row's fabric is at a position of `wanted` [m] uint64."""
        return _find(wanted, self.fabrics, self._order_of_fabrics)

    @cached_property
    def _order(self):
        return np.argsort(self.ids, kind="stable")

    @cached_property
    def _order_of_fabrics(self):
        return np.argsort(self.fabrics, kind="stable")


def _find(wanted, among, order):
    first, end = (np.searchsorted(among, wanted, side, order) for side in ("left", "right"))
    for position in np.flatnonzero(first < end).tolist():
        for row in order[first[position] : end[position]].tolist():
            yield position, row


def new_part(items, vectors, dimension):
    """A `Part` of what is to be added to an index.

    Args:
        items: [N] `Item`. vectors: [N, dimension] floats.

    Raises:
        UserError: as `Index.add`.
    """
    items = [Item(*item) for item in items]
    check_items(items)
    ids = [item.image_id for item in items]
    vectors = checked_vectors(vectors, dimension, ids).copy()  # the caller may go on with his own
    return Part(vectors, list(map(encode, items)), hashes(ids), hashes([item.fabric for item in items]))


def merged(parts):
    """One part in memory of the rows of several, in their order."""
    return Part(
        np.concatenate([part.vectors for part in parts]),
        [record for part in parts for record in part.records],
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.fabrics for part in parts]),
    )


def encode(item):
    """An `Item` as a line of JSON, bytes with the line's end."""
    return orjson.dumps([*item]) + b"\n"


def decode(record):
    """The `Item` of a line that `encode` made."""
    return Item(*orjson.loads(record))


def decode_all(records):
    """[N] lists [image id, fabric, metadata] of such lines, in a third of the time."""
    return orjson.loads(b"[" + b",".join(records) + b"]")


def hashes(names):
    """[N] uint64, 64 bits of BLAKE2b of each name."""
    encoded = (name.encode() for name in names)
    return np.frombuffer(b"".join(hashlib.blake2b(name, digest_size=8).digest() for name in encoded), "<u8")
