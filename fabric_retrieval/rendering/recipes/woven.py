"""Cloth that shows its weave: coloured, figured, denim, houndstooth and what else is threaded in two colours.

Each recipe is a function (rng) → `Specification`.
"""

from dataclasses import replace

import numpy as np

from fabric_retrieval.rendering.figured import DOBBIES
from fabric_retrieval.rendering.palette import draw_colours, to_linear
from fabric_retrieval.rendering.prints import DESIGNS
from fabric_retrieval.rendering.recipes.draws import log_uniform
from fabric_retrieval.rendering.recipes.yarn import draw_yarn
from fabric_retrieval.rendering.specification import Print, Specification
from fabric_retrieval.rendering.weave import WEAVES, longest_float

# sRGB of cotton dyed with indigo, and with sulphur black over it.
INDIGO = ("1d2740", "26365a", "344a73", "4a6288", "22252d")


def plain_coloured(rng):
    """Any weave, in one colour or with a weft of another."""
    weave = str(rng.choice([*WEAVES, "plain", "plain", "twill_2_2"]))
    # Long floats need fine threads, or they catch: no float is longer than about 4.5 mm.
    floats = longest_float(WEAVES[weave]())
    pitch = draw_pitch(rng, 0.28, min(2.2, 4.5 / floats))
    weft = (1,) if rng.random() < (0.45 if floats <= 3 else 0.25) else (0,)
    return _cloth("woven", weave, pitch, draw_colours(rng), (0,), weft, draw_yarn(rng))


def dobby(rng):
    """Small figures; in two colours more often than not, for they show better."""
    yarn = draw_yarn(rng)
    weft = (1,) if rng.random() < 0.5 else (0,)
    figure = Print(str(rng.choice([*DOBBIES])), 0.0, int(rng.integers(2**31)))
    return _cloth(
        "dobby", "dobby", draw_pitch(rng, 0.3, 1.3), draw_colours(rng), (0,), weft, yarn, figure=figure
    )


def jacquard(rng):
    """Damask in one colour, seen by its sheen, or in two."""
    # Floats of soft yarn spread and close over the points that bind them.
    yarn = replace(draw_yarn(rng), cover=float(rng.uniform(1.1, 1.3)))
    colours = draw_colours(rng)
    if rng.random() < 0.5:
        # Warp and weft of one dye lot, warp a little darker: damask lives on how its floats shine.
        colours[1] = colours[0] * np.float32(rng.uniform(1.1, 1.35))
        yarn = replace(yarn, sheen=max(yarn.sheen, 0.12), melange=yarn.melange / 2)
    figure = Print(str(rng.choice([*DESIGNS])), float(rng.uniform(14, 46)), int(rng.integers(2**31)))
    return _cloth(
        "jacquard", "jacquard", draw_pitch(rng, 0.17, 0.4), np.minimum(colours, 1), (0,), (1,), yarn,
        figure=figure,
    )  # fmt: skip


def denim(rng):
    """3/1 twill of indigo warp, no two threads dyed alike, and undyed weft."""
    indigo = _srgb(INDIGO[rng.integers(len(INDIGO))])
    # Rope dyeing leaves the core of the yarn white: threads differ in how much of it shows.
    shades = [indigo + (_srgb("c8d0dc") - indigo) * share for share in (0.0, 0.06, 0.14, 0.26)]
    weft = _srgb(str(rng.choice(["d8d4c8", "d2d5d6", "c4b798"])))
    washed = float(rng.beta(1, 2))
    colours = np.array([shade + 0.45 * washed * (weft - shade) for shade in shades] + [weft])
    warp = tuple(int(i) for i in rng.choice(4, 24, p=[0.4, 0.35, 0.18, 0.07]))
    yarn = replace(
        draw_yarn(rng), cover=1.08, sheen=0.0, slub=float(rng.uniform(0.05, 0.25)),
        melange=float(rng.uniform(0.15, 0.3)), unevenness=float(rng.uniform(0.05, 0.1)),
    )  # fmt: skip
    weave = str(rng.choice(["twill_3_1", "twill_2_1", "satin_4"], p=[0.75, 0.15, 0.1]))
    warp_pitch = float(rng.uniform(0.34, 0.62))
    pitch = warp_pitch * float(rng.uniform(1.2, 1.5)), warp_pitch  # the warp hides most of the weft
    return _cloth("denim", weave, pitch, to_linear(colours), warp, (4,), yarn)


def houndstooth(rng):
    """2/2 twill, four threads of one colour and four of the other, both ways; or more, in steps of four."""
    step = 4 * int(rng.choice([1, 2, 3], p=[0.75, 0.17, 0.08]))
    sequence = (0,) * step + (1,) * step
    pitch = draw_pitch(rng, 0.35, 1.4)
    return _cloth("houndstooth", "twill_2_2", pitch, draw_colours(rng), sequence, sequence, draw_yarn(rng))


def shepherds_check(rng):
    """Small even checks of two colours: shepherd's in twill, pin and puppytooth in plain weave."""
    weave, step = [("twill_2_2", 6), ("plain", 2), ("basket_2", 4), ("twill_2_2", 2)][rng.integers(4)]
    sequence = (0,) * step + (1,) * step
    pitch = draw_pitch(rng, 0.35, 1.2)
    return _cloth("houndstooth", weave, pitch, draw_colours(rng), sequence, sequence, draw_yarn(rng))


def glen_check(rng):
    """Prince of Wales check: bands of 4 and 4 crossed with bands of 2 and 2, some under a thin overcheck."""
    fours, twos = int(rng.integers(3, 7)), int(rng.integers(4, 9))
    sequence = (0, 0, 0, 0, 1, 1, 1, 1) * fours + (0, 0, 1, 1) * (2 * (twos // 2))
    if rng.random() < 0.4:
        sequence = (2, 2, *sequence[2:])
    pitch = draw_pitch(rng, 0.32, 0.6)
    return _cloth("glen_check", "twill_2_2", pitch, draw_colours(rng), sequence, sequence, draw_yarn(rng))


def herringbone(rng):
    """Herringbone and pointed twills of two colours."""
    weave = str(rng.choice([name for name in WEAVES if name.startswith(("herringbone", "pointed"))]))
    return _cloth("woven", weave, draw_pitch(rng, 0.35, 1.4), draw_colours(rng), (0,), (1,), draw_yarn(rng))


def end_on_end(rng):
    """Threads that alternate in colour: what makes fil-à-fil, tricotine lines and stepped colour effects."""
    weave = str(rng.choice(["plain", "twill_2_1", "twill_2_2", "twill_3_1", "crowfoot", "twill_broken"]))
    warp, weft = [
        ((0, 1), (0,)),
        ((0, 1), (0, 1)),
        ((0, 0, 1), (0,)),
        ((0, 0, 1, 1), (2,)),
        ((0, 1), (1, 0)),
    ][rng.integers(5)]
    return _cloth("woven", weave, draw_pitch(rng, 0.3, 1.1), draw_colours(rng), warp, weft, draw_yarn(rng))


def draw_pitch(rng, low, high):
    """(weft, warp) thread distance in millimetres: log-uniform, mostly closer set in the warp."""
    warp = log_uniform(rng, low, high)
    return warp * float(rng.uniform(0.95, 1.25)), warp


def _cloth(kind, structure, pitch, colours, warp, weft, yarn, figure=None):
    colours = np.asarray(colours, np.float32)
    return Specification(kind, structure, pitch, colours, warp, weft, yarn, None, figure)


def _srgb(word):
    return np.array([int(word[i : i + 2], 16) for i in (0, 2, 4)]) / 255
