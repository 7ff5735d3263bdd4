"""A fabric as a periodic tile: albedo, slope and opacity of its surface, filtered for every distance."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from fabric_retrieval.rendering import seeds
from fabric_retrieval.rendering.catalogue import draw_specification
from fabric_retrieval.rendering.noise import wrap_blur
from fabric_retrieval.rendering.prints import draw_print
from fabric_retrieval.rendering.specification import WHOLE, Specification
from fabric_retrieval.rendering.structures import ground_of

LEVELS = 4
INK_COVER = 0.94  # of the cloth's own colour that ink hides


@dataclass(frozen=True)
class Level:
    """The tile seen from one distance, all float32.

    Attributes:
      albedo: [H, W, 3] linear, times opacity: as seen over black.
      slope: [H, W, 2] (x, y) of the yarns.
      opacity: [H, W] in [0, 1], or None for cloth that one cannot see through.
    """

    albedo: np.ndarray
    slope: np.ndarray
    opacity: np.ndarray | None


@dataclass(frozen=True)
class Fabric:
    """A piece of cloth.

    Attributes:
      specification: what it is.
      extent: (height, width) of the tile in millimetres.
      levels: list of `Level`, each half as large as the one before it.
    """

    specification: Specification
    extent: tuple
    levels: list


def draw_fabric(seed, index, view=WHOLE):
    """Fabric `index` of the collection `seed`, as far as `view` shows it: a pure function of all three."""
    specification = replace(draw_specification(seed, index), view=view)
    return make_fabric(specification, seeds.stream(seed, seeds.TILE, index))


def make_fabric(specification, rng):
    """The tile of a specification; `rng` decides what differs from thread to thread."""
    ground = ground_of(specification, rng)
    albedo = ground.albedo
    if specification.print:
        albedo = _printed(albedo, specification, ground.extent)
    albedo *= ground.light[..., None]
    if ground.opacity is not None:
        albedo *= ground.opacity[..., None]
    return Fabric(specification, ground.extent, _pyramid(Level(albedo, ground.slope, ground.opacity)))


def _printed(albedo, specification, extent):
    repeats = [max(1, round(length / specification.print.repeat)) for length in extent]
    cell = tuple(max(8, round(n / count)) for n, count in zip(albedo.shape, repeats, strict=False))
    rng = np.random.default_rng(specification.print.drawing)
    colour, coverage = draw_print(specification.print.design, rng, cell, specification.colours)
    # A little bleeding, and threads show through ink. One repeat is worked on; ink is colour times coverage.
    ink = wrap_blur(cv2.merge([*cv2.split(colour * coverage[..., None]), coverage]), 1.2, 1.2)
    # Designs often have edges along the borders of their repeat, which should not be those of the tile.
    ink = np.roll(ink, (cell[0] // 3, cell[1] // 3), (0, 1))
    ink = np.tile(ink * np.float32(INK_COVER), (*repeats, 1))
    if ink.shape[:2] != albedo.shape[:2]:
        ink = cv2.resize(ink, albedo.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    bare = cv2.subtract(1.0, cv2.extractChannel(ink, 3))
    printed = cv2.multiply(albedo, cv2.merge([bare] * 3))
    return cv2.add(printed, cv2.cvtColor(ink, cv2.COLOR_BGRA2BGR))


def _pyramid(level):
    levels = [level]
    while len(levels) < LEVELS and min(levels[-1].slope.shape[:2]) >= 32:
        last = levels[-1]
        opacity = None if last.opacity is None else _half(last.opacity)
        levels.append(Level(_half(last.albedo), _half(last.slope), opacity))
    return levels


def _half(image):
    padded = cv2.copyMakeBorder(image, 4, 4, 4, 4, cv2.BORDER_WRAP)
    return np.ascontiguousarray(cv2.pyrDown(padded)[2:-2, 2:-2])
