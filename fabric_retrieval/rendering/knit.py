"""Weft-knitted cloth: jersey, its reverse, ribs and other patterns of face and back stitches."""

import cv2
import numpy as np

from fabric_retrieval.rendering.ground import Ground
from fabric_retrieval.rendering.noise import periodic_noise, wrap_blur
from fabric_retrieval.rendering.stitch import GAP, draw_loops
from fabric_retrieval.rendering.tiling import grid, lay_out, look_up, per_thread, slope_of

RADIUS = 0.25  # of a yarn of cover 1, in wales: two legs side by side fill one


def _ribs(face, back):
    return np.array([[True] * face + [False] * back])


# Name → stitch plan [courses, wales] of one repeat: True where a stitch shows its face.
KNITS = {
    "jersey": np.array([[True]]),
    "reverse_jersey": np.array([[False]]),
    "rib_1_1": _ribs(1, 1),
    "rib_2_2": _ribs(2, 2),
    "rib_3_2": _ribs(3, 2),
    "rib_6_3": _ribs(6, 3),
    "garter": np.array([[True], [False]]),
    "moss": np.array([[True, False], [False, True]]),
    "basket_knit": np.kron([[1, 0], [0, 1]], np.ones((4, 3))).astype(bool),
}


def knitted_ground(specification, rng):
    """`Ground` of a specification whose structure is one of KNITS; weft colours are those of the courses."""
    plan = KNITS[specification.structure]
    unit = int(np.lcm(plan.shape[0], len(specification.weft))), plan.shape[1]
    counts, extent, size = lay_out(
        tuple(n * pitch for n, pitch in zip(unit, specification.pitch, strict=True)), specification.pitch
    )
    stitches = tuple(n * count for n, count in zip(unit, counts, strict=True))
    u, v = stitch_coordinates(size, stitches, specification.yarn, rng)
    raised = np.float32(0)
    if _is_rib(plan):
        u, raised = _drawn_in(u, plan, rng)
    return loops_ground(specification, plan, (u, v), stitches, extent, raised, rng)


def stitch_coordinates(size, stitches, yarn, rng):
    """(wale, course) coordinate of each pixel, [H, W] float32 each: straight, bent a little."""
    x, y = grid(size, stitches)
    return tuple(
        along
        + np.float32(yarn.waver)
        * (
            periodic_noise(rng, size, (4, 4))
            + np.float32(0.35) * periodic_noise(rng, size, tuple(max(1, n // 2) for n in stitches))
        )
        for along in (x, y)
    )


def _is_rib(plan):
    return plan.any() and not plan.all() and (plan.all(0) | ~plan.any(0)).all()


def _drawn_in(u, plan, rng):
    """Ribs: reverse wales draw in behind the others, which stand out → (wale coordinate, height)."""
    face = plan.all(0)
    squeeze = rng.uniform(0.1, 0.5)
    width = np.where(face, 1, 1 - squeeze)
    edges = np.concatenate([[0], np.cumsum(width / width.sum())]) * len(face)
    turn = np.floor(u / len(face)) * np.float32(len(face))
    wale = np.interp(u - turn, edges, np.arange(len(face) + 1)).astype(np.float32)
    # Height over one repeat, smooth between face and back.
    table = np.repeat(face.astype(np.float32), 16)[None]
    table = wrap_blur(table, 6, 1e-3) * np.float32(rng.uniform(0.25, 0.6))
    return wale + turn, look_up(table, wale * np.float32(16), np.zeros_like(wale))


def loops_ground(specification, plan, at, stitches, extent, raised, rng, column=None):
    """`Ground` of loops at coordinates `at` = (wale, course), on a surface `raised` [H, W] in wales.

    `column` [H, W] float32 says where in the plan to look where that is not at the wale coordinate itself.
    """
    u, v = at
    yarn = specification.yarn
    size = u.shape
    aspect = specification.pitch[0] / specification.pitch[1]
    texels = int(np.clip(1.3 * size[1] / stitches[1], 20, 36))
    loops = draw_loops(plan, texels, aspect, RADIUS * yarn.cover, 0.06 + 0.4 * yarn.relief)
    height, along, across, course = _at_stitches(loops, u if column is None else column, v, texels)
    along += u
    course = np.mod(np.floor(course + v), np.float32(stitches[0]))

    thick = periodic_noise(rng, size, (stitches[0], max(1, stitches[1] // 3)))
    tone = per_thread(rng.standard_normal(stitches[0], np.float32), course)
    lines = _fibre_lines(along, across, stitches[1], yarn)
    grain = _grain(along, across, course, stitches, size, rng)
    melange = np.float32(yarn.melange)
    shade = np.float32(0.22 * yarn.twist) * lines
    shade += (np.float32(0.25) * melange) * tone
    shade += (np.float32(0.4) * melange) * thick
    shade += (np.float32(0.9) * melange) * grain
    shade += 1
    height += np.float32(yarn.unevenness * 0.25) * thick
    light = np.clip(shade, 0.3, 1.8, out=shade)
    light *= _open_sky(height, across, yarn)
    height += np.float32(0.012 * yarn.twist) * lines
    height += np.float32(0.012) * grain
    height += raised
    pixel = tuple(length / n / specification.pitch[1] for length, n in zip(extent, size, strict=True))
    albedo = striped(specification.colours, specification.weft, course)
    return Ground(albedo, light, slope_of(height, pixel), None, extent)


def striped(colours, sequence, course):
    """Colour [H, W, 3] of courses whose yarns follow `sequence`."""
    if len(sequence) == 1:
        return np.broadcast_to(colours[sequence[0]], (*course.shape, 3)).copy()
    return per_thread(colours[list(sequence)], course % np.float32(len(sequence)))


def _at_stitches(loops, u, v, texels):
    texture = np.dstack([loops.height, loops.along, loops.across, loops.course])
    return cv2.split(look_up(texture, u * np.float32(texels), v * np.float32(texels)))


def _fibre_lines(along, across, wales, yarn):
    """Plies that run round the yarn: a whole number of turns over the tile, so that it repeats."""
    turns = np.round(2.2 * yarn.turns * wales) * 2 * np.pi / wales
    return np.sin(along * np.float32(turns) + np.float32(2.2) * across)


def _grain(along, across, course, stitches, size, rng):
    """Single fibres: noise that is long along the yarn, another for each course."""
    texture = wrap_blur(rng.standard_normal((128, 512), np.float32), 3.0, 0.7) * np.float32(4)
    step = np.round(max(8.0, size[1] / stitches[1]) * 3 * stitches[1] / 512) * 512 / stitches[1]
    return look_up(
        texture,
        along * np.float32(step) + course * np.float32(97),
        across * np.float32(9) + course * np.float32(41),
    )


def _open_sky(height, across, yarn):
    """What lies deep between yarns, and on the flanks of one, sees little of the sky."""
    top = 0.06 + 0.4 * yarn.relief + RADIUS * yarn.cover
    depth = height - np.float32(GAP)
    depth *= np.float32(1 / (top - GAP))
    np.clip(depth, 0, 1.1, out=depth)
    depth *= np.float32(0.98)
    depth += np.float32(0.1)
    flank = np.minimum(across * across, 1)
    flank *= np.float32(-0.25)
    flank += 1
    depth *= flank
    return depth
