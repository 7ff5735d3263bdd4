"""A picture of ranking units: one row a unit, the probe, its positive and its first negatives."""

import numpy as np

FRAME = 4
COLOURS = {"probe": (40, 90, 220), "positive": (20, 160, 60), "negative": (200, 40, 30)}


def unit_picture(images, units, rows=8, columns=10):
    """Draws units, probe framed in blue, positive in green, negatives in red.

    Args:
        images: [M, S, S, 3] uint8; units: [U, 2 + R] integers, positions in `images`.
        rows: how many units, spread evenly over U; columns: how many images of each.

    Returns:
        [H, W, 3] uint8.
    """
    shown = units[np.linspace(0, len(units) - 1, min(rows, len(units))).astype(int), :columns]
    roles = ["probe", "positive"] + ["negative"] * (shown.shape[1] - 2)
    return np.concatenate(
        [
            np.concatenate(
                [_framed(images[i], COLOURS[role]) for i, role in zip(unit, roles, strict=True)], axis=1
            )
            for unit in shown
        ]
    )


def _framed(image, colour):
    framed = np.full((image.shape[0] + 2 * FRAME, image.shape[1] + 2 * FRAME, 3), colour, np.uint8)
    framed[FRAME:-FRAME, FRAME:-FRAME] = image
    return framed
