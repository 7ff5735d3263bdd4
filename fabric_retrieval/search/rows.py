"""All rows of an index, numbered as they were added; those of removed images stay, and are not live."""

import numpy as np

from fabric_retrieval.search.engines import squares_by_number
from fabric_retrieval.search.index import Item
from fabric_retrieval.search.parts import Part, decode, decode_all, hashes, merged


class Rows:
    """The rows of several `Part`s, one after the other.

    Attributes:
        parts: list of `Part`. saved: what a manifest says of the first of them; the others are in memory.
        live: [N] bool.
    """

    def __init__(self, parts=(), saved=(), live=()):
        self.parts, self.saved = list(parts), list(saved)
        self.live = np.array(live, dtype=bool)
        self._starts = np.cumsum([0, *map(len, self.parts)])[: len(self.parts)]

    def __len__(self):
        return len(self.live)

    @property
    def count(self):
        return int(np.count_nonzero(self.live))

    def grown(self, part):
        """`Rows` with those of a part, all live; small parts in memory become one, so that there are few."""
        parts, together = list(self.parts), [part]
        while len(parts) > len(self.saved) and len(parts[-1]) <= sum(map(len, together)):
            together.insert(0, parts.pop())
        parts.append(merged(together) if len(together) > 1 else part)
        return Rows(parts, self.saved, np.concatenate([self.live, np.ones(len(part), bool)]))

    def vectors(self, rows):
        """[m, D] float32 of the rows numbered [m]; there must be parts."""
        found = np.empty((len(rows), self.parts[0].vectors.shape[1]), np.float32)
        where = self._part_of(rows)
        for number, part in enumerate(self.parts):
            here = np.flatnonzero(where == number)
            found[here] = part.vectors[rows[here] - self._starts[number]]
        return found

    def items(self, rows):
        """[m] `Item` of the rows numbered [m]."""
        return [Item(*values) for values in self.values(rows)]

    def values(self, rows):
        """[m] lists [image id, fabric, metadata] of the rows numbered [m]."""
        return decode_all(self._records(rows))

    def rough(self, queries, rows):
        """Squared L2 distances in float32.

        Args:
            queries: [Q, D] float32. rows: [Q, C] int64; -1 for none, whose distance is infinite.

        Returns:
            [Q, C] float32, each within (D + 4) roundings of its true value.
        """
        lengths = np.full(rows.shape, np.inf, np.float32)
        where = self._part_of(rows)
        for number, part in enumerate(self.parts):
            here = where == number
            if here.any():
                own = np.where(here, rows - self._starts[number], -1)
                lengths[here] = squares_by_number(queries, part.vectors, own)[here]
        return lengths

    def named(self, prefix):
        """(id, row) of the live rows whose id begins with `prefix`, ascending."""
        rows = np.flatnonzero(self.live)
        ids = (decode(record).image_id for record in self._records(rows))
        pairs = zip(ids, rows.tolist(), strict=True)
        return sorted((image_id, row) for image_id, row in pairs if image_id.startswith(prefix))

    def rows_of(self, ids):
        """The live row of each of these ids that has one, a dict."""
        ids = list(ids)
        wanted, found = hashes(ids), {}
        for start, part in zip(self._starts.tolist(), self.parts, strict=True):
            for position, row in part.find(wanted):
                if self.live[start + row] and decode(part.records[row]).image_id == ids[position]:
                    found[ids[position]] = start + row
        return found

    def of_fabrics(self, fabrics):
        """(fabric, row, image id) of the live rows of these fabrics, those of a fabric in their order."""
        fabrics = list(fabrics)
        wanted = hashes(fabrics)
        for start, part in zip(self._starts.tolist(), self.parts, strict=True):
            for position, row in part.find_fabrics(wanted):
                if self.live[start + row]:
                    item = decode(part.records[row])
                    if item.fabric == fabrics[position]:
                        yield item.fabric, start + row, item.image_id

    def fabrics(self):
        """How many fabrics have live rows."""
        found = [part.fabrics for part in self.parts]
        return len(np.unique(np.concatenate(found)[self.live])) if found else 0

    def compacted(self):
        """`Rows` of the live ones alone, in memory, in the same order."""
        parts = []
        for start, part in zip(self._starts, self.parts, strict=True):
            rows = np.flatnonzero(self.live[start : start + len(part)])
            records = [part.records[row] for row in rows.tolist()]
            parts.append(Part(part.vectors[rows], records, part.ids[rows], part.fabrics[rows]))
        return Rows().grown(merged(parts)) if self.count else Rows()

    def _part_of(self, rows):
        return np.searchsorted(self._starts, rows, side="right") - 1

    def _records(self, rows):
        where, found = self._part_of(rows), [b""] * len(rows)
        for number, part in enumerate(self.parts):
            here = np.flatnonzero(where == number)
            for place, record in zip(
                here.tolist(), part.taken(rows[here] - self._starts[number]), strict=True
            ):
                found[place] = record
        return found
