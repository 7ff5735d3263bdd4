"""Parts of an index in files: vectors as .npy, items as JSON lines, and where and what each line is."""

import mmap

import numpy as np

from fabric_retrieval.search.files import checked_path, writing
from fabric_retrieval.search.parts import Part

PATTERNS = ("vectors-*.npy", "items-*.jsonl", "lookup-*.npy")
CHUNK = 8192  # rows of vectors held at once while they are copied


class Lines:
    """[n] bytes, the lines of a file that is mapped, not read."""

    def __init__(self, path, ends):
        """ends: [n] uint64, where each line ends."""
        with open(path, "rb") as file:
            self._lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._ends = ends

    def __len__(self):
        return len(self._ends)

    def taken(self, rows):
        """[m] bytes, the lines numbered [m]."""
        ends = self._ends[rows]
        starts = np.where(rows > 0, self._ends[rows - 1], 0)
        lines = self._lines
        return [lines[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]

    def __getitem__(self, row):
        return self._lines[int(self._ends[row - 1]) if row else 0 : int(self._ends[row])]


def write_segment(folder, generation, parts):
    """Writes the rows of several parts, at least one, as one segment; returns what a manifest says of it."""
    rows, dimension = sum(map(len, parts)), parts[0].vectors.shape[1]
    with writing(folder / f"vectors-{generation:08d}.npy") as vectors:
        header = {"descr": "<f4", "fortran_order": False, "shape": (rows, dimension)}
        np.lib.format.write_array_header_1_0(vectors, header)
        for part in parts:
            for start in range(0, len(part), CHUNK):
                vectors.write(np.ascontiguousarray(part.vectors[start : start + CHUNK], "<f4").tobytes())
    lengths = []
    with writing(folder / f"items-{generation:08d}.jsonl") as items:
        for part in parts:
            for record in part.records:
                lengths.append(items.write(record))
    columns = [
        np.cumsum(lengths, dtype="<u8"),
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.fabrics for part in parts]),
    ]
    with writing(folder / f"lookup-{generation:08d}.npy") as lookup:
        np.save(lookup, np.stack(columns), allow_pickle=False)
    files = {"vectors": vectors, "items": items, "lookup": lookup}
    return {"rows": rows, **{name: file.entry() for name, file in files.items()}}


def open_segment(folder, entry, check=True):
    """The `Part` of a segment, mapped from its files.

    Args:
        check: compare sizes and checksums.

    Raises:
        FileNotFoundError: a file is not there. UserError: a file is damaged.
    """
    names = ("vectors", "items", "lookup")
    if check:
        paths = {name: checked_path(folder, entry[name]) for name in names}
    else:
        paths = {name: folder / entry[name]["name"] for name in names}
    ends, ids, fabrics = np.asarray(np.load(paths["lookup"], mmap_mode="r"))
    vectors = np.asarray(np.load(paths["vectors"], mmap_mode="r"))
    return Part(vectors, Lines(paths["items"], ends), ids, fabrics)
