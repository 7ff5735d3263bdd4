"""Woven grounds and recipes, measured against drafts, geometry and spectra."""

from dataclasses import replace

import numpy as np
import pytest

from fabric_retrieval.rendering.recipes import RECIPES
from fabric_retrieval.rendering.recipes import woven as recipes
from fabric_retrieval.rendering.specification import Specification
from fabric_retrieval.rendering.structures import STRUCTURES, ground_of
from fabric_retrieval.rendering.threads import Ruler
from fabric_retrieval.rendering.yarn import Yarn, fibres, grain

WOVEN = [recipe for _, recipe in RECIPES.values() if recipe.__module__ == recipes.__name__]

STRAIGHT = Yarn(cover=0.98, relief=0.2, twist=0, turns=1, unevenness=0, waver=0, melange=0, sheen=0)
BLACK_WHITE = np.array([[0, 0, 0], [1, 1, 1]], np.float32)


def cloth(structure, pitch=1.0, warp=(0,), weft=(1,), yarn=STRAIGHT, colours=BLACK_WHITE):
    return Specification("woven", structure, (pitch, pitch), colours, warp, weft, yarn, None, None)


def drawn(specification, seed=0):
    return ground_of(specification, np.random.default_rng(seed))


def at_crossings(field, threads):
    """Values at the first 8 x 8 crossings: the tile begins in the middle of a thread."""
    y, x = (np.round(np.arange(8) * n / threads).astype(int) for n in field.shape[:2])
    return field[np.ix_(y, x)]


def test_houndstooth_is_that_of_the_draft():
    # 2/2 twill as in test_weave.DRAFTS, threads ....#### both ways: the colour of whichever is on top.
    draft = "....##.. .....##. ......## ....#..# ..###### #..##### ##..#### .##.####"
    fours = (0,) * 4 + (1,) * 4
    ground = drawn(cloth("twill_2_2", warp=fours, weft=fours))
    shown = at_crossings(ground.albedo[..., 0], round(ground.extent[0]))
    assert ["".join(".#"[int(light > 0.5)] for light in row) for row in shown] == draft.split()


@pytest.mark.parametrize(
    ("structure", "warp_share"),
    [("plain", 1 / 2), ("twill_2_2", 1 / 2), ("twill_3_1", 3 / 4), ("satin_5", 4 / 5)],
)
def test_colours_mix_as_the_weave_has_them(structure, warp_share):
    ground = drawn(cloth(structure, warp=(1,), weft=(0,)))
    # Floats close over what binds them, so that the side that has more shows yet more.
    assert warp_share - 0.03 < ground.albedo.mean() < warp_share + 0.12


def test_one_colour_stays_itself():
    albedo = drawn(cloth("crepe", warp=(1,), weft=(1,))).albedo
    np.testing.assert_array_equal(albedo, np.ones_like(albedo))


def test_threads_are_round():
    # In a warp satin of coarse threads the surface rises to the middle of each warp thread and falls beyond.
    ground = drawn(cloth("satin_8", pitch=2.0))
    pixels = ground.slope.shape[1] / (ground.extent[1] / 2.0)
    place = (np.arange(ground.slope.shape[1]) + 0.5) / pixels % 1  # 0 is the middle
    right_of_middle, left_of_middle = (place > 0.15) & (place < 0.4), (place > 0.6) & (place < 0.85)
    across = np.median(ground.slope[..., 0], axis=0)
    assert (across[right_of_middle] < -0.1).all()
    assert (across[left_of_middle] > 0.1).all()
    assert np.abs(ground.slope.mean((0, 1))).max() < 1e-3  # what rises must fall: the tile repeats


def test_honeycomb_has_cells():
    """Its surface rises and falls over whole cells, which plain weave's does not."""

    def waves(structure, figure=None):
        slope = drawn(replace(cloth(structure), figure=figure)).slope[..., 0]
        spectrum = np.abs(np.fft.rfft(slope, axis=1)).mean(0)
        return spectrum[:16].max()  # 3 mm and longer; threads are 1 mm apart

    figure = recipes.Print("honeycomb", 0.0, 1)
    assert waves("dobby", figure) > 5 * waves("plain")


def test_hairiness_veils_the_threads():
    smooth, hairy = (drawn(cloth("plain", yarn=replace(STRAIGHT, hairiness=h))) for h in (0, 0.7))
    assert hairy.slope.std() < 0.7 * smooth.slope.std()
    assert hairy.albedo.std() < 0.9 * smooth.albedo.std()


def test_slub_thickens_some_places_only():
    even, slubbed = (
        drawn(cloth("plain", warp=(1,), weft=(0,), yarn=replace(STRAIGHT, slub=s))).albedo[..., 0]
        for s in (0, 0.6)
    )
    changed = np.abs(slubbed - even) > 0.2
    assert 0.005 < changed.mean() < 0.2


def test_spread_threads_keep_their_sum_and_repeat():
    values = np.random.default_rng(0).random(13).astype(np.float32)
    spread = Ruler(13, 100).spread(values)
    assert spread.mean() == pytest.approx(values.mean(), rel=1e-5)
    # Brute force: the colour under 1,000 points in each pixel, of which the first lies in thread 0's middle.
    points = (np.arange(100 * 1000) + 0.5) * 13 / 100_000 + 0.5
    np.testing.assert_allclose(spread, values[points.astype(int) % 13].reshape(100, 1000).mean(1), atol=2e-3)


@pytest.mark.parametrize("degrees", [-24, 30, 66])
def test_fibres_lie_as_asked(degrees):
    streaks = fibres(grain(np.random.default_rng(0), (256, 256)), 2.5, degrees)
    assert streaks.std() == pytest.approx(1, abs=0.1)
    # The spectrum of streaks is narrow along them and wide across.
    power = np.abs(np.fft.fftshift(np.fft.fft2(streaks))) ** 2
    y, x = np.mgrid[-128:128, -128:128]
    power[np.hypot(x, y) > 80] = 0  # finer, pixels have directions of their own
    across = 0.5 * np.rad2deg(np.arctan2(2 * (power * x * y).sum(), (power * (x * x - y * y)).sum()))
    assert abs((across - degrees) % 180 - 90) < 4


@pytest.mark.parametrize("recipe", WOVEN)
def test_recipes_give_cloth(recipe):
    for seed in range(30):
        made = recipe(np.random.default_rng(seed))
        assert made.structure in STRUCTURES
        assert 0.15 < min(made.pitch) <= max(made.pitch) < 3
        assert max(*made.warp, *made.weft) < len(made.colours)
    ground = drawn(made)
    assert ground.albedo.dtype == ground.light.dtype == ground.slope.dtype == np.float32
    height, width = ground.light.shape
    assert max(height, width) <= 720
    assert min(height / ground.extent[0] * made.pitch[0], width / ground.extent[1] * made.pitch[1]) >= 3.2
    assert ground.albedo.min() >= 0
    assert ground.albedo.max() <= 1
    assert 0.4 < ground.light.mean() < 1.1


def test_recipes_are_functions_of_the_generator():
    for recipe in WOVEN:
        first, second = (recipe(np.random.default_rng(3)) for _ in range(2))
        assert all(
            np.array_equal(a, b) for a, b in zip(vars(first).values(), vars(second).values(), strict=True)
        )
