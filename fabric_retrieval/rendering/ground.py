"""What every structure (woven, knitted, ...) gives: cloth before it is printed, as a periodic tile."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ground:
    """A periodic tile of cloth; all arrays are float32.

    Attributes:
      albedo: [H, W, 3] linear colour of the yarn on top.
      light: [H, W] about 1: how fibres, twist and depth between threads darken or lighten a place. Print goes
        below it.
      slope: [H, W, 2] (x, y) derivatives of the surface, dimensionless; y downwards.
      opacity: [H, W] in [0, 1], or None for cloth that one cannot see through.
      extent: (height, width) in millimetres.
    """

    albedo: np.ndarray
    light: np.ndarray
    slope: np.ndarray
    opacity: np.ndarray | None
    extent: tuple
