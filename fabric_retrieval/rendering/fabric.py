"""A fabric as a periodic tile: albedo, slope of its surface, and both filtered for every distance."""

from dataclasses import dataclass

import cv2
import numpy as np

from fabric_retrieval.rendering import seeds
from fabric_retrieval.rendering.noise import wrap_blur
from fabric_retrieval.rendering.prints import draw_print
from fabric_retrieval.rendering.specification import Specification, draw_specification
from fabric_retrieval.rendering.weave import WEAVES
from fabric_retrieval.rendering.yarn import per_thread, weave_cloth

DENSITY = 8  # pixels a millimetre, about what the nearest photograph shows
EXTENT = 70  # millimetres that a tile measures at least, about the widest photograph
FINE_EXTENT = 48  # of cloth so fine that its tile must be denser
THREAD = 4.5  # pixels a thread at least: on fewer, the threads themselves would be aliased
LEVELS = 4


@dataclass(frozen=True)
class Fabric:
    """A piece of cloth.

    Attributes:
      specification: what it is.
      extent: (height, width) of the tile in millimetres.
      levels: [(albedo [H, W, 3] float32 linear, slope [H, W, 2] float32 (x, y) of the yarns), …], each level
        half as large as the one before it.
    """

    specification: Specification
    extent: tuple
    levels: list


def draw_fabric(seed, index):
    """Fabric `index` of the collection `seed`: a pure function of both."""
    return make_fabric(draw_specification(seed, index), seeds.stream(seed, seeds.TILE, index))


def make_fabric(specification, rng):
    """The tile of a specification; `rng` decides what differs from thread to thread."""
    matrix = WEAVES[specification.weave]()
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
    if specification.print:
        albedo = _printed(albedo, specification, extent)
    # What lies deep between threads sees little of the sky.
    open_sky = np.clip(1 + 0.55 * (cloth.height - 0.55), 0.12, 1.1)
    albedo *= (cloth.shade * open_sky)[..., None]
    return Fabric(specification, extent, _pyramid(albedo, _slope(cloth.height, threads, size)))


def _thread_count(repeat, sequence, pitch, least):
    unit = int(np.lcm(repeat, sequence))
    return unit * max(1, int(np.ceil(least / (unit * pitch))))


def _dyed(thread, sequence, count, colours):
    """Colour [H, W, 3] of the thread at each place."""
    return per_thread(colours[np.resize(sequence, count)], thread)


def _printed(albedo, specification, extent):
    repeats = [max(1, round(length / specification.print.repeat)) for length in extent]
    cell = tuple(max(8, round(n / count)) for n, count in zip(albedo.shape, repeats, strict=False))
    rng = np.random.default_rng(specification.print.drawing)
    colour, coverage = draw_print(specification.print.design, rng, cell, specification.colours)
    ink = np.tile(np.dstack([colour, coverage]), (*repeats, 1))
    ink = (
        cv2.resize(ink, albedo.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        if ink.shape[:2] != albedo.shape[:2]
        else ink
    )
    # A little bleeding, and threads show through ink.
    ink = wrap_blur(ink, 1.2, 1.2)
    return albedo + 0.94 * ink[..., 3:] * (ink[..., :3] - albedo)


def _slope(height, threads, size):
    """Slope (x, y) of the surface; heights and distances are both in threads."""
    height = wrap_blur(height, 0.8, 0.8)
    x = np.roll(height, -1, 1) - np.roll(height, 1, 1)
    y = np.roll(height, -1, 0) - np.roll(height, 1, 0)
    return np.dstack([x * np.float32(size[1] / threads[1] / 2), y * np.float32(size[0] / threads[0] / 2)])


def _pyramid(albedo, slope):
    levels = [(albedo.astype(np.float32), slope.astype(np.float32))]
    while len(levels) < LEVELS and min(levels[-1][0].shape[:2]) >= 32:
        levels.append(tuple(_half(layer) for layer in levels[-1]))
    return levels


def _half(image):
    padded = cv2.copyMakeBorder(image, 4, 4, 4, 4, cv2.BORDER_WRAP)
    return np.ascontiguousarray(cv2.pyrDown(padded)[2:-2, 2:-2])
