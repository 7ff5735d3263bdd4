"""The folder of a config, above its versions: one process at a time, and nothing left lying about."""

import contextlib
import os
import shutil
import time
from pathlib import Path

from absl import logging

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

ABANDONED_AFTER = 3600  # seconds without a write after which a half-made folder is nobody's


def is_local(path):
    """Whether a path is of this machine's file system, not gs://… or the like."""
    return "://" not in os.fspath(path)


@contextlib.contextmanager
def one_at_a_time(folder):
    """Keeps processes that want the same collection from preparing it twice; the later ones find it ready."""
    if not is_local(folder):
        yield
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    with open(Path(folder) / ".preparing", "w") as lock:
        if fcntl:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sweep(folder, keep=None):
    """Removes what killed preparations left: TFDS's half-made sets, and drawings that no code goes on with.

    TFDS itself never takes such a folder for a prepared one. `keep` is the drawing to go on with.
    """
    if not is_local(folder):
        return
    for pattern in ("incomplete.*", "drawing-*"):
        for left in Path(folder).glob(pattern):
            newest = max(os.stat(path).st_mtime for path in [left, *left.rglob("*")])
            if left != keep and time.time() - newest > ABANDONED_AFTER:
                logging.info("Removing %s, left by a preparation that was killed.", left)
                shutil.rmtree(left, ignore_errors=True)


def remove_drawings(data_path):
    """Removes the drawings of a version that is prepared; for whoever has its lock."""
    for left in Path(data_path).parent.glob(f"drawing-{data_path.name}-*") if is_local(data_path) else ():
        shutil.rmtree(left, ignore_errors=True)


def tidy(data_path):
    """Removes what a process left that was killed after its set was in place."""
    folder = Path(data_path).parent
    if is_local(data_path) and any(folder.glob(f"drawing-{data_path.name}-*")):
        with one_at_a_time(folder):
            remove_drawings(data_path)
