"""One process at a time changes the index in a folder."""

import os
from pathlib import Path

from fabric_retrieval.errors import UserError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

LOCK = "lock"


class WriterLock:
    """Held from its making to `release`; the system releases that of a process that dies."""

    def __init__(self, folder):
        """Raises `UserError` where another holds it."""
        path = Path(folder) / LOCK
        self._file = open(path, "a+", encoding="utf-8")  # noqa: SIM115 (open as long as it is held)
        try:
            if fcntl:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise UserError(
                f"The index {folder} is being changed by another process (number {holder}). Wait until that "
                "has ended; searching it goes on meanwhile."
            ) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self):
        self._file.close()
