"""The sweep: steps over the range that is drawn, and nothing but the factor changes."""

import numpy as np
import pytest

from fabric_retrieval.errors import UserError
from fabric_retrieval.rendering import draw_fabric, sweep
from fabric_retrieval.rendering.conditions import NAMES


@pytest.fixture(scope="module")
def values():
    return sweep.drawn_values(500)


def test_steps_cover_the_range_evenly_or_in_ratios():
    rng = np.random.default_rng(0)
    even = sweep.steps_of("shadow", rng.uniform(0.001, 1, 1000), 5)
    np.testing.assert_allclose(np.diff(even), np.diff(even)[0])
    ratios = sweep.steps_of("illuminance_lux", np.exp(rng.uniform(np.log(5), np.log(50_000), 1000)), 5)
    np.testing.assert_allclose(ratios[1:] / ratios[:-1], ratios[1] / ratios[0])
    assert ratios[0] == pytest.approx(5, rel=0.1)
    assert ratios[-1] == pytest.approx(50_000, rel=0.1)
    # Below zero there are no ratios.
    stops = sweep.steps_of("exposure_stops", rng.uniform(-2, 1, 1000), 4)
    np.testing.assert_allclose(np.diff(stops), np.diff(stops)[0])


def test_a_circle_ends_before_its_beginning_and_a_switch_has_two_steps():
    angles = np.random.default_rng(0).uniform(0, 360, 1000)
    np.testing.assert_allclose(sweep.steps_of("rotation_degrees", angles, 6), np.arange(0, 360, 60))
    np.testing.assert_array_equal(sweep.steps_of("outdoors", np.array([0, 1, 1, 0.0]), 6), [0, 1])


def test_every_factor_of_a_collection_has_steps(values):
    assert set(values) == set(NAMES)
    for name in NAMES:
        steps = sweep.steps_of(name, values[name], 6)
        assert (np.diff(steps) > 0).all()
        assert len(steps) <= 6


def test_only_the_factor_changes(values):
    fabric, baseline = draw_fabric(0, 3), sweep.plain_conditions(values)
    pictures, _, partner = sweep.sweep_row(fabric, "exposure_stops", 3, baseline, values)
    assert partner is None
    means = [picture.mean() for picture in pictures]
    assert means[0] < means[1] < means[2]
    # Brighter or darker, but the same picture of the same place.
    for picture in pictures[1:]:
        assert np.corrcoef(picture[..., 1].ravel(), pictures[0][..., 1].ravel())[0, 1] > 0.8
    again, _, _ = sweep.sweep_row(fabric, "exposure_stops", 3, baseline, values)
    np.testing.assert_array_equal(pictures, again)


def test_a_factor_that_shows_only_with_another_gets_it(values):
    fabric, baseline = draw_fabric(0, 3), sweep.plain_conditions(values)
    pictures, _, partner = sweep.sweep_row(fabric, "tilt_azimuth_degrees", 4, baseline, values)
    assert partner == "tilt_degrees"
    assert np.abs(pictures[0].astype(int) - pictures[2]).mean() > 3


def test_sheet_and_unknown_factors():
    sheet = sweep.sweep(0, 3, ["scale", "shadow"], 2, pixels=64)
    assert sheet.shape[1] == 150 + 2 * 72
    assert sheet.shape[0] > 2 * 72
    assert sweep.chosen_factors([]) == list(NAMES)
    with pytest.raises(UserError, match="no such factor; there are rotation_degrees"):
        sweep.chosen_factors(["scale", "sharpness"])
