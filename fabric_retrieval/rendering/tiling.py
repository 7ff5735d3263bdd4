"""How many repeats a tile of cloth holds, and on how many pixels; looking one repeat up all over it."""

import cv2
import numpy as np

from fabric_retrieval.rendering.noise import wrap_blur

DENSITY = 10  # pixels a millimetre, a little more than the nearest photograph shows
AREA = 205_000  # pixels of a tile about, which decide what it costs, where DETAIL does not ask for more
EXTENT = 48  # millimetres that a tile measures at least, if its pixels are enough
DETAIL = 6  # pixels the finest detail at least
MOST = 640  # pixels a side
FINE = 520  # pixels a side of cloth so fine that it measures less than EXTENT


def lay_out(repeat, finest):
    """Whole repeats on a grid whose sides are multiples of 16 pixels.

    Args:
      repeat: (height, width) in millimetres of what must be whole.
      finest: (height, width) in millimetres of what must be drawn sharply, such as a stitch.

    Returns:
      (number of repeats (y, x), extent in millimetres (y, x), size in pixels (y, x)).
    """
    density = max(DENSITY, DETAIL / min(finest))
    least = min(EXTENT, FINE / density)
    counts = tuple(_count(length, least, MOST / density) for length in repeat)
    extent = tuple(count * length for count, length in zip(counts, repeat, strict=True))
    density = max(DETAIL / min(finest), min(density, np.sqrt(AREA / (extent[0] * extent[1]))))
    size = tuple(min(MOST, int(np.ceil(length * density / 16)) * 16) for length in extent)
    return counts, extent, size


def _count(length, least, most):
    enough = int(np.ceil(least / length))
    return enough if enough * length <= most else max(1, int(most / length))


def grid(size, counts):
    """Coordinates (x [1, W], y [H, 1]) float32 of the pixels' middles, `counts` = (y, x) units a side."""
    y, x = (
        (np.arange(n, dtype=np.float32) + 0.5) * np.float32(count / n)
        for n, count in zip(size, counts, strict=True)
    )
    return x[None, :], y[:, None]


def slope_of(height, pixel):
    """Slope (x, y) [H, W, 2] of heights [H, W]; `pixel` = (height, width) in the same unit."""
    padded = cv2.copyMakeBorder(wrap_blur(height, 0.8, 0.8), 1, 1, 1, 1, cv2.BORDER_WRAP)
    slope = np.empty((*height.shape, 2), np.float32)
    np.subtract(padded[1:-1, 2:], padded[1:-1, :-2], out=slope[..., 0])
    np.subtract(padded[2:, 1:-1], padded[:-2, 1:-1], out=slope[..., 1])
    slope *= np.array([0.5 / pixel[1], 0.5 / pixel[0]], np.float32)
    return slope


def look_up(texture, x, y):
    """Periodic texture [h, w(, C)] float32 at texel coordinates x, y [H, W], linearly."""
    height, width = texture.shape[:2]
    padded = cv2.copyMakeBorder(texture, 1, 1, 1, 1, cv2.BORDER_WRAP)
    # OpenCV is slow beyond a picture's borders, so nothing is looked up there.
    return cv2.remap(padded, _within(x, width), _within(y, height), cv2.INTER_LINEAR)


def _within(at, length):
    turns = at * np.float32(1 / length)
    turns -= np.floor(turns)
    turns *= np.float32(length)
    turns += np.float32(0.5)
    return turns


def per_thread(values, thread):
    """Values [count(, C)] of each thread → [H, W(, C)] float32 by thread number, modulo their count."""
    table = np.asarray(values, np.float32)[None]
    return cv2.remap(table, thread, np.zeros_like(thread), cv2.INTER_NEAREST, borderMode=cv2.BORDER_WRAP)
