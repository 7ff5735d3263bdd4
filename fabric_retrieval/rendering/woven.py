"""Woven cloth: a weave matrix, threads and their colours."""

from dataclasses import dataclass

import cv2
import numpy as np

from fabric_retrieval.rendering import figured
from fabric_retrieval.rendering.ground import Ground
from fabric_retrieval.rendering.noise import periodic_noise, wrap_blur
from fabric_retrieval.rendering.threads import Ruler, lay_threads
from fabric_retrieval.rendering.weave import WEAVES, float_lengths
from fabric_retrieval.rendering.yarn import fibres, grain, hairs

DENSITY = 11  # pixels a millimetre, about what the nearest photograph shows
EXTENT = 46  # millimetres that a tile measures at least
THREAD = 4.5  # pixels a thread at least: on fewer, the threads themselves would be aliased
FIGURED_THREAD = 3.3  # likewise where the figure is what one looks at
LARGEST = 560  # pixels along a side where THREAD allows it
TWIST_DEGREES = 24  # between fibres and the thread they are spun into


@dataclass(frozen=True)
class Cloth:
    """Threads rasterised on a periodic grid [H, W], all float32."""

    warp: np.ndarray  # share of the warp in what one sees, in [0, 1]
    height: np.ndarray  # in thread distances
    shade: np.ndarray  # factor of the albedo, about 1; dark between threads


