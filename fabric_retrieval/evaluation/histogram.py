"""The reference row that knows colour and nothing else: a histogram of the pixels that the model sees.

Its entries are square roots of shares, so that the squared L2 distance of two histograms is (twice the square
of) their Hellinger distance. Plain shares make a weaker row: recall@16 .34, not .43, on `fird/rendered_mini`.
"""

import hashlib

import numpy as np

from fabric_retrieval.evaluation.handmade import decoder

BINS = 6  # to a channel: 216 in all
GREY_BINS = 256


class Histogram:
    """Histogram of an image's resized and cropped pixels, square roots of shares: of unit length.

    Colour: 6x6x6 bins of RGB. Grey: one bin a level, since grey pixels would fill only 6 of the 216 and the
    reference would be weaker than it need be.

    Attributes:
        fingerprint: changes with everything that the histogram depends on but the image.
    """

    def __init__(self, resize, crop, grey=False):
        """The arguments are the "preprocessing" of the model's metadata.

        Args:
            resize: side to which images are resized. crop: side of the centre that is left of them.
            grey: luma instead of colour.
        """
        self._grey = grey
        settings = f"root histogram {BINS} {GREY_BINS} {resize} {crop} {grey}"
        self.fingerprint = hashlib.sha256(settings.encode()).hexdigest()
        self._decode = decoder(resize, crop, grey)

    def __call__(self, image_bytes):
        """[B] string to [B, 216] float32, or [B, 256] if grey."""
        pixels = self._decode(image_bytes).numpy()
        return np.stack([grey_histogram(image) if self._grey else rgb_histogram(image) for image in pixels])


def rgb_histogram(pixels):
    """[H, W, 3] uint8 to [216] float32: roots of shares of the pixels; red is the slowest index."""
    red, green, blue = np.moveaxis(pixels.astype(np.int64) * BINS // 256, -1, 0)
    return _root_shares((red * BINS + green) * BINS + blue, BINS**3)


def grey_histogram(pixels):
    """[H, W, 3] uint8 with equal channels to [256] float32: roots of the shares of the pixels."""
    return _root_shares(pixels[..., 0], GREY_BINS)


def _root_shares(bins, length):
    return np.sqrt(np.bincount(bins.ravel(), minlength=length) / bins.size).astype(np.float32)
