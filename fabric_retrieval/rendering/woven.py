"""Woven cloth: a weave matrix, threads and their colours."""

from dataclasses import dataclass

import cv2
import numpy as np

from fabric_retrieval.rendering import dye, figured
from fabric_retrieval.rendering.ground import Ground
from fabric_retrieval.rendering.noise import enlarge_periodic, periodic_noise, wrap_blur
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
    # Long floats stand out: this is what makes the cells of a honeycomb.
    lift = _lift(matrix, threads, size) if specification.structure == "dobby" else None
    cloth = weave_cloth(matrix, threads, size, yarn, rng, lift)
    sway = _sway(size, threads, yarn.waver, rng)
    if len({*specification.warp}) == len({*specification.weft}) == 1:
        share, height, shade = cv2.split(_bent(cv2.merge([cloth.warp, cloth.height, cloth.shade]), sway))
        albedo = dye.crossed(share, *(specification.colours[side[0]] for side in _sides(specification)))
    else:
        albedo = _bent(dye.threaded(cloth.warp, threads, *_sides(specification), specification.colours), sway)
        height, shade = cv2.split(_bent(cv2.merge([cloth.height, cloth.shade]), sway))
    if yarn.hairiness:
        albedo, shade, height = _veiled(albedo, shade, height, size[1] / threads[1], yarn.hairiness, rng)
    return Ground(albedo, shade, _slope(height, threads, size), None, extent)


def _sides(specification):
    return specification.weft, specification.warp


def _bent(image, sway):
    return cv2.remap(image, *sway, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)


def weave_cloth(matrix, threads, size, yarn, rng, lift=None):
    """Lays straight `threads` = (weft, warp) over `size` = (H, W) even pixels after a weave matrix → `Cloth`.

    `lift` [H, W] raises the cloth as a whole, in thread distances.

    Raises:
      ValueError: `threads` do not hold whole repeats of the matrix.
    """
    if threads[0] % matrix.shape[0] or threads[1] % matrix.shape[1]:
        raise ValueError(f"{threads} threads do not hold whole repeats of a weave of {matrix.shape}.")
    repeats = threads[0] // matrix.shape[0], threads[1] // matrix.shape[1]
    up = np.tile(_settled(matrix), repeats)
    y, x = (Ruler(count, pixels) for count, pixels in zip(threads, size, strict=True))
    pixels = min(size[0] / threads[0], size[1] / threads[1])  # a thread

    # Fibres are too fine for one to see that they repeat within the tile: half of it each way is drawn.
    half = size[0] // 2, size[1] // 2
    noise, length = grain(rng, half), min(max(0.3 * pixels, 0.6), 2.6)
    sides = []
    for across, along, above, axis in ((x, y, up, 1), (y, x, -up.T, 0)):
        fields = lay_threads(across, along, above, yarn, rng)
        level, flatness, tone = (across.spread(field if axis else field.T, axis) for field in fields)
        flatness *= across.across_squared[None] if axis else across.across_squared[:, None]
        level -= flatness
        streaks = fibres(noise if axis else noise[::-1, ::-1], length, 90 * axis - TWIST_DEGREES)
        # Fibres stand off a little: the border of a thread is ragged.
        _quarters(level)[:] += _repeated(streaks * np.float32(0.035))
        _quarters(tone)[:] += _repeated(streaks * np.float32(0.045 + 0.3 * yarn.melange))
        _add_plies(tone, across, along, axis, yarn, pixels, rng)
        sides.append((level, tone))
    return _crossed(*sides, lift, pixels)


def _settled(matrix):
    """How far the warp stands above the weft at each crossing, about 1 or -1, [weft, warp] float32.

    Floats close over a point that binds among them, so that satin hides its binding points.
    """
    up = np.where(matrix, np.float32(1), np.float32(-1))
    wide = np.pad(up, 1, mode="wrap")
    around = (cv2.boxFilter(wide, -1, (3, 3), normalize=False)[1:-1, 1:-1] - up) / 8
    return up * (1 - np.float32(0.6) * np.maximum(-up * around, 0))


def _quarters(field):
    height, width = field.shape
    return field.reshape(2, height // 2, 2, width // 2)


def _repeated(quarter):
    return quarter[None, :, None]


def _crossed(warp, weft, lift, pixels):
    """`Cloth` of two sets of threads, each (height, shade), which it overwrites; `pixels` a thread."""
    (height, shade), (other_height, other_shade) = warp, weft
    height -= other_height
    # Where one thread dips below the other, the border is about a pixel wide.
    on_top = height * np.float32(0.45 * pixels)
    on_top += np.float32(0.5)
    np.minimum(np.maximum(on_top, 0, out=on_top), 1, out=on_top)
    height *= on_top
    height += other_height
    shade -= other_shade
    shade *= on_top
    shade += other_shade
    shade += 1
    if lift is not None:
        height += lift
    # What lies deep between threads sees little of the sky.
    sky = np.multiply(height, np.float32(0.6), out=other_height)
    sky += np.float32(0.68)
    shade *= np.minimum(np.maximum(sky, np.float32(0.12), out=sky), np.float32(1.08), out=sky)
    np.maximum(shade, np.float32(0.05), out=shade)
    np.maximum(height, np.float32(-0.3), out=height)
    return Cloth(on_top, height, shade)


def _add_plies(tone, across, along, axis, yarn, pixels, rng):
    """Adds the fibre lines that run round the threads, for as far as they are wide enough to be drawn."""
    strength = 0.1 * yarn.twist * float(np.clip((pixels / yarn.turns - 2.5) / 2, 0, 1))
    start = rng.uniform(0, 2 * np.pi, across.count).astype(np.float32)
    if strength == 0:
        return
    turns = round(yarn.turns * along.count) / along.count  # a whole number over the tile
    rise = np.float32(2 * np.pi * turns) * along.at
    lean = 5 * (across.at % 1) + across.spread(start)
    wave = rise[:, None] + lean[None] if axis else lean[:, None] + rise[None]
    np.sin(wave, out=wave)
    wave *= np.float32(strength)
    tone += wave


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
