"""A histogram of hue and saturation: colour, whatever the strength of the light."""

import cv2
import numpy as np

BINS = 16  # of hue and of saturation, which makes 256


def hue_saturation(pixels):
    """[H, W, 3] uint8 to [256] float32: roots of shares of the pixels; hue is the slowest index.

    Roots for the reason that `histogram` gives. OpenCV has hue in steps of 2 degrees, 0 (red) to 179, and
    saturation 0 to 255; a pixel without a colour, black too, has hue and saturation 0.
    """
    converted = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    counts = cv2.calcHist([converted], [0, 1], None, [BINS, BINS], [0, 180, 0, 256])
    return np.sqrt(counts.ravel() / converted[..., 0].size).astype(np.float32)
