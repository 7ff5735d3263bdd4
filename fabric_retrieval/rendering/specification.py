"""What a fabric is, drawn from (seed, index): its structure and colours, not yet its pixels."""

from dataclasses import dataclass, replace

import numpy as np

from fabric_retrieval.rendering import pattern, seeds
from fabric_retrieval.rendering.palette import draw_colours
from fabric_retrieval.rendering.prints import DESIGNS
from fabric_retrieval.rendering.weave import WEAVES
from fabric_retrieval.rendering.yarn import Yarn

# Share of fabrics that are another one with one thing changed: what the paper's Figure 7 shows as failures.
VARIANT_SHARE = 0.2


@dataclass(frozen=True)
class Print:
    design: str  # a key of prints.DESIGNS
    repeat: float  # millimetres
    drawing: int  # seed of the choices within the design


@dataclass(frozen=True)
class Specification:
    """A fabric. `family` is the index of the fabric it varies, `differs_in` what is changed ("" for none)."""

    kind: str  # "woven", "stripe", "check" or "print"
    structure: str  # a key of structures.STRUCTURES
    pitch: tuple  # (weft, warp) distance between threads in millimetres
    colours: np.ndarray  # [5, 3] float32 linear
    warp: tuple  # colour number of each warp thread of one repeat
    weft: tuple
    yarn: Yarn
    print: Print | None
    figure: Print | None  # what dobby, jacquard and lace show in their structure
    family: int = 0
    differs_in: str = ""


def draw_specification(seed, index):
    """Specification of fabric `index` of the collection `seed`."""
    rng = seeds.stream(seed, seeds.VARIANT, index)
    # The original of a variant is drawn as if it were none, so that no fabric depends on a chain of others.
    if index == 0 or rng.random() >= VARIANT_SHARE:
        return _draw(seed, index)
    return _vary(_draw(seed, index - 1), rng)


def _draw(seed, index):
    rng = seeds.stream(seed, seeds.FABRIC, index)
    kind = str(rng.choice(["woven", "stripe", "check", "print"], p=[0.28, 0.18, 0.2, 0.34]))
    weaves = (
        [*WEAVES]
        if kind == "woven"
        else ["plain", "plain", "basket_2", "twill_2_1", "twill_2_2", "twill_3_1"]
    )
    weave = str(rng.choice(weaves))
    # Structure has to carry a plain-coloured cloth, so its threads are coarser than those under a print.
    low, high = {"woven": (0.8, 2.3), "print": (0.36, 0.9)}.get(kind, (0.4, 1.25))
    pitch = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    pitches = pitch * float(rng.uniform(0.95, 1.3)), pitch
    weft_repeat, warp_repeat = WEAVES[weave]().shape
    warp, weft = _threading(kind, rng, pitches, (weft_repeat, warp_repeat))
    design = Print(
        str(rng.choice([*DESIGNS])),
        float(np.exp(rng.uniform(np.log(9), np.log(32)))),
        int(rng.integers(2**31)),
    )
    colours, yarn = draw_colours(rng), _draw_yarn(rng)
    design = design if kind == "print" else None
    return Specification(
        kind, weave, pitches, colours, warp, weft, yarn, design, None, family=index, differs_in=""
    )


def _threading(kind, rng, pitch, repeat):
    """Colour sequences (warp, weft)."""
    if kind == "stripe":
        draw = pattern.stripes if rng.random() < 0.75 else pattern.pinstripe
        return draw(rng, pitch[1], repeat[1]), pattern.plain(0)
    if kind == "check":
        draw = [pattern.tartan, pattern.tartan, pattern.gingham, pattern.pinstripe][rng.integers(4)]
        return draw(rng, pitch[1], repeat[1]), draw(rng, pitch[0], repeat[0])
    two_coloured = kind == "woven" and rng.random() < 0.55
    return pattern.plain(0), pattern.plain(int(two_coloured))


def _draw_yarn(rng):
    return Yarn(
        cover=float(rng.uniform(0.82, 1.12)),
        relief=float(rng.uniform(0.12, 0.3)),
        twist=float(rng.uniform(0.2, 1.0)),
        turns=float(rng.uniform(1.0, 2.2)),
        unevenness=float(rng.uniform(0.03, 0.16)),
        waver=float(rng.uniform(0.03, 0.16)),
        melange=float(rng.uniform(0.04, 0.22)),
        sheen=float(rng.uniform(0.0, 0.12)),
    )


def _vary(original, rng):
    """The original with one thing changed."""
    what = str(rng.choice(["colourway", "scale"]))
    if what == "colourway":
        return replace(original, colours=draw_colours(rng), differs_in=what)
    factor = float(rng.choice([0.6, 1.6]))
    if original.print:
        larger = replace(original.print, repeat=original.print.repeat * factor)
        return replace(original, print=larger, differs_in=what)
    pitch = tuple(float(np.clip(distance * factor, 0.3, 3.2)) for distance in original.pitch)
    return replace(original, pitch=pitch, differs_in=what)
