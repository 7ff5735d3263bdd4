"""The tile of a fabric at every sample of a picture, without moire."""

import cv2
import numpy as np

from fabric_retrieval.rendering.field import CELL

BLEND = np.float32(0.3)  # part of a level over which it goes over into the next one
FEW = 0.01  # share of the samples too small to be given a sharper level of their own


def look_up(fabric, x, y):
    """Samples a fabric.

    Args:
      x, y: [S, S] float32 place on the cloth in millimetres.
    Returns:
      (albedo [S, S, 3], slope [S, S, 2], opacity [S, S] or None) float32. Every sample takes the pyramid's
      levels whose texels are no smaller than the step to its neighbours.
    """
    wanted = _levels(fabric, x, y)
    x, y = (_wrapped(at, length) for at, length in zip((x, y), fabric.extent[::-1], strict=True))
    present = np.unique(np.ceil(wanted)).astype(int)
    if len(present) == 1 and wanted.min() == wanted.max():
        return _sample(fabric.levels[present[0]], x, y)
    return _blended(fabric, wanted, x, y)


def _blended(fabric, wanted, x, y):
    """From the coarsest level to the sharpest one, each laid over what there is where it is wanted."""
    large = cv2.resize(wanted, None, fx=CELL, fy=CELL, interpolation=cv2.INTER_LINEAR)
    layers = fabric.levels[0].albedo, fabric.levels[0].slope, fabric.levels[0].opacity
    result = [
        None if layer is None else np.zeros((*x.shape, *layer.shape[2:]), np.float32) for layer in layers
    ]
    for level in range(int(np.ceil(wanted.max())), int(wanted.min()) - 1, -1):
        needed = np.abs(wanted - level) < 1
        if not needed.any():
            continue
        rows, columns = (_span(needed.any(axis), len(x)) for axis in (1, 0))
        weight = np.clip(np.float32(level + 1) - large[rows, columns], 0, 1)
        sampled = _sample(fabric.levels[level], x[rows, columns], y[rows, columns])
        for total, layer in zip(result, sampled, strict=True):
            if total is not None:
                total[rows, columns] = cv2.blendLinear(total[rows, columns], layer, 1 - weight, weight)
    return tuple(result)


def _span(needed, size):
    """Slice of the samples around nodes."""
    found = np.flatnonzero(needed)
    return slice(max(0, (found[0] - 1) * CELL), min(size, (found[-1] + 2) * CELL))


def _sample(level, x, y):
    height, width = level.slope.shape[:2]
    at_x, at_y = x * np.float32(width), y * np.float32(height)
    at_x -= np.float32(0.5)
    at_y -= np.float32(0.5)
    return tuple(
        None if layer is None else cv2.remap(layer, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        for layer in (level.albedo, level.slope, level.opacity)
    )


def _wrapped(at, length):
    """Millimetres → tiles, [0, 1)."""
    at = at * np.float32(1 / length)
    at -= np.floor(at)
    return at


def _levels(fabric, x, y):
    """Level of each block of CELL x CELL samples, [S / CELL, S / CELL] float32.

    Whole numbers, save where one level goes over into the next; never sharper than the samples' steps allow.
    """
    x, y = x[::CELL, ::CELL], y[::CELL, ::CELL]
    steps = [np.hypot(np.diff(x, axis=axis), np.diff(y, axis=axis)) for axis in (0, 1)]
    step = np.maximum(np.vstack([steps[0], steps[0][-1:]]), np.hstack([steps[1], steps[1][:, -1:]])) / CELL
    # A fold's edge tears neighbours apart; what lies around it says how fine the cloth is there.
    step = cv2.medianBlur(step.astype(np.float32), 5)
    rows, columns = fabric.levels[0].slope.shape[:2]
    texel = min(fabric.extent[0] / rows, fabric.extent[1] / columns)
    exact = np.log2(np.maximum(step / np.float32(texel), 1e-6))
    exact = cv2.dilate(exact, np.ones((3, 3), np.uint8))
    np.maximum(exact, np.quantile(exact[::4, ::4], FEW), out=exact)
    whole = np.ceil(exact)
    level = whole + np.clip((exact - whole) / BLEND + 1, 0, 1)
    return np.clip(level, 0, len(fabric.levels) - 1).astype(np.float32)
