"""Woven cloth: a weave matrix, threads and their colours."""

import cv2
import numpy as np

from fabric_retrieval.rendering import dye, figured
from fabric_retrieval.rendering.cloth import weave_cloth
from fabric_retrieval.rendering.ground import Ground
from fabric_retrieval.rendering.noise import enlarge_periodic, periodic_noise, wrap_blur
from fabric_retrieval.rendering.weave import WEAVES, float_lengths
from fabric_retrieval.rendering.yarn import hairs

DENSITY = 11  # pixels a millimetre, about what the nearest photograph shows
EXTENT = 46  # millimetres that a tile measures at least
THREAD = 4.5  # pixels a thread at least: on fewer, the threads themselves would be aliased
FIGURED_THREAD = 3.3  # likewise where the figure is what one looks at
LARGEST = 560  # pixels along a side where THREAD allows it


def woven_ground(specification, rng):
    """`Ground` of a specification whose structure is one of weave.WEAVES, "dobby" or "jacquard"."""
    matrix, threads, extent, size = _layout(specification)
    yarn = specification.yarn
    # Long floats stand out: this is what makes the cells of a honeycomb.
    lift = _lift(matrix, threads, size) if specification.structure == "dobby" else None
    cloth = weave_cloth(matrix, threads, size, yarn, rng, lift)
    sway = _sway(size, threads, yarn.waver, rng)

    def seen(*layers):
        image = cv2.remap(cv2.merge(layers), *sway, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        return _softened(image, size[1] / threads[1], yarn.hairiness) if yarn.hairiness else image

    sides = specification.weft, specification.warp
    if all(len({*side}) == 1 for side in sides):
        share, height, shade = cv2.split(seen(cloth.warp, cloth.height, cloth.shade))
        albedo = dye.crossed(share, *(specification.colours[side[0]] for side in sides))
    else:
        albedo = seen(*dye.threaded(cloth.warp, threads, *sides, specification.colours))
        height, shade = cv2.split(seen(cloth.height, cloth.shade))
    if yarn.hairiness:
        shade *= _stray_fibres(size, size[1] / threads[1], yarn.hairiness, rng)
    return Ground(albedo, shade, _slope(height, threads, size), None, extent)


def _layout(specification):
    """(matrix, threads, extent, size) of the tile; pairs are (weft, warp), that is (y, x)."""
    pitch = specification.pitch
    matrix = _matrix(specification)
    units = [
        int(np.lcm(repeat, len(sequence)))
        for repeat, sequence in zip(matrix.shape, (specification.weft, specification.warp), strict=True)
    ]
    finest = (FIGURED_THREAD if specification.structure == "jacquard" else THREAD) / min(pitch)
    wanted = min(EXTENT, LARGEST / finest, specification.view.extent)
    repeat = specification.print and specification.print.repeat
    threads = tuple(
        unit * _count(unit * distance, wanted, repeat) for unit, distance in zip(units, pitch, strict=True)
    )
    extent = tuple(count * distance for count, distance in zip(threads, pitch, strict=True))
    density = max(min(DENSITY, LARGEST / max(extent), specification.view.density), finest)
    size = tuple(int(np.ceil(length * density / 16)) * 16 for length in extent)
    return matrix, threads, extent, size


def _count(unit, wanted, repeat):
    """Units, `unit` millimetres each, along a side of about `wanted`; if printed, of about whole repeats."""
    if not repeat:
        return max(1, round(wanted / unit))
    counts = np.arange(max(1, 0.75 * wanted // unit), max(1.4 * wanted, 1.1 * repeat) // unit + 2)
    lengths = counts * unit
    stretch = np.log(lengths / (repeat * np.maximum(1, np.round(lengths / repeat))))
    return int(counts[np.argmin(np.abs(stretch) + 0.05 * np.abs(np.log(lengths / wanted)))])


def _matrix(specification):
    if specification.structure in WEAVES:
        return WEAVES[specification.structure]()
    figure = figured.FIGURED[specification.structure]
    return figure(specification.figure, specification.pitch, specification.colours)


def _lift(matrix, threads, size):
    lengths = float_lengths(matrix).astype(np.float32)
    lengths = wrap_blur(lengths - lengths.mean(), 0.7, 0.7)
    repeats = [count // repeat for count, repeat in zip(threads, matrix.shape, strict=True)]
    padded = cv2.copyMakeBorder(np.tile(lengths, repeats), 1, 1, 1, 1, cv2.BORDER_WRAP)
    per_thread = size[0] / threads[0], size[1] / threads[1]
    y, x = (
        (np.arange(n, dtype=np.float32) + np.float32(0.5)) / np.float32(pixels) + np.float32(0.5)
        for n, pixels in zip(size, per_thread, strict=True)
    )
    at = np.broadcast_to(x[None], size), np.broadcast_to(y[:, None], size)
    return np.float32(0.16) * cv2.remap(padded, *map(np.ascontiguousarray, at), cv2.INTER_LINEAR)


def _sway(size, threads, waver, rng):
    """Where to look (x, y) [H, W] float32 for the straight cloth: threads bend a little."""
    maps = []
    small = size[0] // 8, size[1] // 8
    for axis, count in ((1, threads[1]), (0, threads[0])):
        cells = (20, 3) if axis else (3, 20)
        bend = periodic_noise(rng, small, (4, 4)) + np.float32(0.3) * periodic_noise(rng, small, cells)
        bend = enlarge_periodic(bend * np.float32(waver * size[axis] / count), 8)
        at = np.arange(size[axis], dtype=np.float32)
        maps.append(bend + (at[None] if axis else at[:, None]))
    return maps


def _softened(image, pixels, hairiness):
    """Fibres that stand off blur the threads, `pixels` wide, below them."""
    sigma = 0.3 * pixels
    return cv2.addWeighted(
        image, 1 - min(1, 1.3 * hairiness), wrap_blur(image, sigma, sigma), min(1, 1.3 * hairiness), 0
    )


def _stray_fibres(size, pixels, hairiness, rng):
    """Factor [H, W] of the light: single fibres that lie over the cloth."""
    half = tuple(n // 2 for n in size)
    cells = tuple(int(n / max(3.5, 0.5 * pixels)) for n in half)
    stray = hairs(periodic_noise(rng, half, cells))
    return np.tile(1 + np.float32(0.22 * hairiness) * stray, (2, 2))


def _slope(height, threads, size):
    """Slope (x, y) of the surface; heights and distances are both in threads."""
    padded = cv2.copyMakeBorder(height, 3, 3, 3, 3, cv2.BORDER_WRAP)
    smooth = np.array([0.25, 0.5, 0.25], np.float32)
    step = np.array([-0.125, -0.25, 0, 0.25, 0.125], np.float32)
    x = cv2.sepFilter2D(padded, -1, step * np.float32(size[1] / threads[1]), smooth)
    y = cv2.sepFilter2D(padded, -1, smooth, step * np.float32(size[0] / threads[0]))
    return cv2.merge([x[3:-3, 3:-3], y[3:-3, 3:-3]])
