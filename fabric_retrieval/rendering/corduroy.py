"""Pile cloth: corduroy, whose pile stands in ridges (wales), and velvet, whose pile stands everywhere."""

import numpy as np

from fabric_retrieval.rendering.ground import Ground
from fabric_retrieval.rendering.noise import periodic_noise, wrap_blur
from fabric_retrieval.rendering.tiling import grid, lay_out, per_thread, slope_of

VELVET_CELL = 8  # millimetres of a velvet tile's unit: any would do


def corduroy_ground(specification, rng):
    """`Ground` of corduroy: wales `specification.pitch[1]` apart, rows of tufts `pitch[0]` apart."""
    unit = len(specification.weft), len(specification.warp)
    repeat = tuple(n * pitch for n, pitch in zip(unit, specification.pitch, strict=True))
    counts, extent, size = lay_out(repeat, (specification.pitch[1] / 1.6, specification.pitch[1] / 1.6))
    wales = counts[1] * unit[1]
    x, _ = grid(size, (1, wales))
    yarn, pitch = specification.yarn, specification.pitch[1]
    stray = periodic_noise(rng, size, (5, wales)) * np.float32(0.3) + periodic_noise(
        rng, size, (max(4, int(extent[0] / pitch)), 2 * wales)
    ) * np.float32(0.15)
    at = x + np.float32(0.35 * yarn.waver) * stray
    wale = np.floor(at)
    across = 2 * (at - wale) - 1

    # How broad the valley is follows how closely the pile was cut.
    fullness = rng.uniform(2, 4)
    fibres, clumps = _pile(rng, size, 1 + min(1.5, 0.3 * pitch))
    width = np.minimum(np.abs(across) * (1 + np.float32(0.025) * clumps), 1)
    ridge = 1 - width ** np.float32(fullness)
    height = np.float32(0.3 * pitch) * ridge + np.float32(0.012) * ridge * (2 * fibres + clumps)

    lean = periodic_noise(rng, size, (3, 3))
    # Pile shows its dark ends where it stands up and its bright sides where it lies over.
    shade = np.float32(0.1) + np.float32(0.95) * ridge ** np.float32(0.7)
    shade *= (
        1
        + np.float32(0.14 + 0.6 * yarn.melange) * fibres
        + np.float32(0.07) * clumps
        + np.float32(0.05) * lean
    )
    slope = slope_of(height, (extent[0] / size[0], extent[1] / size[1]))
    slope *= np.float32(0.8)
    slope[..., 1] += np.float32(0.10) * lean + np.float32(rng.uniform(-0.25, 0.25))
    colours = np.resize(specification.warp, wales)
    albedo = _coloured(specification.colours, colours, np.mod(wale, np.float32(wales)))
    return Ground(albedo, np.clip(shade, 0.08, 1.5), slope, None, extent)


def velvet_ground(specification, rng):
    """`Ground` of velvet: even pile that leans a little differently from place to place."""
    _, extent, size = lay_out((VELVET_CELL, VELVET_CELL), (VELVET_CELL, VELVET_CELL))
    fibres, clumps = _pile(rng, size, 1.1)
    nap = [
        np.float32(0.16) * periodic_noise(rng, size, (3, 3))
        + np.float32(0.07) * periodic_noise(rng, size, (11, 11))
        for _ in range(2)
    ]
    slope = slope_of(
        np.float32(0.012) * clumps + np.float32(0.012) * fibres, (extent[0] / size[0], extent[1] / size[1])
    )
    slope += np.dstack(nap)
    slope[..., 1] += np.float32(rng.uniform(-0.3, 0.3))
    shade = (
        np.float32(0.92)
        + np.float32(0.12) * fibres
        + np.float32(0.05) * clumps
        - np.float32(0.1) * np.abs(nap[0])
    )
    albedo = np.broadcast_to(specification.colours[0], (*size, 3)).copy()
    return Ground(albedo, np.clip(shade, 0.3, 1.5), slope, None, extent)


def _pile(rng, size, length):
    """(fibre ends, clumps of them), each [H, W] float32 of about unit variance; fibres lie across wales."""
    grain = rng.standard_normal(size, np.float32)
    fibres = wrap_blur(grain, 0.5 * length, 0.35) * np.float32(1.5)
    clumps = wrap_blur(grain[::-1, ::-1], 1.8 * length, 1.2 * length) * np.float32(5.2 * length)
    return fibres, clumps


def _coloured(colours, sequence, wale):
    if (sequence == sequence[0]).all():
        return np.broadcast_to(colours[sequence[0]], (*wale.shape, 3)).copy()
    return per_thread(colours[sequence], wale)
