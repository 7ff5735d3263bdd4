"""Pile fabrics: corduroy from needlecord to elephant cord, and velvet."""

from dataclasses import replace

from fabric_retrieval.rendering.palette import draw_colours
from fabric_retrieval.rendering.recipes.draws import log_uniform
from fabric_retrieval.rendering.recipes.yarn import draw_yarn
from fabric_retrieval.rendering.specification import Specification

KIND = "corduroy"


def corduroy(rng):
    """Wales of 1 to 6 mm, few of them in alternating colours."""
    wale = log_uniform(rng, 1.0, 6.0)
    warp = (0,) if rng.random() < 0.9 else (0, 1)
    yarn = replace(draw_yarn(rng), sheen=float(rng.uniform(0.0, 0.05)))
    return Specification(KIND, "corduroy", (0.5, wale), draw_colours(rng), warp, (0,), yarn, None, None)


def velvet(rng):
    """Plain velvet."""
    yarn = replace(draw_yarn(rng), sheen=float(rng.uniform(0.03, 0.09)))
    return Specification(KIND, "velvet", (0.4, 0.4), draw_colours(rng), (0,), (0,), yarn, None, None)
