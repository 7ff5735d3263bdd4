"""The colour histogram that stands beside every model."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from fabric_retrieval.evaluation.histogram import Histogram, grey_histogram, rgb_histogram


def test_bins_of_known_pixels():
    pixels = np.array([[[0, 0, 0], [42, 0, 0], [43, 0, 0], [255, 255, 255]]], np.uint8)
    histogram = rgb_histogram(pixels)
    # 256 / 6 = 42.67: red 43 is in the second of its bins.
    assert {int(number): histogram[number] for number in np.flatnonzero(histogram)} == {
        0: np.sqrt(np.float32(0.5)),
        36: 0.5,
        215: 0.5,
    }


def test_equals_numpys_histogram():
    pixels = np.random.default_rng(0).integers(0, 256, size=(40, 50, 3)).astype(np.uint8)
    expected, _ = np.histogramdd(pixels.reshape(-1, 3), bins=6, range=[(0, 256)] * 3)
    np.testing.assert_allclose(rgb_histogram(pixels), np.sqrt(expected.ravel() / 2000), rtol=1e-6)
    assert np.linalg.norm(rgb_histogram(pixels)) == pytest.approx(1)


def test_grey_has_a_bin_for_each_level():
    pixels = np.full((2, 2, 3), 7, np.uint8)
    pixels[0, 0] = 255
    histogram = grey_histogram(pixels)
    assert (histogram[7], histogram[255], len(histogram)) == (np.sqrt(np.float32(0.75)), 0.5, 256)


def test_it_sees_the_pixels_that_the_model_sees():
    # 16x16: a blue frame of 2, then 12x12 of which the left third is red and the rest green.
    pixels = np.full((16, 16, 3), [0, 0, 255], np.uint8)
    pixels[2:14, 2:14] = [0, 255, 0]
    pixels[2:14, 2:6] = [255, 0, 0]
    encoded = tf.io.encode_png(pixels)[tf.newaxis]
    bins = [5 * 36, 5 * 6, 5]  # red, green, blue
    cropped = Histogram(16, 12)(encoded)[0]
    assert cropped[bins] == pytest.approx(np.sqrt([1 / 3, 2 / 3, 0]))
    whole = Histogram(16, 16)(encoded)[0]
    assert whole[bins] == pytest.approx(np.sqrt([48 / 256, 96 / 256, 112 / 256]))
    luma = [
        np.asarray(Image.new("RGB", (1, 1), colour).convert("L"))[0, 0] for colour in ("#f00", "#0f0", "#00f")
    ]
    grey = Histogram(16, 12, grey=True)(encoded)[0]
    assert grey[luma] == pytest.approx(np.sqrt([1 / 3, 2 / 3, 0]))


def test_images_are_resized_before_they_are_cropped():
    # A red third on the left of 48 pixels: 8 of 24 after resizing, 4 of the 16 in the centre.
    pixels = np.zeros((30, 48, 3), np.uint8)
    pixels[:, :16] = [255, 0, 0]
    histogram = Histogram(24, 16)(tf.io.encode_png(pixels)[tf.newaxis])[0]
    assert np.square(histogram[0]) == pytest.approx(12 / 16, abs=1 / 16)


def test_the_fingerprint_tells_sizes_and_colours_apart():
    settings = [(16, 12), (17, 12), (16, 13), (16, 12, True)]
    assert len({Histogram(*each).fingerprint for each in settings}) == 4
