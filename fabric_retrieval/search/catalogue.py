"""Folders of photographs beside an index: which files are new to it, changed, as they were, or gone.

An index remembers the folders that it was filled from as its roots: settings["roots"] is {name: absolute
path}. The metadata of an image that came from one are {"root": name, "path": relative to it, "width",
"height", "file": {"size", "mtime_ns", "sha256"}}, beside free ones under other names (`free_metadata`).
"""

import hashlib
import os
import stat
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from fabric_retrieval.data.photographs import PhotographError
from fabric_retrieval.errors import UserError

MAX_BYTES = 1 << 30  # of a photograph: the most pixels that are taken, in 16 bits


class Plan(NamedTuple):
    """What adding a folder has to do."""

    unchanged: int
    noted: list  # [(photograph, Item, {"size", …})]: known bytes of another time, place or metadata
    wanted: list  # [(photograph, Item or None)]: bytes to embed; the Item is what the index has of that id
    gone: list  # ids of images whose files are no longer there
    bad: list  # [(name, reason)]


def roots(index):
    """{name: absolute path} of the folders that an index was filled from."""
    return dict(index.settings.get("roots", {}))


def root_of(index, folder):
    """The name of a folder among the roots of an index; it becomes one if it is none yet."""
    path = str(Path(folder).expanduser().resolve())
    known = roots(index)
    for name, root in known.items():
        if root == path:
            return name
    name = str(max((int(name) for name in known), default=-1) + 1)
    index.settings = index.settings | {"roots": known | {name: path}}
    return name


def photograph_path(index, item):
    """Path of the file that an image came from, or None for one that came from no folder.

    Whatever the metadata say, it lies below its root; a symbolic link that lies there may lead out of it.

    Args:
        index: `Index`. item: `Item` or `Hit` of it.
    """
    root, path = roots(index).get(item.metadata.get("root")), item.metadata.get("path")
    if root is None or not isinstance(path, str):
        return None
    whole = os.path.normpath(os.path.join(root, path))
    return Path(whole) if Path(whole).is_relative_to(root) else None


def compare(index, listing, root, free_metadata):
    """The `Plan` of a folder.

    Args:
        index: `Index`. listing: `fird.listing.Listing` of the folder. root: its name among the roots.
        free_metadata: `FreeMetadata` that is to come into the index.
    """
    left = {photograph.image_id: photograph for photograph in listing.photographs}
    unchanged, noted, wanted, gone, bad = 0, [], [], [], list(listing.bad)
    for item in tqdm(index.items(), "Comparing", index.count(), unit=" images", leave=False):
        photograph = left.pop(item.image_id, None)
        here = item.metadata.get("root") == root
        if photograph is None:
            if here and is_gone(photograph_path(index, item)):
                gone.append(item.image_id)
        elif not here and not is_gone(photograph_path(index, item)):
            elsewhere = photograph_path(index, item) or "added without a folder"
            bad.append((item.image_id, f"the index has this id of another image: {elsewhere}"))
        elif here and _state(photograph.path) == _noted_state(item):
            if free_metadata.applied(item.metadata, photograph) == item.metadata:
                unchanged += 1
            else:
                noted.append((photograph, item, item.metadata["file"]))
        elif note := _note_of_same_bytes(photograph.path, item):
            noted.append((photograph, item, note))
        else:
            wanted.append((photograph, item))
    wanted += [(photograph, None) for photograph in left.values()]
    return Plan(unchanged, noted, sorted(wanted, key=lambda pair: pair[0].image_id), gone, bad)


def is_gone(path):
    """Whether there is certainly no such file: not if a folder above it cannot be read. None is not gone."""
    if path is None:
        return False
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def read(path):
    """(bytes, {"size", "mtime_ns", "sha256"}) of a photograph's file.

    The time is of before it is read: what is written meanwhile counts as a change, the next time.

    Raises:
        PhotographError: no file, one that cannot be read, or larger than any photograph.
    """
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            raise PhotographError("not a file")  # to open a pipe would wait for ever
        if found.st_size > MAX_BYTES:
            raise PhotographError(f"{found.st_size:,} bytes; at most {MAX_BYTES:,} are read")
        data = Path(path).read_bytes()
    except OSError as error:
        raise PhotographError(f"cannot be read ({error.strerror})") from error
    note = {"size": found.st_size, "mtime_ns": found.st_mtime_ns, "sha256": hashlib.sha256(data).hexdigest()}
    return data, note


def check_not_among(location, folder):
    """Raises `UserError` where an index would lie among the photographs of a folder."""
    if "://" in str(location):
        return
    place, photographs = (Path(path).expanduser().resolve() for path in (location, folder))
    if place.is_relative_to(photographs):
        raise UserError(f"--index={location} lies among the photographs of {folder}: keep it elsewhere.")


def _state(path):
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _noted_state(item):
    note = item.metadata.get("file", {})
    return note.get("size"), note.get("mtime_ns")


def _note_of_same_bytes(path, item):
    """The note of a file that has the bytes that the index knows of it; only read if it has as many."""
    known, state = item.metadata.get("file"), _state(path)
    if not known or not state or state[0] != known["size"]:
        return None
    try:
        note = read(path)[1]
    except PhotographError:
        return None
    return note if note["sha256"] == known["sha256"] else None
