"""The histogram of hue and saturation against colours whose bins are known, and Python's colorsys."""

import colorsys

import numpy as np
import pytest

from fabric_retrieval.evaluation.descriptors import hue_saturation


def bins_of(*colours):
    found = hue_saturation(np.array([colours], np.uint8)).reshape(16, 16)
    return {tuple(map(int, place)): found[tuple(place)] for place in np.argwhere(found)}


def test_bins_of_known_colours():
    # 360 / 16 = 22.5 degrees to a bin of hue, 256 / 16 = 16 levels to one of saturation.
    assert bins_of((255, 0, 0)) == {(0, 15): 1}
    assert bins_of((0, 255, 0)) == {(120 // 22.5, 15): 1}
    assert bins_of((0, 0, 255)) == {(240 // 22.5, 15): 1}
    assert bins_of((255, 0, 127)) == {(330 // 22.5, 15): 1}
    assert bins_of((200, 100, 100)) == {(0, 7): 1}  # of 255 levels half
    assert bins_of((0, 0, 0), (90, 90, 90), (255, 255, 255)) == {(0, 0): 1}
    assert bins_of((255, 0, 0), (0, 0, 255), (0, 0, 255), (0, 0, 255)) == {
        (0, 15): 0.5,
        (10, 15): np.sqrt(np.float32(0.75)),
    }


def test_equals_colorsys_away_from_the_edges_of_bins():
    colours = np.random.default_rng(0).integers(0, 256, size=(300, 3))
    chosen, expected = [], np.zeros((16, 16))
    for colour in colours:
        hue, saturation, _ = colorsys.rgb_to_hsv(*(colour / 255))
        place = np.array([hue * 16, saturation * 255 / 16])
        if np.abs(place - np.round(place)).min() > 0.1:  # OpenCV rounds to 1 of 180 and 1 of 255
            chosen.append(colour)
            expected[tuple(place.astype(int))] += 1
    assert len(chosen) > 100
    found = hue_saturation(np.array([chosen], np.uint8))
    np.testing.assert_allclose(found, np.sqrt(expected / len(chosen)).ravel(), rtol=1e-6)
    assert found.dtype == np.float32


def test_it_does_not_see_the_strength_of_the_light():
    bright = np.array([[[200, 120, 40], [60, 220, 120], [240, 240, 80]]], np.uint8)
    np.testing.assert_allclose(hue_saturation(bright // 2), hue_saturation(bright))
    assert np.linalg.norm(hue_saturation(bright)) == pytest.approx(1)
