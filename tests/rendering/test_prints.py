import numpy as np
import pytest

from fabric_retrieval.rendering.palette import to_linear, to_srgb
from fabric_retrieval.rendering.prints import DESIGNS, draw_print

COLOURS = np.array([[0.8] * 3, [0.5, 0.1, 0.1], [0.1, 0.5, 0.1], [0.1, 0.1, 0.5], [0, 0, 0]], np.float32)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("seed", [0, 1])
def test_designs_use_their_colours_and_leave_ground(design, seed):
    colour, coverage = draw_print(design, np.random.default_rng(seed), (96, 120), COLOURS)
    assert colour.shape == (96, 120, 3)
    assert coverage.shape == (96, 120)
    assert coverage.min() >= 0
    assert 0.02 < coverage.mean() < 0.98
    printed = colour[coverage > 0.99]
    assert printed.max() <= 0.5 + 1e-5
    assert printed.min() >= 0.1 - 1e-5


@pytest.mark.parametrize("design", DESIGNS)
def test_designs_repeat_without_a_seam(design):
    _, coverage = draw_print(design, np.random.default_rng(5), (96, 96), COLOURS)
    for axis in (0, 1):
        inside = np.abs(np.diff(coverage, axis=axis)).mean(1 - axis).max()
        seam = np.abs(np.take(coverage, 0, axis) - np.take(coverage, -1, axis)).mean()
        assert seam <= max(1.05 * inside, 0.05)


# IEC 61966-2-1: mid-grey 0.5 is 0.21404 in linear light; the straight part ends at 0.04045.
@pytest.mark.parametrize(("srgb", "linear"), [(0, 0), (0.04045, 0.0031308), (0.5, 0.2140411), (1, 1)])
def test_srgb(srgb, linear):
    assert to_linear(srgb) == pytest.approx(linear, abs=1e-5)
    assert to_srgb(np.float64(linear)) == pytest.approx(srgb, abs=1e-4)
