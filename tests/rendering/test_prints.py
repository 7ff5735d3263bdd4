import numpy as np
import pytest

from fabric_retrieval.rendering.palette import to_linear, to_srgb
from fabric_retrieval.rendering.prints import DESIGNS, draw_print

COLOURS = np.array(
    [[0.8] * 3, [0.5, 0.1, 0.1], [0.1, 0.5, 0.1], [0.1, 0.1, 0.5], [0.3, 0.3, 0.1]], np.float32
)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_designs_use_their_colours(design, seed):
    colour, coverage = draw_print(design, np.random.default_rng(seed), (96, 120), COLOURS)
    assert colour.shape == (96, 120, 3)
    assert coverage.shape == (96, 120)
    assert colour.dtype == coverage.dtype == np.float32
    assert coverage.min() >= 0
    assert coverage.max() <= 1
    inked = colour[coverage == 1]
    distance = np.abs(inked[:, None] - COLOURS[1:]).max(-1).min(-1)
    assert np.mean(distance < 1e-5) > 0.5  # the rest lies between two inks
    assert np.all(inked.sum(-1) == pytest.approx(0.7, abs=1e-4))  # as all inks do, and so their mixtures


@pytest.mark.parametrize("design", DESIGNS)
def test_designs_show_a_pattern(design):
    for seed in range(6):
        colour, coverage = draw_print(design, np.random.default_rng(seed), (96, 120), COLOURS)
        seen = COLOURS[0] + coverage[..., None] * (colour - COLOURS[0])
        assert coverage.mean() > 0.01
        assert seen.std((0, 1)).max() > 0.03


@pytest.mark.parametrize("design", DESIGNS)
def test_two_drawings_of_a_design_differ(design):
    drawings = [draw_print(design, np.random.default_rng(seed), (64, 64), COLOURS) for seed in range(6)]
    seen = [coverage[..., None] * colour for colour, coverage in drawings]
    for first in range(6):
        for second in range(first):
            assert np.abs(seen[first] - seen[second]).mean() > 0.004


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("seed", [5, 6])
def test_designs_repeat_without_a_seam(design, seed):
    _, coverage = draw_print(design, np.random.default_rng(seed), (96, 96), COLOURS)
    for axis in (0, 1):
        inside = np.abs(np.diff(coverage, axis=axis)).mean(1 - axis).max()
        seam = np.abs(np.take(coverage, 0, axis) - np.take(coverage, -1, axis)).mean()
        assert seam <= max(1.05 * inside, 0.05)


@pytest.mark.parametrize("size", [(8, 8), (9, 31), (53, 20)])
def test_designs_can_be_drawn_small(size):
    for design in DESIGNS:
        colour, coverage = draw_print(design, np.random.default_rng(0), size, COLOURS)
        assert colour.shape == (*size, 3)
        assert np.isfinite(coverage).all()


# IEC 61966-2-1: mid-grey 0.5 is 0.21404 in linear light; the straight part ends at 0.04045.
@pytest.mark.parametrize(("srgb", "linear"), [(0, 0), (0.04045, 0.0031308), (0.5, 0.2140411), (1, 1)])
def test_srgb(srgb, linear):
    assert to_linear(srgb) == pytest.approx(linear, abs=1e-5)
    assert to_srgb(np.float64(linear)) == pytest.approx(srgb, abs=1e-4)
