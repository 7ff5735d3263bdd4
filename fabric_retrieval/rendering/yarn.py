"""Cloth made of yarns: the height of the threads, which is on top, and how their fibres shade them."""

from dataclasses import dataclass

import cv2
import numpy as np

from fabric_retrieval.rendering.noise import periodic_noise, wrap_blur


@dataclass(frozen=True)
class Yarn:
    """How a thread looks; lengths are in units of the distance between threads."""

    cover: float  # diameter: below 1 the threads leave gaps
    relief: float  # how far a thread rises and dips where it crosses another
    twist: float  # strength of the fibre lines that run round the thread
    turns: float  # fibre lines a thread distance
    unevenness: float  # relative variation of the diameter, slubs included
    waver: float  # how far threads stray from their straight course
    melange: float  # variation of shade between threads and along them
    sheen: float  # strength of the highlight


@dataclass(frozen=True)
class Cloth:
    """Threads rasterised on a periodic grid [H, W]."""

    warp_on_top: np.ndarray  # bool
    warp_thread: np.ndarray  # float32 whole numbers: the warp thread at this place, modulo the tile's threads
    weft_thread: np.ndarray  # likewise
    height: np.ndarray  # float32, in thread distances; gaps are about -1
    shade: np.ndarray  # float32 factor of the albedo, about 1


def weave_cloth(matrix, threads, size, yarn, rng):
    """Lays `threads` = (weft, warp) threads over `size` = (H, W) pixels after a weave matrix → `Cloth`."""
    weft_count, warp_count = threads
    x = _straying(size, warp_count, 1, yarn.waver, rng)
    y = _straying(size, weft_count, 0, yarn.waver, rng)
    warp_thread, across_warp = _divide(x)
    weft_thread, across_weft = _divide(y)

    up = np.where(np.tile(matrix, _repeats(matrix, threads)), np.float32(1), np.float32(-1))
    # Slubs: long along a thread, and never the same in its neighbours.
    thick = (
        periodic_noise(rng, size, (weft_count // 8, warp_count)),
        periodic_noise(rng, size, (weft_count, warp_count // 8)),
    )
    warp = _Side(warp_thread, across_warp, thick[0], warp_count, yarn, rng)
    weft = _Side(weft_thread, across_weft, thick[1], weft_count, yarn, rng)
    warp_height = warp.profile + np.float32(yarn.relief) * _look_up(up, warp_thread, _eased(y))
    weft_height = weft.profile - np.float32(yarn.relief) * _look_up(up, _eased(x), weft_thread)
    warp_height[warp.profile <= 0] = -1
    weft_height[weft.profile <= 0] = -1
    warp_on_top = warp_height >= weft_height

    lines = np.where(warp_on_top, warp.lines(y, weft_count), weft.lines(x, warp_count))
    grain = rng.standard_normal(size, np.float32)
    length = 0.5 * size[1] / warp_count
    fibres = np.where(warp_on_top, wrap_blur(grain, 0.4, length), wrap_blur(grain, length, 0.4))
    # Shade changes along a thread with its thickness, and from thread to thread.
    patches = np.where(warp_on_top, *thick)
    tone = np.where(warp_on_top, warp.tone, weft.tone)
    melange = np.float32(yarn.melange)
    shade = 1 + np.float32(0.25 * yarn.twist) * lines + melange * (0.5 * tone + 0.35 * patches + 2 * fibres)
    height = np.maximum(warp_height, weft_height) + np.float32(0.03 * yarn.twist) * lines
    return Cloth(warp_on_top, warp_thread, weft_thread, height, np.clip(shade, 0.3, 1.8))


class _Side:
    """The threads of one direction."""

    def __init__(self, thread, across, thick, count, yarn, rng):
        diameter = yarn.cover * (1 + 0.6 * yarn.unevenness * rng.standard_normal(count, np.float32))
        self._across, self._turns = across, yarn.turns
        # Half the diameter of a thread that is round and as wide as the distance between threads.
        self.profile = 0.5 * _round(
            across, (1 + np.float32(0.5 * yarn.unevenness) * thick) * per_thread(diameter, thread)
        )
        self.tone = per_thread(rng.standard_normal(count, np.float32), thread)

    def lines(self, along, length):
        """Fibre lines round the thread: a whole number over the tile, so that it repeats."""
        turns = np.round(self._turns * length) * 2 * np.pi / length
        return np.sin(along * np.float32(turns) + 5 * self._across)


def per_thread(values, thread):
    """Values [count(, C)] float32 of each thread → [H, W(, C)] by thread number."""
    return _look_up(np.asarray(values, np.float32)[None], thread, np.zeros_like(thread), cv2.INTER_NEAREST)


def _look_up(table, x, y, interpolation=cv2.INTER_LINEAR):
    return cv2.remap(table, x, y, interpolation, borderMode=cv2.BORDER_WRAP)


def _straying(size, count, axis, waver, rng):
    """Thread coordinate of each pixel [H, W]: straight threads, bent a little."""
    straight = (np.arange(size[axis], dtype=np.float32) + 0.5) * np.float32(count / size[axis])
    cells = (20, 3) if axis else (3, 20)
    bend = periodic_noise(rng, size, (4, 4)) + 0.3 * periodic_noise(rng, size, cells)
    return np.float32(waver) * bend + (straight[None, :] if axis else straight[:, None])


def _divide(at):
    """Thread coordinate → (number of the thread, place across it in [-0.5, 0.5)), both float32."""
    whole = np.floor(at)
    return whole, at - whole - np.float32(0.5)


def _eased(at):
    """Coordinate along a thread such that looking the crossings up linearly bends it smoothly."""
    at = at - np.float32(0.5)
    before = np.floor(at)
    share = at - before
    return before + share * share * (3 - 2 * share)


def _round(across, diameter):
    """Height of a round thread over its middle, in radii."""
    relative = across / diameter
    return np.sqrt(np.maximum(1 - 4 * relative * relative, 0))


def _repeats(matrix, threads):
    if threads[0] % matrix.shape[0] or threads[1] % matrix.shape[1]:
        raise ValueError(f"{threads} threads do not hold whole repeats of a weave of {matrix.shape}.")
    return threads[0] // matrix.shape[0], threads[1] // matrix.shape[1]
