import itertools

import numpy as np
import pytest

from fabric_retrieval.rendering import pattern, setts
from fabric_retrieval.rendering.recipes import printed, yarn_dyed
from fabric_retrieval.rendering.weave import WEAVES


def runs(sequence):
    """Stripes [(colour, threads), ...] of a sequence."""
    starts = [0, *(np.flatnonzero(np.diff(sequence)) + 1), len(sequence)]
    return [(sequence[first], int(last - first)) for first, last in itertools.pairwise(starts)]


@pytest.mark.parametrize(
    ("threadcount", "whole"),
    [
        ("K/4 R24 K24 Y/4", [("K", 4), ("R", 24), ("K", 24), ("Y", 4), ("K", 24), ("R", 24)]),
        ("K4 R24 K24 Y4", [("K", 4), ("R", 24), ("K", 24), ("Y", 4), ("K", 24), ("R", 24)]),
        ("R/32 K/32", [("R", 32), ("K", 32)]),
        ("B/6 W2 G/8", [("B", 6), ("W", 2), ("G", 8), ("W", 2)]),
        ("...B6 W2 G8...", [("B", 6), ("W", 2), ("G", 8)]),
    ],
)
def test_setts_are_read_there_and_back_about_their_pivots(threadcount, whole):
    assert setts.whole_sett(*setts.parse_threadcount(threadcount)) == whole


@pytest.mark.parametrize("wrong", ["", "K4 R0", "R24 k4", "Q4", "R", "24R", "R4,K4"])
def test_what_is_no_threadcount_is_named(wrong):
    with pytest.raises(ValueError, match="threadcount"):
        setts.parse_threadcount(wrong)


@pytest.mark.parametrize("seed", range(40))
def test_drawn_setts_follow_the_rules(seed):
    stripes, mirrored = setts.parse_threadcount(setts.draw_threadcount(np.random.default_rng(seed)))
    letters = [letter for letter, _ in stripes]
    assert mirrored
    assert 2 <= len(set(letters)) <= 5
    assert all(count % 2 == 0 for _, count in stripes)
    assert all(left != right for left, right in itertools.pairwise(letters))


def test_a_sett_is_threaded_in_its_proportions():
    rng = np.random.default_rng(0)
    sequence, letters = pattern.tartan_of("B/8 W4 G/16", rng, 0.5, 2)
    assert letters == "BWG"
    (blue, b), (white, w), (green, g), (again, v) = runs(sequence)
    assert (blue, white, green, again) == (0, 1, 2, 1)
    assert w == v
    assert b == pytest.approx(2 * w, abs=2)
    assert g == pytest.approx(4 * w, abs=2)


def test_dyes_of_letters_are_what_they_are_called():
    red, green, black, white = setts.draw_dyes(np.random.default_rng(1), "RGKW")
    assert red.argmax() == 0
    assert green.argmax() == 1
    assert black.max() < 0.05
    assert white.min() > 0.6


def test_gingham_has_two_bands_of_equal_width():
    (_, first), (_, second) = runs(pattern.gingham(np.random.default_rng(0), 0.5, 1))
    assert first == second


def test_houndstooth_is_four_and_four():
    assert pattern.houndstooth(np.random.default_rng(0), 1.0, 4) == (0,) * 4 + (1,) * 4


@pytest.mark.parametrize("pitch", [0.35, 0.7, 1.2])
def test_glen_checks_are_of_fours_and_twos(pitch):
    for seed in range(6):
        widths = {threads for _, threads in runs(pattern.glen(np.random.default_rng(seed), pitch, 4))}
        assert widths == {2, 4}


@pytest.mark.parametrize("draw", [*pattern.SHIRTINGS[:7], *pattern.CHECKS, pattern.tartan, pattern.glen])
@pytest.mark.parametrize("repeat", [2, 3, 4, 5])
def test_sequences_hold_whole_weave_repeats_and_two_colours_or_more(draw, repeat):
    for seed in range(5):
        sequence = draw(np.random.default_rng(seed), 0.7, repeat)
        assert len(sequence) % repeat == 0
        assert 2 <= len(set(sequence)) <= 5
        assert set(sequence) <= set(range(5))
        assert len(sequence) * 0.7 < 70  # about one tile


@pytest.mark.parametrize("draw", [yarn_dyed.stripe, yarn_dyed.check, yarn_dyed.tartan, printed.printed])
def test_recipes_fit_their_weave(draw):
    for seed in range(20):
        cloth = draw(np.random.default_rng(seed))
        weft_repeat, warp_repeat = WEAVES[cloth.structure]().shape
        assert len(cloth.warp) == 1 or len(cloth.warp) % warp_repeat == 0
        assert len(cloth.weft) == 1 or len(cloth.weft) % weft_repeat == 0
        assert cloth.colours.shape == (5, 3)
        assert cloth.colours.dtype == np.float32
        assert draw(np.random.default_rng(seed)).warp == cloth.warp


def test_tartans_are_threaded_alike_both_ways_and_mirrored():
    for seed in range(10):
        cloth = yarn_dyed.tartan(np.random.default_rng(seed))
        assert cloth.warp == cloth.weft
        widths = [count for _, count in runs(cloth.warp + cloth.warp)]
        # The stripes between two pivots come back in the reverse order.
        period = len(runs(cloth.warp))
        inner = widths[1:period]
        assert inner == inner[::-1]
