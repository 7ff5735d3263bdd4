import numpy as np
import pytest
from ground_checks import COLOURS, LIVELY, assert_is_ground, assert_repeats, specification

from fabric_retrieval.rendering.structures import ground_of


@pytest.mark.parametrize("pitch", [(0.5, 1.0), (0.5, 2.6), (0.5, 6.0)])
def test_wales_of_corduroy_are_as_far_apart_as_specified(pitch):
    ground = ground_of(specification("corduroy", pitch, LIVELY), np.random.default_rng(1))
    assert_is_ground(ground)
    assert_repeats(ground.light)
    wave = np.abs(np.fft.rfft(ground.light.mean(0)))
    wave[0] = 0
    assert wave.argmax() / ground.extent[1] == pytest.approx(1 / pitch[1], rel=1e-3)


def test_valleys_are_dark_and_narrow():
    ground = ground_of(specification("corduroy", (0.5, 3.0)), np.random.default_rng(1))
    profile = ground.light.mean(0)
    assert profile.min() < 0.5 * profile.max()
    assert (profile < 0.6 * profile.max()).mean() < 0.35


def test_fibres_of_the_pile_lie_across_the_wales():
    ground = ground_of(specification("corduroy", (0.5, 6.0)), np.random.default_rng(1))
    rest = ground.light - ground.light.mean(0)
    along, across = (np.abs(np.diff(rest, axis=axis)).mean() for axis in (0, 1))
    assert along > 1.15 * across


def test_wales_may_alternate_in_colour():
    ground = ground_of(specification("corduroy", (0.5, 2.0), warp=(0, 1)), np.random.default_rng(1))
    assert np.abs(ground.albedo - COLOURS[1]).max(-1).min() < 1e-6
    assert (np.abs(ground.albedo - COLOURS[1]).sum(-1) < 1e-6).mean() == pytest.approx(0.5, abs=0.02)


def test_velvet_has_no_wales():
    ground = ground_of(specification("velvet", (0.4, 0.4)), np.random.default_rng(1))
    assert_is_ground(ground)
    assert_repeats(ground.light)
    wave = np.abs(np.fft.rfft(ground.light.mean(0)))[1:]
    assert wave.max() < 0.2 * wave.sum()
