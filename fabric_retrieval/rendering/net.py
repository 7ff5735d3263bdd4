"""Nets: threads around open cells, and sports mesh, which is jersey with holes."""

from typing import NamedTuple

import cv2
import numpy as np

from fabric_retrieval.rendering.ground import Ground
from fabric_retrieval.rendering.knit import loops_ground, stitch_coordinates
from fabric_retrieval.rendering.noise import periodic_noise, wrap_blur
from fabric_retrieval.rendering.tiling import lay_out, look_up, slope_of


class Mesh(NamedTuple):
    rows: int  # pitches that one repeat is high: 2 where every other row of cells is moved by half a cell
    segments: tuple  # threads ((x0, y0), (x1, y1)) of one repeat, as shares of its width and height
    knot: float  # radius of the knots, in thread radii; 0 for none


_SQUARE = ((0, 0), (1, 0)), ((0, 0), (0, 1))
_DIAMOND = ((0, 0.5), (0.5, 0)), ((0.5, 0), (1, 0.5)), ((1, 0.5), (0.5, 1)), ((0.5, 1), (0, 0.5))
_SIXTH = 1 / 6
_HEXAGON = (
    ((0.5, -_SIXTH), (0.5, _SIXTH)), ((0.5, _SIXTH), (0, 2 * _SIXTH)), ((0.5, _SIXTH), (1, 2 * _SIXTH)),
    ((0, 2 * _SIXTH), (0, 4 * _SIXTH)), ((0, 4 * _SIXTH), (0.5, 5 * _SIXTH)),
    ((1, 4 * _SIXTH), (0.5, 5 * _SIXTH)),
)  # fmt: skip
# Thread diameters are `yarn.cover` column pitches.
MESHES = {
    "net_square": Mesh(1, _SQUARE, 0),
    "net_diamond": Mesh(2, _DIAMOND, 0),
    "net_hexagon": Mesh(2, _HEXAGON, 0),
    "net_square_knotted": Mesh(1, _SQUARE, 2.2),
    "net_diamond_knotted": Mesh(2, _DIAMOND, 2.3),
}


def net_ground(specification, rng):
    """`Ground` of a specification whose structure is one of MESHES; one sees through its cells."""
    mesh = MESHES[specification.structure]
    repeat = mesh.rows * specification.pitch[0], specification.pitch[1]
    counts, extent, size = lay_out(repeat, specification.pitch)
    opacity, height, shade = draw_net(mesh, repeat, counts, extent, size, specification.yarn, rng)
    albedo = np.broadcast_to(specification.colours[specification.weft[0]], (*size, 3)).copy()
    pixel = extent[0] / size[0], extent[1] / size[1]
    return Ground(albedo, shade, slope_of(height, pixel), opacity, extent)


def draw_net(mesh, repeat, counts, extent, size, yarn, rng):
    """(opacity in [0, 1], height in millimetres, light about 1), each [H, W] float32."""
    radius = yarn.cover * repeat[1] / 2
    texels = [int(np.clip(1.2 * n / count, 12, 64)) for n, count in zip(size, counts, strict=True)]
    cell = _draw_cell(mesh, repeat, texels, radius, yarn)
    x, y = (
        (np.arange(n, dtype=np.float32) + 0.5) * np.float32(count / n)
        for n, count in zip(size[::-1], counts[::-1], strict=True)
    )
    sway = np.float32(0.35 * yarn.waver)
    bend = [
        sway
        * (
            periodic_noise(rng, size, (4, 4))
            + np.float32(0.5) * periodic_noise(rng, size, tuple(2 * n for n in counts))
        )
        for _ in range(2)
    ]
    distance, lines = cv2.split(
        look_up(
            cell,
            (x[None, :] + bend[0]) * np.float32(texels[1]),
            (y[:, None] + bend[1]) * np.float32(texels[0]),
        )
    )
    thick = periodic_noise(rng, size, tuple(3 * n for n in counts))
    thickness = np.float32(radius) * (1 + np.float32(0.5 * yarn.unevenness) * thick)
    pixel = np.float32(extent[1] / size[1])
    opacity = np.clip((thickness - distance) / pixel + np.float32(0.5), 0, 1)
    relative = np.minimum(distance / thickness, 1)
    profile = np.sqrt(1 - relative * relative)
    grain = wrap_blur(rng.standard_normal(size, np.float32), 0.7, 0.7)
    shade = np.float32(0.62) + np.float32(0.4) * profile + np.float32(0.2 * yarn.twist) * lines
    shade += np.float32(yarn.melange) * (np.float32(0.4) * thick + np.float32(0.9) * grain)
    return opacity, profile * thickness, np.clip(shade, 0.2, 1.6)


