"""Knitted fabrics: fine jersey of T-shirts to coarse hand knits, ribs, cables."""

from dataclasses import replace

from fabric_retrieval.rendering.cable import CABLES
from fabric_retrieval.rendering.palette import draw_colours
from fabric_retrieval.rendering.recipes.draws import log_uniform
from fabric_retrieval.rendering.recipes.yarn import draw_yarn
from fabric_retrieval.rendering.specification import Specification

KIND = "knitted"
LONGEST = 46  # millimetres of a stripe repeat at most: a tile holds whole ones


def jersey(rng):
    """Jersey and its reverse, T-shirt to pullover, two in five striped."""
    # Fine gauges are far more common than coarse ones.
    wale = log_uniform(rng, 0.7, 1.3) if rng.random() < 0.6 else log_uniform(rng, 1.3, 4.0)
    structure = "jersey" if rng.random() < 0.8 else "reverse_jersey"
    course = wale * rng.uniform(0.68, 0.9)
    weft = _stripes(rng, course) if rng.random() < 0.4 else (0,)
    return _knitted(rng, structure, wale, course, weft)


def rib(rng):
    """Ribs from 1x1 to 6x3, now and then striped."""
    wale = log_uniform(rng, 0.75, 3.2)
    structure = str(rng.choice(["rib_1_1", "rib_2_2", "rib_3_2", "rib_6_3"], p=[0.3, 0.35, 0.2, 0.15]))
    course = wale * rng.uniform(0.68, 0.9)
    weft = _stripes(rng, course) if rng.random() < 0.15 else (0,)
    return _knitted(rng, structure, wale, course, weft)


def textured_knit(rng):
    """Garter, moss and basket stitch."""
    wale = log_uniform(rng, 1.1, 4.0)
    structure = str(rng.choice(["garter", "moss", "basket_knit"]))
    # Garter stitch and its like are short: face and reverse courses close up.
    return _knitted(rng, structure, wale, wale * rng.uniform(0.6, 0.8), (0,))


def cable(rng):
    """Cables and plaits on reverse jersey."""
    wale = log_uniform(rng, 1.2, 3.2)
    return _knitted(rng, str(rng.choice([*CABLES])), wale, wale * rng.uniform(0.68, 0.85), (0,))


def _knitted(rng, structure, wale, course, weft):
    pitch = float(course), float(wale)
    yarn = draw_yarn(rng)
    # Knitting yarn is softly twisted and its fibres stand off: it shines less than what is woven.
    yarn = replace(yarn, sheen=0.3 * yarn.sheen)
    return Specification(KIND, structure, pitch, draw_colours(rng), (0,), weft, yarn, None, None)


def _stripes(rng, course):
    """Colour of each course of one repeat: a ground with one to three stripes, or bands of equal width."""
    if rng.random() < 0.4:
        courses = max(1, round(log_uniform(rng, 3, 16) / course))
        return (0,) * courses + (1,) * courses
    stripes = int(rng.integers(1, 4))
    widths = [log_uniform(rng, 1, 9) for _ in range(2 * stripes)]
    scale = min(1, LONGEST / sum(widths))
    courses = []
    for number, width in enumerate(widths):
        colour = 0 if number % 2 == 0 else 1 + number // 2
        courses += [colour] * max(1, round(width * scale / course))
    return tuple(courses)
