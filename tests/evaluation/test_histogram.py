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
    encoded = tf.io.encode_png(np.full((30, 50, 3), [255, 0, 0], np.uint8))
    assert Histogram(16)(encoded[tf.newaxis])[0, 5 * 36] == 1
    luma = np.asarray(Image.new("RGB", (1, 1), (255, 0, 0)).convert("L"))[0, 0]
    assert Histogram(16, grey=True)(encoded[tf.newaxis])[0, luma] == 1


def test_the_fingerprint_tells_sizes_and_colours_apart():
    assert len({Histogram(16).fingerprint, Histogram(17).fingerprint, Histogram(16, True).fingerprint}) == 3
