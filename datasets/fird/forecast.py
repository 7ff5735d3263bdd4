"""What a drawing needs, said before it starts: photographs, disk, time."""

import errno
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import cv2

from fabric_retrieval.errors import UserError
from fabric_retrieval.processes import count_cores
from fabric_retrieval.rendering.collection import draw_photographs

SAMPLE_SECONDS = 4  # of drawing, at most about
SAMPLE_PHOTOGRAPHS = 48
MARGIN = 1.1  # the sample's error, and a few bytes a photograph beside its JPEG file
WRITING_SECONDS = 0.002  # a photograph, from the part files into TFDS's: measured on 2 cores, 2026-11-22


class DiskFullError(UserError, OSError):
    """No space is left, or will be left, where collections are kept."""


@dataclass(frozen=True)
class Forecast:
    """Photographs of a collection in all and still to be drawn; bytes of the result, and at the worst moment
    those that are yet to be written; seconds in all."""

    photographs: int
    to_draw: int
    result: float
    further: float
    seconds: float


def forecast(drawing, missing, workers=0):
    """`Forecast` of a `drawing.Drawing` whose parts `missing` are still to be drawn.

    Times and weighs the drawing of a few photographs of fabrics spread over the collection, in this process.
    """
    collection = drawing.collection
    counts = [drawing.photographs(part) for part in range(collection.parts)]
    total, to_draw = sum(counts), sum(counts[part] for part in missing)
    seconds, size = _sample(collection)
    result = total * size * MARGIN
    # At the worst moment there are all parts and nearly the whole result: TFDS sorts in files of its own, and
    # removes each as it reads it.
    further = to_draw * size * MARGIN + result
    workers = min(workers or count_cores(), count_cores(), max(len(missing), 1))
    return Forecast(total, to_draw, result, further, to_draw * seconds / workers + total * WRITING_SECONDS)


def announce(name, drawing, expected, workers):
    """Prints two lines."""
    earlier = expected.photographs - expected.to_draw
    done = f", {earlier:,} of them drawn earlier" if earlier else ""
    print(
        f"Preparing {name}, this once: {expected.photographs:,} photographs of "
        f"{drawing.collection.fabrics:,} fabrics{done}, in {drawing.folder.parent}.\n"
        f"About {_duration(expected.seconds)} with {workers or count_cores()} processes; disk: "
        f"{_size(expected.further)} meanwhile, {_size(expected.result)} in the end.",
        flush=True,
    )


def check_disk(folder, expected):
    """Raises DiskFullError if less is free than the forecast says."""
    existing = next(path for path in [Path(folder), *Path(folder).parents] if path.exists())
    free = shutil.disk_usage(existing).free
    if free < expected.further:
        raise DiskFullError(
            errno.ENOSPC,
            f"{_size(expected.further)} of free disk are needed in {folder}, {_size(free)} are there. Free "
            "some space or give another data_dir; what was drawn before is kept.",
        )


def _sample(collection):
    """(seconds, bytes) a photograph."""
    fabrics = max(1, min(SAMPLE_PHOTOGRAPHS, collection.fabrics // 50))
    threads, start = cv2.getNumThreads(), time.perf_counter()
    cv2.setNumThreads(1)  # as the processes that draw
    try:
        if fabrics > 1:
            draw_photographs(collection.seed, 0, [0])  # so that no module is loaded, no cache filled below
        seconds, sizes = 0.0, []
        for index in range(fabrics):
            fabric = index * collection.fabrics // fabrics
            before = time.process_time()
            photos = range(collection.photo_count(fabric))
            drawn = draw_photographs(collection.seed, fabric, photos, collection.one_view)
            seconds += time.process_time() - before
            sizes += [len(data) for data, _ in drawn]
            if len(sizes) >= SAMPLE_PHOTOGRAPHS or time.perf_counter() - start > SAMPLE_SECONDS:
                break
    finally:
        cv2.setNumThreads(threads)
    return seconds / len(sizes), sum(sizes) / len(sizes) + 500


def _duration(seconds):
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _size(size):
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(size / 1e6, 1):.0f} MB"