def _draw_cell(mesh, repeat, texels, radius, yarn):
    """[h, w, 2] float32 of one repeat: distance to the nearest thread in millimetres, and its fibre lines."""
    scale = np.array([repeat[1], repeat[0]], np.float32)
    x, y = ((np.arange(n, dtype=np.float32) + 0.5) / n for n in texels[::-1])
    place = np.stack(np.meshgrid(x, y), -1)
    best = np.full(place.shape[:2], np.inf, np.float32)
    lines = np.zeros_like(best)
    for segment in mesh.segments:
        start, end = (np.array(point, np.float32) for point in segment)
        way = (end - start) * scale
        length = float(np.hypot(*way))
        # The segment and its copies in the repeats around it.
        for turn in np.ndindex(3, 3):
            away = (place - start + np.array(turn, np.float32) - 1) * scale
            along = np.clip((away @ way) / length, 0, length)
            across = (away[..., 1] * way[0] - away[..., 0] * way[1]) / length
            rest = away - along[..., None] * (way / length)
            distance = np.sqrt((rest * rest).sum(-1))
            twist = np.sin(along * np.float32(yarn.turns * np.pi / radius) + 2 * across / np.float32(radius))
            nearer = distance < best
            best, lines = np.where(nearer, distance, best), np.where(nearer, twist, lines)
    if mesh.knot:
        for segment in mesh.segments:
            away = place - np.array(segment[0], np.float32)
            away = (away - np.round(away)) * scale
            best = np.minimum(best, np.sqrt((away * away).sum(-1)) - np.float32((mesh.knot - 1) * radius))
    return np.dstack([np.maximum(best, 0), lines]).astype(np.float32)


STITCHES = 4  # wales and courses between the holes of a sports mesh


def sports_mesh_ground(specification, rng):
    """`Ground` of jersey with round holes in staggered rows, `specification.pitch` apart."""
    repeat = 2 * specification.pitch[0], specification.pitch[1]
    counts, extent, size = lay_out(repeat, tuple(1.2 * pitch / STITCHES for pitch in specification.pitch))
    stitches = 2 * STITCHES * counts[0], STITCHES * counts[1]
    u, v = stitch_coordinates(size, stitches, specification.yarn, rng)
    hole = rng.uniform(0.4, 0.62) * specification.pitch[1] / 2
    x, y = u / np.float32(STITCHES), v / np.float32(2 * STITCHES)
    distance = np.minimum(_from_middle(x, y, repeat, 0), _from_middle(x, y, repeat, 0.5))
    # Cloth bulges towards the holes and curls in at their rims.
    wale = specification.pitch[1] / STITCHES
    rim = np.clip((distance - np.float32(hole)) / np.float32(1.2 * wale), 0, 1)
    raised = np.float32(0.8) * np.sqrt(1 - (1 - rim) ** 2)
    ground = loops_ground(specification, np.array([[True]]), (u, v), stitches, extent, raised, rng)
    opacity = np.clip((distance - np.float32(hole)) * np.float32(size[1] / extent[1]) + np.float32(0.5), 0, 1)
    light, slope = ground.light, ground.slope
    light *= np.float32(0.55) + np.float32(0.45 / 0.8) * raised
    slope *= opacity[..., None]
    return Ground(ground.albedo, light, slope, opacity, extent)


def _from_middle(x, y, repeat, shift):
    x, y = (at + np.float32(shift) for at in (x, y))
    x, y = (at - np.round(at) for at in (x, y))
    return np.sqrt((x * np.float32(repeat[1])) ** 2 + (y * np.float32(repeat[0])) ** 2)
