"""The folder of an index: files that are written once, and a manifest that says which of them count.

A save writes new files beside those that count, sees to it that they are on the disk, replaces the manifest
by a rename and removes what that no longer names. A process that dies leaves the old index or the new one,
and perhaps files that no manifest names: the next save removes them. Whoever has opened an index keeps its
files open and can go on with them.
"""

from pathlib import Path

import numpy as np

from fabric_retrieval.errors import UserError
from fabric_retrieval.search import engines
from fabric_retrieval.search.files import checked_path, damaged, sync_folder, writing
from fabric_retrieval.search.lock import LOCK, WriterLock
from fabric_retrieval.search.manifest import MANIFEST, entries, read_manifest, write_manifest
from fabric_retrieval.search.rows import Rows
from fabric_retrieval.search.segments import PATTERNS, open_segment, write_segment

OURS = (*PATTERNS, "live-*.npy", "engine-*.faiss", ".*.tmp")


def prepare(folder):
    """Makes the folder of a new index and returns its `WriterLock`.

    Raises:
        UserError: there is an index already, or something else.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file, and an index is a folder: give another name.")
    folder.mkdir(parents=True, exist_ok=True)
    left = {path.name for pattern in OURS for path in folder.glob(pattern)}  # by a creation that was killed
    there = sorted({path.name for path in folder.iterdir()} - left - {LOCK})
    if MANIFEST in there:
        raise _made_already(folder)
    if there:
        raise UserError(
            f"The folder {folder} is not empty (it holds {there[0]!r}), and an index has one of its own: "
            "give another one."
        )
    lock = WriterLock(folder)
    if (folder / MANIFEST).exists():  # made by another process in this moment
        lock.release()
        raise _made_already(folder)
    return lock


def save(folder, content, rows, engine):
    """Makes these rows the index of a folder, whose lock is held.

    Args:
        content: of the manifest, without what this function adds to it. rows: `Rows`. engine: of `engines`.

    Returns:
        (the manifest, the same `Rows`, now all of them in files).
    """
    folder = Path(folder)
    generation = read_manifest(folder)["generation"] + 1 if (folder / MANIFEST).exists() else 1
    _sweep(folder)
    try:
        saved, together = list(rows.saved), rows.parts[len(rows.saved) :]
        # A segment takes in those before it that are no larger: so there are few, and little is copied.
        while together and saved and saved[-1]["rows"] <= sum(map(len, together)):
            saved.pop()
            together.insert(0, rows.parts[len(saved)])
        parts = rows.parts[: len(saved)]
        if together:
            saved.append(write_segment(folder, generation, together))
            parts.append(open_segment(folder, saved[-1], check=False))
        with writing(folder / f"live-{generation:08d}.npy") as live:
            np.save(live, rows.live, allow_pickle=False)
        if engine.entry is None and engine.has_file:
            with writing(folder / f"engine-{generation:08d}.faiss") as file:
                engine.write(file)
            engine.entry = file.entry()
        sync_folder(folder)
        content = {
            **content,
            "generation": generation,
            "rows": len(rows),
            "count": rows.count,
            "segments": saved,
            "live": live.entry(),
            "engine": engine.name,
            "engine_file": engine.entry,
        }
        manifest = write_manifest(folder, content)
    except BaseException:
        engine.entry = None
        _sweep(folder)
        raise
    _sweep(folder)
    return manifest, Rows(parts, saved, rows.live)


def load(folder):
    """(manifest, `Rows`, engine) of the index in a folder.

    Raises:
        UserError: there is none, or it is damaged; the file is named.
    """
    while True:
        manifest = read_manifest(folder)
        try:
            return manifest, *_opened(Path(folder), manifest)
        except FileNotFoundError as error:
            if read_manifest(folder)["sha256"] == manifest["sha256"]:  # else it was saved anew meanwhile
                raise damaged(error.filename, "it is not there") from error


def size(manifest):
    """The bytes of all files that a manifest names."""
    return sum(entry["bytes"] for entry in entries(manifest))


def _opened(folder, manifest):
    parts = [open_segment(folder, entry) for entry in manifest["segments"]]
    rows = Rows(parts, manifest["segments"], np.load(checked_path(folder, manifest["live"])))
    dimension = manifest["description"]["dimension"]
    if manifest["engine_file"]:
        path = checked_path(folder, manifest["engine_file"])
        engine = engines.ENGINES[manifest["engine"]].read(path, rows.parts, dimension)
        engine.entry = manifest["engine_file"]
    else:
        engine = engines.build(manifest["engine"], rows, dimension)
    return rows, engine


def _made_already(folder):
    return UserError(f"There is an index in {folder} already: add to it, or give another folder.")


def _sweep(folder):
    """Removes the files of an index that its manifest does not name."""
    named = set()
    if (folder / MANIFEST).exists():
        named = {entry["name"] for entry in entries(read_manifest(folder))}
    for pattern in OURS:
        for path in folder.glob(pattern):
            if path.name not in named:
                path.unlink(missing_ok=True)
