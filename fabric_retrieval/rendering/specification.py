"""What a fabric is: its structure, threads and colours, not yet its pixels."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fabric_retrieval.rendering.yarn import Yarn


@dataclass(frozen=True)
class Print:
    """A design that is printed on a fabric, or woven or worked into it."""

    design: str  # a key of prints.DESIGNS; of a dobby, of figured.DOBBIES
    repeat: float  # millimetres; 0 where the threads alone say how large it is
    drawing: int  # seed of the choices within the design


class View(NamedTuple):
    """How much of a fabric will be looked at: beyond it, a structure may save the work of drawing."""

    extent: float = math.inf  # millimetres across
    density: float = math.inf  # pixels a millimetre


WHOLE = View()


@dataclass(frozen=True)
class Specification:
    """A fabric; pairs are (weft or courses, warp or wales)."""

    kind: str  # in a word, for people
    structure: str  # a key of structures.STRUCTURES
    pitch: tuple  # distances between threads in millimetres
    colours: np.ndarray  # [5, 3] float32 linear
    warp: tuple  # colour number of each warp thread of one repeat
    weft: tuple
    yarn: Yarn
    print: Print | None = None
    figure: Print | None = None  # what dobby, jacquard and lace show in their structure
    view: View = WHOLE
