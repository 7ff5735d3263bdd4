"""A picture of a batch: one row a ranking unit, pair or cluster, every image framed by its role."""

import numpy as np

FRAME = 4
COLOURS = {
    "probe": (40, 90, 220),
    "positive": (20, 160, 60),
    "negative": (200, 40, 30),
    "image": (128, 128, 128),
}
IN_A_ROW = 10


def ranking_rows(units):
    """[U, 2 + R] (probe, positive, negatives...) to [[(position, role), ...], ...]."""
    roles = ["probe", "positive"] + ["negative"] * (units.shape[1] - 2)
    return [list(zip(unit, roles, strict=True)) for unit in units]


def pair_rows(units):
    """[U, 3] (a, b, same) to [[(position, role), ...], ...]."""
    return [[(a, "probe"), (b, "positive" if same else "negative")] for a, b, same in units]


def cluster_rows(units):
    """[C, 1 + N] (fabric, positions) to [[(position, role), ...], ...]."""
    return [[(position, "image") for position in unit[1:]] for unit in units]


def image_rows(units):
    """[M, 1] positions to [[(position, role), ...], ...], of `IN_A_ROW` images."""
    positions = units[: len(units) // IN_A_ROW * IN_A_ROW or len(units), 0]
    return [
        [(position, "image") for position in positions[i : i + IN_A_ROW]]
        for i in range(0, len(positions), IN_A_ROW)
    ]


def unit_picture(images, rows, count=8, columns=IN_A_ROW):
    """Draws rows of images, probes framed in blue, positives in green, negatives in red, others in grey.

    Args:
        images: [M, S, S, 3] uint8. rows: lists of (position in `images`, role), all of one length.
        count: how many rows, spread evenly over all; columns: how many images of each.

    Returns:
        [H, W, 3] uint8.
    """
    shown = [rows[i][:columns] for i in np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int)]
    return np.concatenate(
        [np.concatenate([_framed(images[i], COLOURS[role]) for i, role in row], axis=1) for row in shown]
    )


def _framed(image, colour):
    framed = np.full((image.shape[0] + 2 * FRAME, image.shape[1] + 2 * FRAME, 3), colour, np.uint8)
    framed[FRAME:-FRAME, FRAME:-FRAME] = image
    return framed
