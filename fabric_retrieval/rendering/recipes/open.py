"""Fabrics one can see through: nets, tulle, sports mesh and lace."""

from dataclasses import replace

from fabric_retrieval.rendering.palette import draw_colours
from fabric_retrieval.rendering.recipes.draws import log_uniform
from fabric_retrieval.rendering.recipes.yarn import draw_yarn
from fabric_retrieval.rendering.specification import Print, Specification

KIND = "open"
# Designs that leave motifs apart, as lace does.
LACE_DESIGNS = "bouquet", "ditsy", "leaves", "paisley"


def mesh(rng):
    """Nets with cells of 1 to 5 mm, square, diamond or hexagonal, knotted or not."""
    structure = str(
        rng.choice(["net_square", "net_diamond", "net_hexagon", "net_square_knotted", "net_diamond_knotted"])
    )
    width = log_uniform(rng, 1.2, 5)
    # Staggered rows of cells stand closer than their columns.
    tallness = rng.uniform(0.85, 1.2) * (1 if "square" in structure else 0.87)
    return _open(rng, structure, (width * tallness, width), rng.uniform(0.12, 0.34))


def tulle(rng):
    """Fine hexagonal net."""
    width = log_uniform(rng, 0.85, 1.8)
    return _open(rng, "net_hexagon", (0.87 * width * rng.uniform(0.9, 1.15), width), rng.uniform(0.12, 0.2))


def sports_mesh(rng):
    """Jersey with round holes 1.8 to 5 mm apart."""
    width = log_uniform(rng, 1.8, 5)
    return _open(rng, "sports_mesh", (width * rng.uniform(0.5, 0.8), width), rng.uniform(0.9, 1.1))


def lace(rng):
    """Motifs on net, one in five with a cord of another colour."""
    width = log_uniform(rng, 0.8, 1.5)
    figure = Print(str(rng.choice(LACE_DESIGNS)), log_uniform(rng, 12, 32), int(rng.integers(2**31)))
    cord = (0,) if rng.random() < 0.8 else (0, 1)
    return _open(rng, "lace", (0.87 * width, width), rng.uniform(0.11, 0.18), figure, cord)


def _open(rng, structure, pitch, cover, figure=None, weft=(0,)):
    yarn = replace(draw_yarn(rng), cover=float(cover))
    pitch = tuple(float(distance) for distance in pitch)
    return Specification(KIND, structure, pitch, draw_colours(rng), (0,), weft, yarn, None, figure)
