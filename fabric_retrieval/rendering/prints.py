"""Printed designs: one repeat of each as colour and coverage."""

import cv2
import numpy as np

from fabric_retrieval.rendering import designs_dyed, designs_floral, designs_geometric, designs_regular

OVERSAMPLING = 2  # OpenCV's anti-aliasing has 16 levels of sub-pixel position; drawing larger evens that out.
INKS = 4

# Name → function of (rng, size) that gives the number of the ink at each place, [H, W] uint8, 0 for none.
DESIGNS = {
    **designs_regular.DESIGNS,
    **designs_geometric.DESIGNS,
    **designs_floral.DESIGNS,
    **designs_dyed.DESIGNS,
}


def draw_print(design, rng, size, colours):
    """One repeat of `design` (a key of DESIGNS).

    Args:
      design: name.
      rng: decides every choice within the design.
      size: (height, width) of the repeat in pixels, at least 8.
      colours: [5, 3] float32 linear; colour 0 is the ground, which is left bare, 1 to 4 are the inks.

    Returns:
      (colour [H, W, 3] float32 linear, coverage [H, W] float32 in [0, 1]); both repeat at their borders.
      Where nothing is printed colour is zero.
    """
    large = size[0] * OVERSAMPLING, size[1] * OVERSAMPLING
    index = DESIGNS[design](rng, large)
    layers = [
        cv2.resize(cv2.compare(index, ink, cv2.CMP_EQ), size[::-1], interpolation=cv2.INTER_AREA)
        for ink in range(1, INKS + 1)
    ]
    coverage = _weighted(layers, np.ones(INKS))
    # One plane after the other: several times as fast as pixels of four channels.
    whole = 1 / np.maximum(coverage, 1)
    colour = cv2.merge([_weighted(layers, channel) * whole for channel in colours[1 : INKS + 1].T])
    return colour, np.minimum(coverage * np.float32(1 / 255), 1)


def _weighted(layers, weights):
    first, second, third, fourth = (float(weight) for weight in weights)
    sums = (
        cv2.addWeighted(layers[0], first, layers[1], second, 0, dtype=cv2.CV_32F),
        cv2.addWeighted(layers[2], third, layers[3], fourth, 0, dtype=cv2.CV_32F),
    )
    return cv2.add(*sums)
