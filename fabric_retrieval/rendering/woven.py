"""Woven cloth: a weave matrix, threads and their colours."""

import cv2
import numpy as np

from fabric_retrieval.rendering.ground import Ground
from fabric_retrieval.rendering.noise import wrap_blur
from fabric_retrieval.rendering.weave import WEAVES
from fabric_retrieval.rendering.yarn import per_thread, weave_cloth

DENSITY = 8  # pixels a millimetre, about what the nearest photograph shows
EXTENT = 70  # millimetres that a tile measures at least, about the widest photograph
FINE_EXTENT = 48  # of cloth so fine that its tile must be denser
THREAD = 4.5  # pixels a thread at least: on fewer, the threads themselves would be aliased


def woven_ground(specification, rng):
    """`Ground` of a specification whose structure is one of weave.WEAVES."""
    matrix = WEAVES[specification.structure]()
    density = max(DENSITY, THREAD / min(specification.pitch))
    least = EXTENT if density == DENSITY else FINE_EXTENT
    threads = tuple(
        _thread_count(repeat, len(sequence), pitch, least)
        for repeat, sequence, pitch in zip(
            matrix.shape, (specification.weft, specification.warp), specification.pitch, strict=True
        )
    )
    extent = tuple(count * pitch for count, pitch in zip(threads, specification.pitch, strict=True))
    size = tuple(int(np.ceil(length * density / 16)) * 16 for length in extent)
    cloth = weave_cloth(matrix, threads, size, specification.yarn, rng)

    albedo = _dyed(cloth.weft_thread, specification.weft, threads[0], specification.colours)
    warp = _dyed(cloth.warp_thread, specification.warp, threads[1], specification.colours)
    cv2.copyTo(warp, cloth.warp_on_top.astype(np.uint8), albedo)
    # What lies deep between threads sees little of the sky.
    open_sky = np.clip(1 + 0.55 * (cloth.height - 0.55), 0.12, 1.1)
    return Ground(albedo, cloth.shade * open_sky, _slope(cloth.height, threads, size), None, extent)


def _thread_count(repeat, sequence, pitch, least):
    unit = int(np.lcm(repeat, sequence))
    return unit * max(1, int(np.ceil(least / (unit * pitch))))


def _dyed(thread, sequence, count, colours):
    """Colour [H, W, 3] of the thread at each place."""
    return per_thread(colours[np.resize(sequence, count)], thread)


def _slope(height, threads, size):
    """Slope (x, y) of the surface; heights and distances are both in threads."""
    height = wrap_blur(height, 0.8, 0.8)
    x = np.roll(height, -1, 1) - np.roll(height, 1, 1)
    y = np.roll(height, -1, 0) - np.roll(height, 1, 0)
    return np.dstack([x * np.float32(size[1] / threads[1] / 2), y * np.float32(size[0] / threads[0] / 2)])
