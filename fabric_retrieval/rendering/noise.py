"""Smooth random fields."""

import cv2
import numpy as np


def wrap_blur(image, sigma_x, sigma_y):
    """Gaussian blur of a periodic image [H, W(, C)]."""
    pad_x, pad_y = (
        min(int(3 * sigma + 2), size)
        for sigma, size in ((sigma_x, image.shape[1]), (sigma_y, image.shape[0]))
    )
    padded = cv2.copyMakeBorder(image, pad_y, pad_y, pad_x, pad_x, cv2.BORDER_WRAP)
    # OpenCV takes a sigma of zero for "work it out from the kernel"; a tiny one leaves the axis as it is.
    blurred = cv2.GaussianBlur(
        padded, (2 * pad_x + 1, 2 * pad_y + 1), max(sigma_x, 1e-3), sigmaY=max(sigma_y, 1e-3)
    )
    return blurred[pad_y : pad_y + image.shape[0], pad_x : pad_x + image.shape[1]]


def periodic_noise(rng, shape, cells):
    """Noise [H, W] float32 of about unit variance that repeats at its borders; `cells` = (y, x) features."""
    cells = max(1, cells[0]), max(1, cells[1])
    grid = rng.standard_normal(cells, np.float32)
    # Noise whose features are large is drawn at a quarter of the size.
    reduction = 4 if all(n % 4 == 0 and n >= 16 * count for n, count in zip(shape, cells, strict=True)) else 1
    small = tuple(n // reduction for n in shape)
    # Whole pixels a cell first, so that what is cut out repeats exactly.
    step = [-(-n // count) for n, count in zip(small, cells, strict=True)]
    cut = _enlarge_periodic(grid, *step)
    return _enlarge_periodic(cv2.resize(cut, small[::-1]), reduction, reduction) * np.float32(1.3)


def _enlarge_periodic(field, by_y, by_x):
    if by_y == by_x == 1:
        return field
    padded = cv2.copyMakeBorder(field, 2, 2, 2, 2, cv2.BORDER_WRAP)
    large = cv2.resize(padded, None, fx=by_x, fy=by_y, interpolation=cv2.INTER_CUBIC)
    return large[2 * by_y : -2 * by_y or None, 2 * by_x : -2 * by_x or None]


def enlarge_periodic(field, times):
    """Periodic field [H, W] float32 → [times · H, times · W], smooth."""
    return _enlarge_periodic(field, times, times)
