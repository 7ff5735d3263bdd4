"""Two sets of threads interlaced after a weave matrix, rasterised."""

from dataclasses import dataclass

import cv2
import numpy as np

from fabric_retrieval.rendering.threads import Ruler, lay_threads
from fabric_retrieval.rendering.yarn import fibres, grain

TWIST_DEGREES = 24  # between fibres and the thread they are spun into


@dataclass(frozen=True)
class Cloth:
    """Threads rasterised on a periodic grid [H, W], all float32."""

    warp: np.ndarray  # share of the warp in what one sees, in [0, 1]
    height: np.ndarray  # in thread distances
    shade: np.ndarray  # factor of the albedo, about 1; dark between threads


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
