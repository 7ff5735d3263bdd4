"""Local binary patterns, rotation-invariant and uniform, at two scales (Ojala, Pietikäinen, Mäenpää 2002).

scikit-image's takes four times as long, and gives other patterns at .2 % of the pixels at the larger scale.
"""

import functools
import math

import cv2
import numpy as np

SCALES = ((8, 1.0), (16, 2.0))  # (points, radius in pixels)


def lbp(pixels):
    """[H, W, 3] uint8 to [28] float32: roots of the shares of patterns, 10 of (8, 1) and 18 of (16, 2).

    Roots for the reason that `histogram` gives; each scale's part has unit length.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    parts = []
    for points, radius in SCALES:
        patterns = riu2(grey, points, radius)
        counts = np.bincount(patterns.ravel(), minlength=points + 2)
        parts.append(np.sqrt(counts / patterns.size))
    return np.concatenate(parts).astype(np.float32)


def riu2(grey, points, radius):
    """LBP^riu2 (their Eq. 9) of each pixel that has all its neighbours.

    Args:
        grey: [H, W] uint8. points, radius: neighbours on a circle, interpolated bilinearly.

    Returns:
        [H - 2m, W - 2m] uint8, m = ceil(radius): neighbours at least as bright as the pixel, 0 to `points`,
        if around the circle that changes at most twice, else `points` + 1.
    """
    margin = math.ceil(radius)
    inner = tuple(slice(margin, size - margin) for size in grey.shape)
    # Differences, for then the interpolation is exactly 0 where the cloth is flat.
    centre = grey[inner].astype(np.float32)
    differences = {}
    codes = np.zeros(centre.shape, np.uint16)
    for number in range(points):
        angle = 2 * math.pi * number / points
        sample = np.zeros_like(centre)
        for dy, dx, weight in _bilinear(-radius * math.sin(angle), radius * math.cos(angle)):
            if (dy, dx) not in differences:
                rows, columns = (
                    slice(part.start + d, part.stop + d) for part, d in zip(inner, (dy, dx), strict=True)
                )
                differences[dy, dx] = grey[rows, columns] - centre
            sample += weight * differences[dy, dx]
        codes |= (sample >= 0).astype(np.uint16) << np.uint16(number)
    return _patterns(points)[codes]


@functools.cache
def _patterns(points):
    """[2**points] uint8, the pattern of each code, a bit a neighbour."""
    bits = np.arange(1 << points)[:, None] >> np.arange(points) & 1
    changes = (bits != np.roll(bits, 1, axis=1)).sum(axis=1)
    return np.where(changes <= 2, bits.sum(axis=1), points + 1).astype(np.uint8)


def _bilinear(y, x):
    """(dy, dx, weight) of the pixels around a place; those of no weight are left out."""
    y, x = round(y, 9), round(x, 9)  # sin(pi) is not quite 0
    top, left = math.floor(y), math.floor(x)
    for dy, of_row in ((top, 1 - (y - top)), (top + 1, y - top)):
        for dx, of_column in ((left, 1 - (x - left)), (left + 1, x - left)):
            if of_row * of_column > 0:
                yield dy, dx, np.float32(of_row * of_column)
