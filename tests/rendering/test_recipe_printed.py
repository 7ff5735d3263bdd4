from dataclasses import replace

import numpy as np
import pytest

from fabric_retrieval.rendering.fabric import INK_COVER, make_fabric
from fabric_retrieval.rendering.prints import draw_print
from fabric_retrieval.rendering.recipes.printed import printed
from fabric_retrieval.rendering.specification import Print


def test_print_lies_on_the_cloth_where_there_is_ink_and_nowhere_else():
    recipe = printed(np.random.default_rng(3))
    colours = np.array([[0.8] * 3, *[[0.1, 0.2, 0.4]] * 4], np.float32)
    cloth = replace(recipe, colours=colours, print=Print("dots", 23.0, 1), pitch=(0.8, 0.8))
    inked = make_fabric(cloth, np.random.default_rng(0)).levels[0].albedo
    bare = make_fabric(replace(cloth, print=None), np.random.default_rng(0)).levels[0].albedo
    # Light between threads falls on both alike: printed / bare = 1 - c + c * ink / dyed, c the ink's cover.
    cover = (1 - inked / np.maximum(bare, 1e-6)) / (1 - colours[1] / colours[0])
    lit = bare.min(-1) > 0.1
    assert np.isclose(cover[lit], 0, atol=1e-3).mean() > 0.2
    _, coverage = draw_print("dots", np.random.default_rng(1), (160, 160), colours)
    assert cover[lit].mean() == pytest.approx(INK_COVER * coverage.mean(), rel=0.1)
    assert np.percentile(cover[lit], 99) < 1.05


def test_prints_are_of_many_designs_and_scales():
    drawn = [printed(np.random.default_rng(seed)).print for seed in range(100)]
    assert len({figure.design for figure in drawn}) > 15
    assert min(figure.repeat for figure in drawn) < 8
    assert max(figure.repeat for figure in drawn) > 40


@pytest.mark.parametrize("repeat", [5.0, 17.0, 32.0, 46.0])
@pytest.mark.parametrize("structure", ["plain", "twill_3_1", "pointed_13"])
def test_the_tile_of_a_print_holds_whole_repeats_of_its_size(repeat, structure):
    cloth = printed(np.random.default_rng(1))
    given = replace(cloth, structure=structure, pitch=(0.5, 0.55), print=replace(cloth.print, repeat=repeat))
    for length in make_fabric(given, np.random.default_rng(0)).extent:
        count = max(1, round(length / repeat))
        # A pointed twill repeats every 13 mm, and a tile holds whole repeats of it too.
        assert length / count == pytest.approx(repeat, rel=0.15 if structure == "pointed_13" else 0.05)
