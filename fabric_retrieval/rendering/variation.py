"""The members of a family: one fabric with one thing changed."""

from dataclasses import replace
from itertools import groupby

from fabric_retrieval.rendering.families import DIVISIONS
from fabric_retrieval.rendering.palette import draw_colours
from fabric_retrieval.rendering.structures import RELATED, sequence_repeat

STEP = 1.25  # between neighbouring yarn counts and motif scales
PITCHES = (0.28, 4.0)  # millimetres; finer threads could not be photographed, coarser ones are ropes
REPEATS = (4.0, 46.0)  # millimetres of a print, a figure or a sett: a tile holds one at least
MEMBERS = max(map(max, DIVISIONS)) - 1  # of a family beside its first fabric
NARROWEST = 8  # threads of a sequence that can be scaled


def possible_differences(fabric):
    """What a family that starts with this fabric may differ in.

    The yarn count of a cloth without a pattern is not among it: nearer and further photographs show the same.
    """
    differences = ["colourway"]
    if len(_motif_scales(fabric)) >= MEMBERS:
        differences.append("motif scale")
    if _motif_lengths(fabric) and len(_steps(fabric.pitch, PITCHES)) >= MEMBERS:
        differences.append("yarn count")
    if len(_related(fabric)) > MEMBERS:
        differences.append("weave")
    return differences


def vary(fabric, difference, member, rng):
    """Member `member` (1, 2, ...) of the family that starts with `fabric`; all of them differ."""
    return _VARIATIONS[difference](fabric, member, rng)


def _motif_lengths(fabric):
    """Millimetres of everything that repeats in a fabric and is wide enough to be drawn at another scale."""
    motifs = [motif.repeat for motif in (fabric.print, fabric.figure) if motif and motif.repeat]
    sequences = zip((fabric.weft, fabric.warp), fabric.pitch, strict=True)
    return motifs or [len(s) * pitch for s, pitch in sequences if len(s) >= NARROWEST]


def _related(fabric):
    return next((group for group in RELATED if fabric.structure in group), ())


def _colourway(fabric, _, rng):
    return replace(fabric, colours=draw_colours(rng))


def _yarn_count(fabric, member, _):
    """Other threads, the same pattern in millimetres."""
    factor = _steps(fabric.pitch, PITCHES)[member - 1]
    pitch = tuple(distance * factor for distance in fabric.pitch)
    return _threaded(replace(fabric, pitch=pitch), 1 / factor)


def _motif_scale(fabric, member, _):
    """The same threads, a larger or smaller pattern."""
    return _motif_scales(fabric)[member - 1]


def _motif_scales(fabric):
    """The fabric with its pattern at every other scale; stripes of few threads have few scales."""
    motifs = {name: m for name in ("print", "figure") if (m := getattr(fabric, name)) and m.repeat}
    factors = _steps(_motif_lengths(fabric), REPEATS)
    if motifs:
        return [
            replace(fabric, **{name: replace(m, repeat=m.repeat * factor) for name, m in motifs.items()})
            for factor in factors
        ]
    different = {(fabric.warp, fabric.weft): fabric}
    for factor in factors:
        scaled = _threaded(fabric, factor)
        different.setdefault((scaled.warp, scaled.weft), scaled)
    return [*different.values()][1:]


def _weave(fabric, member, _):
    related = _related(fabric)
    place = related.index(fabric.structure)
    return _threaded(replace(fabric, structure=related[(place + member) % len(related)]), 1)


def _steps(lengths, limits):
    """A factor for each member: steps up and down from 1 that keep the lengths within limits."""
    if not lengths:
        return []
    low, high = limits[0] / min(lengths), limits[1] / max(lengths)
    steps = [step for distance in range(1, 20) for step in (distance, -distance)]
    return [STEP**step for step in steps if low <= STEP**step <= high]


def _threaded(fabric, factor):
    """The sequences `factor` as wide, in whole repeats of the structure."""
    repeats = sequence_repeat(fabric.structure)
    weft, warp = (
        _scaled(sequence, factor, repeat)
        for sequence, repeat in zip((fabric.weft, fabric.warp), repeats, strict=True)
    )
    return replace(fabric, weft=weft, warp=warp)


def _scaled(sequence, factor, repeat):
    if len(sequence) == 1:
        return sequence
    runs = [(colour, len([*run])) for colour, run in groupby(sequence)]
    threads = [colour for colour, width in runs for _ in range(max(1, round(width * factor)))]
    return tuple([threads[0]] * (-len(threads) % repeat) + threads)


_VARIATIONS = {
    "colourway": _colourway,
    "yarn count": _yarn_count,
    "motif scale": _motif_scale,
    "weave": _weave,
}
