"""Pooled statistics of feature maps against NumPy, and the colours against the reference row's histogram."""

import numpy as np
import pytest

from fabric_retrieval.evaluation.histogram import rgb_histogram
from fabric_retrieval.models.statistics import Colours, Correlations, GeneralisedMean, StandardDeviation

MAPS = np.random.default_rng(0).normal(size=(3, 5, 7, 4)).astype(np.float32)


def test_correlations_are_those_of_numpy():
    found = Correlations()(MAPS).numpy()
    expected = [np.corrcoef(maps.reshape(-1, 4), rowvar=False)[np.triu_indices(4, 1)] for maps in MAPS]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_map_that_does_not_vary_correlates_with_nothing():
    maps = MAPS.copy()
    maps[..., 0] = 5.0
    found = Correlations()(maps).numpy()
    np.testing.assert_allclose(found[:, :3], 0, atol=1e-6)
    assert np.abs(found[:, 3:]).min() > 1e-3


def test_correlations_know_neither_mean_nor_scale():
    scaled = MAPS * [1, 20, 3, 400] + [5, 6, 7, 8]
    np.testing.assert_allclose(Correlations()(scaled.astype(np.float32)), Correlations()(MAPS), atol=1e-4)


def test_standard_deviation_is_that_of_numpy():
    np.testing.assert_allclose(StandardDeviation()(MAPS), MAPS.std(axis=(1, 2)), rtol=1e-5)


def test_generalised_mean_is_the_root_of_the_mean_cube():
    expected = np.cbrt((np.maximum(MAPS.astype(np.float64), 0) ** 3).mean(axis=(1, 2)))
    np.testing.assert_allclose(GeneralisedMean()(MAPS), expected, rtol=1e-4)


def test_colours_are_the_histogram_of_the_reference_row():
    images = np.random.default_rng(1).integers(0, 256, (2, 16, 16, 3), np.uint8)
    images[1] = 255
    found = Colours()(images.astype(np.float32)).numpy()
    np.testing.assert_allclose(found, [rgb_histogram(image) for image in images], atol=1e-6)


@pytest.mark.parametrize("value", [-3.0, 259.0])
def test_colours_beyond_the_range_count_as_its_ends(value):
    found = Colours()(np.full((1, 4, 4, 3), value, np.float32)).numpy()
    assert found[0, 0 if value < 0 else 215] == 1
