"""Stripes, checks and tartans: cloth whose threads are dyed before it is woven."""

import math

from fabric_retrieval.rendering import pattern, setts
from fabric_retrieval.rendering.palette import draw_colours
from fabric_retrieval.rendering.recipes.draws import log_uniform
from fabric_retrieval.rendering.recipes.yarn import draw_yarn
from fabric_retrieval.rendering.specification import Specification
from fabric_retrieval.rendering.weave import WEAVES

STRIPED = ("plain", "plain", "plain", "twill_2_1", "twill_2_2", "twill_3_1", "satin_5", "basket_2")
CHECKED = ("plain", "plain", "plain", "twill_2_2", "basket_2")


def stripe(rng):
    """`Specification` of a cloth striped along the warp, or now and then across."""
    weave, pitch = _cloth(rng, STRIPED, 0.35, 1.1)
    draw = pattern.SHIRTINGS[rng.integers(len(pattern.SHIRTINGS))]
    weft_repeat, warp_repeat = WEAVES[weave]().shape
    if weave != "satin_5" and rng.random() < 0.15:
        threads = pattern.plain(0), draw(rng, pitch[0], weft_repeat)
    else:
        # A weft of another colour gives chambray grounds.
        weft = 4 if rng.random() < 0.15 else 0
        threads = draw(rng, pitch[1], warp_repeat), pattern.plain(weft)
    return _specification("stripe", weave, pitch, draw_colours(rng), threads, rng)


def check(rng):
    """`Specification` of a cloth whose stripes cross."""
    if rng.random() < 0.16:
        draw, weaves = [pattern.houndstooth, pattern.glen][rng.integers(2)], ("twill_2_2",)
    else:
        draw, weaves = pattern.CHECKS[rng.integers(len(pattern.CHECKS))], CHECKED
    weave, pitch = _cloth(rng, weaves, 0.35, 1.1)
    repeat = math.lcm(*WEAVES[weave]().shape)
    warp = draw(rng, pitch[1], repeat)
    weft = draw(rng, pitch[0], repeat) if draw is pattern.madras else warp
    return _specification("check", weave, pitch, draw_colours(rng), (warp, weft), rng)


def tartan(rng):
    """`Specification` of a tartan: one sett in warp and weft, mostly in a 2/2 twill."""
    weave, pitch = _cloth(rng, ("twill_2_2", "twill_2_2", "twill_2_2", "plain"), 0.35, 0.9)
    repeat = math.lcm(*WEAVES[weave]().shape)
    sett, letters = pattern.tartan_of(setts.draw_threadcount(rng), rng, max(pitch), repeat)
    colours = draw_colours(rng)
    # Most are dyed in the colours of their letters, fashion tartans in any.
    if rng.random() < 0.7:
        colours[: len(letters)] = setts.draw_dyes(rng, letters)
    return _specification("check", weave, pitch, colours, (sett, sett), rng)


def _cloth(rng, weaves, low, high):
    """(weave, (weft, warp) pitch in millimetres)."""
    pitch = log_uniform(rng, low, high)
    return str(rng.choice(weaves)), (pitch * float(rng.uniform(0.95, 1.15)), pitch)


def _specification(kind, weave, pitch, colours, threads, rng):
    warp, weft = threads
    return Specification(kind, weave, pitch, colours, warp, weft, draw_yarn(rng), None, None)
