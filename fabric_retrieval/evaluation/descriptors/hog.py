"""Histograms of oriented gradients of the whole image (Dalal and Triggs 2005). OpenCV 5 has them no more."""

import cv2
import numpy as np

CELL = 16  # pixels
BLOCK = 2  # cells
ORIENTATIONS = 9  # over 180 degrees
CLIP = 0.2
CONTRAST = 1.0  # mean gradient in levels a pixel; a block of less is hardly more than noise


def hog(pixels):
    """[H, W, 3] uint8 to float32: of [128, 128] pixels [1764], blocks in reading order.

    Of the grey image, by central differences. A gradient's length is shared among the two nearest of the nine
    orientations; a cell of 16x16 pixels sums them up; 2x2 cells are a block, which overlaps the next by half,
    is normalised by L2, clipped at 0.2 and normalised again.
    """
    cells = orientations(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    height, width = cells.shape[0] - BLOCK + 1, cells.shape[1] - BLOCK + 1
    blocks = np.stack(
        [cells[dy : dy + height, dx : dx + width] for dy in range(BLOCK) for dx in range(BLOCK)], axis=2
    ).reshape(height, width, -1)
    blocks = _unit(blocks, CONTRAST)
    return _unit(np.minimum(blocks, CLIP), 1e-3).ravel()


def orientations(grey):
    """[H, W] uint8 to [H / 16, W / 16, 9] float32: each cell's mean gradient lengths by orientation.

    Orientation k is a gradient at 20 k degrees from the x axis towards the y axis, which points down; a dark
    to bright step counts as a bright to dark one. Rows and columns beyond the last whole cell are left out.
    """
    grey = cv2.copyMakeBorder(grey, 1, 1, 1, 1, cv2.BORDER_REPLICATE).astype(np.float32)
    x = (grey[1:-1, 2:] - grey[1:-1, :-2]) / 2
    y = (grey[2:, 1:-1] - grey[:-2, 1:-1]) / 2
    length, angle = cv2.cartToPolar(x, y, angleInDegrees=True)
    place = angle * np.float32(ORIENTATIONS / 180)
    lower = np.floor(place)
    share = place - lower
    lower = lower.astype(np.int64) % ORIENTATIONS
    rows, columns = (size // CELL for size in grey[1:-1, 1:-1].shape)
    row, column = np.arange(x.shape[0]) // CELL, np.arange(x.shape[1]) // CELL
    whole = np.ix_(row < rows, column < columns)
    cell = (row[:, None] * columns + column[None, :])[whole] * ORIENTATIONS
    sums = sum(
        np.bincount(
            (cell + bins[whole]).ravel(), votes[whole].ravel(), minlength=rows * columns * ORIENTATIONS
        )
        for bins, votes in (
            (lower, length * (1 - share)),
            ((lower + 1) % ORIENTATIONS, length * share),
        )
    )
    return (sums / CELL**2).reshape(rows, columns, ORIENTATIONS).astype(np.float32)


def _unit(vectors, small):
    """To unit length, those much shorter than `small` to less."""
    return vectors / np.sqrt(np.square(vectors).sum(axis=-1, keepdims=True) + np.float32(small) ** 2)
