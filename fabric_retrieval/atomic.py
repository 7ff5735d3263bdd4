"""Files that are there whole or not at all."""

import contextlib
import os
import secrets
from pathlib import Path

SUFFIX = ".tmp"


@contextlib.contextmanager
def replacing(path):
    """Yields a name beside `path` to write to; what was written takes the place of `path` at the end.

    After an error or an interruption `path` is what it was, and nothing is left beside it. Unlike
    `tempfile.mkstemp`, which makes files for their owner's eyes only, this leaves the mode to the umask.
    """
    path = Path(path)
    temporary = path.with_name(f".{secrets.token_hex(8)}{SUFFIX}")
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def remove_unfinished(folder):
    """Removes what processes that were killed have left half written in `folder`, a local one."""
    for left in Path(folder).glob(f".*{SUFFIX}"):
        left.unlink(missing_ok=True)