def woven_ground(specification, rng):
    """`Ground` of a specification whose structure is one of weave.WEAVES, "dobby" or "jacquard"."""
    matrix, threads, extent, size = _layout(specification)
    yarn = specification.yarn
    rulers = tuple(Ruler(count, pixels) for count, pixels in zip(threads, size, strict=True))
    # Long floats stand out: this is what makes the cells of a honeycomb.
    lift = _lift(matrix, threads, size) if specification.structure == "dobby" else None
    cloth = weave_cloth(matrix, threads, size, yarn, rng, lift)
    relief = cv2.merge([cloth.shade, cloth.height])
    sway = _sway(size, threads, yarn.waver, rng)
    relief = cv2.remap(relief, *sway, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    albedo = _dyed(specification, cloth.warp, rulers)
    if len({*specification.warp, *specification.weft}) > 1:
        albedo = cv2.remap(albedo, *sway, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    shade, height = cv2.split(relief)
    if yarn.hairiness:
        albedo, shade, height = _veiled(albedo, shade, height, size[1] / threads[1], yarn.hairiness, rng)
    return Ground(albedo, shade, _slope(height, threads, size), None, extent)


def weave_cloth(matrix, threads, size, yarn, rng, lift=None):
    """Lays straight `threads` = (weft, warp) over `size` = (H, W) even pixels after a weave matrix → `Cloth`.

    `lift` [H, W] raises the cloth as a whole, in thread distances.

    Raises:
      ValueError: `threads` do not hold whole repeats of the matrix.
    """
    if threads[0] % matrix.shape[0] or threads[1] % matrix.shape[1]:
        raise ValueError(f"{threads} threads do not hold whole repeats of a weave of {matrix.shape}.")
    repeats = threads[0] // matrix.shape[0], threads[1] // matrix.shape[1]
    up = np.tile(np.where(matrix, np.float32(1), np.float32(-1)), repeats)
    y, x = (Ruler(count, pixels) for count, pixels in zip(threads, size, strict=True))
    pixels = min(size[0] / threads[0], size[1] / threads[1])  # a thread

    noise = grain(rng, (size[0] // 2, size[1] // 2))
    streaks = [
        np.tile(fibres(part, 0.3 * pixels, degrees), (2, 2))
        for part, degrees in ((noise, 90 - TWIST_DEGREES), (noise[::-1, ::-1], -TWIST_DEGREES))
    ]
    lines = [_plies(x, y, yarn, pixels, rng), _plies(y, x, yarn, pixels, rng).T]
    sides = []
    for across, along, above, axis in ((x, y, up, 1), (y, x, -up.T, 0)):
        fields = lay_threads(across, along, above, yarn, rng)
        level, flatness, tone = (across.spread(field if axis else field.T, axis) for field in fields)
        square = across.across_squared[None] if axis else across.across_squared[:, None]
        flatness *= square
        level -= flatness
        # Fibres stand off a little: the border of a thread is ragged.
        level += np.float32(0.035) * streaks[1 - axis]
        tone += np.float32(0.045 + 0.3 * yarn.melange) * streaks[1 - axis]
        tone += lines[1 - axis]
        sides.append((level, tone))
    return _crossed(*sides, lift, pixels)


def _crossed(warp, weft, lift, pixels):
    """`Cloth` of two sets of threads, each (height, shade); `pixels` a thread."""
    # Where one thread dips below the other, the border is about a pixel wide.
    steepness = np.float32(0.45 * pixels)
    on_top = _ramp(warp[0] - weft[0], steepness)
    height = weft[0] + on_top * (warp[0] - weft[0])
    shade = weft[1] + on_top * (warp[1] - weft[1])
    shade += 1
    if lift is not None:
        height += lift
    # What lies deep between threads sees little of the sky.
    sky = height * np.float32(0.6)
    sky += np.float32(0.68)
    np.clip(sky, 0.12, 1.08, out=sky)
    shade *= sky
    np.maximum(height, np.float32(-0.3), out=height)
    np.clip(shade, 0.05, 1.8, out=shade)
    return Cloth(on_top, height, shade)


def _ramp(value, steepness):
    value = value * steepness
    value += np.float32(0.5)
    return np.clip(value, 0, 1, out=value)


def _plies(across, along, yarn, pixels, rng):
    """Shade of the fibre lines that run round the threads [along pixels, across pixels]."""
    turns = np.round(yarn.turns * along.count) / along.count  # a whole number over the tile
    # Too fine to be drawn, they would be aliased.
    strength = 0.1 * yarn.twist * float(np.clip((pixels / yarn.turns - 2.5) / 2, 0, 1))
    start = rng.uniform(0, 2 * np.pi, across.count).astype(np.float32)
    rise = (2 * np.pi * turns * along.at)[:, None]
    lean = (5 * (across.at % 1) + across.spread(start))[None]
    wave = np.float32(strength) * np.sin(rise).astype(np.float32) * np.cos(lean).astype(np.float32)
    wave += np.float32(strength) * np.cos(rise).astype(np.float32) * np.sin(lean).astype(np.float32)
    return wave


def _layout(specification):
    """(matrix, threads, extent, size) of the tile; pairs are (weft, warp), that is (y, x)."""
    pitch = specification.pitch
    matrix = _matrix(specification)
    units = [
        int(np.lcm(repeat, len(sequence)))
        for repeat, sequence in zip(matrix.shape, (specification.weft, specification.warp), strict=True)
    ]
    finest = (FIGURED_THREAD if specification.structure == "jacquard" else THREAD) / min(pitch)
    least = min(EXTENT, LARGEST / finest)
    threads = tuple(
        unit * max(1, round(least / (unit * distance))) for unit, distance in zip(units, pitch, strict=True)
    )
    extent = tuple(count * distance for count, distance in zip(threads, pitch, strict=True))
    density = max(min(DENSITY, LARGEST / max(extent)), finest)
    size = tuple(int(np.ceil(length * density / 16)) * 16 for length in extent)
    return matrix, threads, extent, size


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


def _dyed(specification, warp_share, rulers):
    """Colour [H, W, 3] of the thread on top of each place."""
    weft, warp = (
        ruler.spread(specification.colours[np.resize(sequence, ruler.count)])
        for ruler, sequence in zip(rulers, (specification.weft, specification.warp), strict=True)
    )
    albedo = np.empty((*warp_share.shape, 3), np.float32)
    if len({*specification.warp, *specification.weft}) == 1:
        albedo[:] = warp[0]
        return albedo
    for channel in range(3):
        difference = warp[None, :, channel] - weft[:, None, channel]
        difference *= warp_share
        np.add(difference, weft[:, None, channel], out=albedo[..., channel])
    return albedo


def _sway(size, threads, waver, rng):
    """Where to look (x, y) [H, W] float32 for the straight cloth: threads bend a little."""
    maps = []
    for axis, count in ((1, threads[1]), (0, threads[0])):
        cells = (20, 3) if axis else (3, 20)
        bend = periodic_noise(rng, size, (4, 4)) + np.float32(0.3) * periodic_noise(rng, size, cells)
        bend *= np.float32(waver * size[axis] / count)
        at = np.arange(size[axis], dtype=np.float32)
        bend += at[None] if axis else at[:, None]
        maps.append(bend)
    return maps


def _veiled(albedo, shade, height, pixels, hairiness, rng):
    """Stray fibres lie over the threads and blur them."""
    soft = np.float32(min(1, 1.3 * hairiness))
    sigma = 0.3 * pixels
    shade += soft * (wrap_blur(shade, sigma, sigma) - shade)
    height += soft * (wrap_blur(height, sigma, sigma) - height)
    albedo = albedo + soft * (wrap_blur(albedo, sigma, sigma) - albedo)
    half = tuple(n // 2 for n in shade.shape)
    cells = tuple(int(n / max(3.5, 0.5 * pixels)) for n in half)
    stray = hairs(periodic_noise(rng, half, cells))
    shade *= np.tile(1 + np.float32(0.22 * hairiness) * stray, (2, 2))
    return albedo, shade, height


def _slope(height, threads, size):
    """Slope (x, y) of the surface; heights and distances are both in threads."""
    padded = cv2.copyMakeBorder(height, 3, 3, 3, 3, cv2.BORDER_WRAP)
    smooth = np.array([0.25, 0.5, 0.25], np.float32)
    step = np.array([-0.125, -0.25, 0, 0.25, 0.125], np.float32)
    x = cv2.sepFilter2D(padded, -1, step * np.float32(size[1] / threads[1]), smooth)
    y = cv2.sepFilter2D(padded, -1, smooth, step * np.float32(size[0] / threads[0]))
    return cv2.merge([x[3:-3, 3:-3], y[3:-3, 3:-3]])
