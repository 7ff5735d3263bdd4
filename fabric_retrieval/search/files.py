"""Files that are written once and never changed: counted, hashed and on the disk before anyone is told."""

import contextlib
import hashlib
import os
from pathlib import Path

from fabric_retrieval.errors import UserError


class Written:
    """What `writing` yields: `write` takes bytes."""

    def __init__(self, file):
        self._file, self._digest, self._bytes = file, hashlib.sha256(), 0

    def write(self, data):
        self._digest.update(data)
        self._bytes += len(data)
        return self._file.write(data)

    def entry(self):
        """What a manifest says of the file: name, bytes, sha256."""
        return {
            "name": Path(self._file.name).name,
            "bytes": self._bytes,
            "sha256": self._digest.hexdigest(),
        }


@contextlib.contextmanager
def writing(path):
    """Yields a `Written` for a new file, which is on the disk afterwards."""
    with open(path, "wb") as file:
        yield Written(file)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder):
    """Makes sure that the names in a folder are on the disk too."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def checked_path(folder, entry):
    """The `Path` of a file whose size and checksum are those of its manifest `entry`.

    Raises:
        FileNotFoundError: it is not there. UserError: it is damaged.
    """
    path = Path(folder) / entry["name"]
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size != entry["bytes"]:
            raise damaged(path, f"it has {size:,} bytes, its manifest says {entry['bytes']:,}")
        if hashlib.file_digest(file, "sha256").hexdigest() != entry["sha256"]:
            raise damaged(path, "its content is not that of its checksum in the manifest")
    return path


def damaged(path, why):
    """The `UserError` that says so."""
    return UserError(
        f"{path} is damaged: {why}. Put back a copy of the whole folder {Path(path).parent}, or remove the "
        "folder and make the index again."
    )
