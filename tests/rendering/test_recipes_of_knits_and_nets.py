import numpy as np
import pytest
from ground_checks import assert_is_ground

from fabric_retrieval.rendering.recipes import corduroy, knitted
from fabric_retrieval.rendering.recipes import open as openwork
from fabric_retrieval.rendering.structures import STRUCTURES, ground_of

RECIPES = (
    knitted.jersey, knitted.rib, knitted.textured_knit, knitted.cable, corduroy.corduroy, corduroy.velvet,
    openwork.mesh, openwork.tulle, openwork.sports_mesh, openwork.lace,
)  # fmt: skip


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_is_a_function_of_its_generator(recipe):
    one, same = (recipe(np.random.default_rng(5)) for _ in range(2))
    other = recipe(np.random.default_rng(6))
    assert (one.structure, one.pitch, one.yarn, one.figure) == (
        same.structure, same.pitch, same.yarn, same.figure,
    )  # fmt: skip
    assert one.yarn != other.yarn


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_a_recipe_gives_can_be_drawn(recipe):
    for seed in range(2):
        specification = recipe(np.random.default_rng(seed))
        assert specification.structure in STRUCTURES
        assert max(specification.weft + specification.warp) < len(specification.colours)
        ground = ground_of(specification, np.random.default_rng(seed))
        assert_is_ground(ground)
        # Not seen to repeat too often in a photograph, and every stitch or cell is resolved.
        assert min(ground.extent) > 20
        pixels = [n / length for n, length in zip(ground.light.shape, ground.extent, strict=True)]
        assert min(p * d for p, d in zip(pixels, specification.pitch, strict=True)) > 3.5
