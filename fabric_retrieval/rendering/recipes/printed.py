"""Printed cloth: a design on a plain ground."""

from fabric_retrieval.rendering import designs_dyed, designs_floral, pattern
from fabric_retrieval.rendering.palette import draw_colours
from fabric_retrieval.rendering.prints import DESIGNS
from fabric_retrieval.rendering.recipes.draws import log_uniform
from fabric_retrieval.rendering.recipes.yarn import draw_yarn
from fabric_retrieval.rendering.specification import Print, Specification

FINE = ("plain", "plain", "plain", "plain", "twill_2_1", "twill_3_1", "twill_2_2", "satin_5", "satin_8")
COARSE = ("plain", "plain", "basket_2", "twill_2_2", "twill_3_1")
# Designs whose repeat holds dozens of motifs.
DETAILED = {*designs_floral.DESIGNS, *designs_dyed.DESIGNS, "pin_dots", "greek_key"}


def printed(rng):
    """`Specification` of a print, mostly on fine cloth, now and then on coarse."""
    coarse = rng.random() < 0.15
    low, high = (0.8, 1.5) if coarse else (0.3, 0.8)
    pitch = log_uniform(rng, low, high)
    design = str(rng.choice([*DESIGNS]))
    # Neither threads nor the photograph's pixels may swallow the design.
    smallest = 15 if coarse or design in DETAILED else 6
    repeat = log_uniform(rng, smallest, 48)
    figure = Print(design, repeat, int(rng.integers(2**31)))
    weave = str(rng.choice(COARSE if coarse else FINE))
    pitches = pitch * float(rng.uniform(0.95, 1.2)), pitch
    colours, ground = draw_colours(rng), pattern.plain(0)
    return Specification("print", weave, pitches, colours, ground, ground, draw_yarn(rng), figure, None)
