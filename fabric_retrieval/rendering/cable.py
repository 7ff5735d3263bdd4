"""Cables: strands of face wales that cross over one another on a ground of reverse stitches."""

from typing import NamedTuple

import cv2
import numpy as np

from fabric_retrieval.rendering.knit import loops_ground, stitch_coordinates
from fabric_retrieval.rendering.noise import wrap_blur
from fabric_retrieval.rendering.tiling import grid, lay_out

# Columns 1 and 4 of the plan stand among their like: all reverse stitches and all face ones come from there.
PLAN = np.array([[False, False, False, True, True, True]])
REVERSE, FACE = 1, 4


class Cable(NamedTuple):
    strands: int  # 2 twist like a rope, 3 are plaited
    width: int  # wales a strand
    period: int  # courses until every strand is back in its place
    margin: int  # reverse wales on either side


CABLES = {
    "cable_4": Cable(2, 2, 12, 1),
    "cable_6": Cable(2, 3, 16, 2),
    "cable_8": Cable(2, 4, 24, 2),
    "plait_6": Cable(3, 2, 18, 1),
    "plait_9": Cable(3, 3, 24, 2),
}


def cable_ground(specification, rng):
    """`Ground` of a specification whose structure is one of CABLES."""
    cable = CABLES[specification.structure]
    panel = cable.strands * cable.width + 2 * cable.margin
    unit = cable.period, panel
    counts, extent, size = lay_out(
        tuple(n * pitch for n, pitch in zip(unit, specification.pitch, strict=True)), specification.pitch
    )
    stitches = tuple(n * count for n, count in zip(unit, counts, strict=True))
    u, v = stitch_coordinates(size, stitches, specification.yarn, rng)
    wale, raised, on_strand = _strands(cable, u, grid(size, stitches)[1], panel)
    column = wale - np.floor(wale) + np.where(on_strand, np.float32(FACE), np.float32(REVERSE))
    ground = loops_ground(specification, PLAN, (wale, v), stitches, extent, raised, rng, column)
    light = ground.light
    light /= 1 + np.float32(1.6) * _hollow(raised, 0.9 * size[1] / stitches[1])
    return ground


def _hollow(raised, blur):
    """How far a place lies below what surrounds it within `blur` pixels; smooth, so worked out small."""
    small = cv2.resize(raised, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    around = cv2.resize(
        wrap_blur(small, blur / 4, blur / 4), raised.shape[::-1], interpolation=cv2.INTER_LINEAR
    )
    around -= raised
    return np.maximum(around, 0, out=around)


def _strands(cable, u, v, panel):
    """(wale coordinate, height in wales, whether a strand is there), each [H, W]; `v` is [H, 1]."""
    across = u - np.floor(u / panel) * np.float32(panel) - np.float32(panel / 2)
    phase = v * np.float32(2 * np.pi / cable.period)
    wale, raised = u.copy(), np.zeros_like(u)
    on_strand = np.zeros(u.shape, bool)
    for strand in range(cable.strands):
        middle, above = strand_course(cable, phase + np.float32(2 * np.pi * strand / cable.strands))
        place = across - middle
        relative = place * np.float32(2 / cable.width)
        dome = np.float32(0.28 * cable.width) * (
            np.sqrt(np.maximum(1 - relative * relative, 0)) + np.float32(0.55) * (above + 1)
        )
        front = (np.abs(relative) < 1) & (dome > raised)
        # A strand of an even number of wales has the seam between two in its middle.
        wale = np.where(front, place + np.float32(cable.width / 2 + strand * cable.width), wale)
        raised = np.where(front, dome, raised)
        on_strand |= front
    return wale, raised, on_strand


def strand_course(cable, phase):
    """(middle of a strand in wales from the panel's, height from -1 to 1) at a phase of the period."""
    swing = np.cos(phase)
    if cable.strands == 2:
        # Strands run straight for a while between crossings.
        swing = np.tanh(np.float32(1.4) * swing) / np.float32(np.tanh(1.4))
        return swing * np.float32(cable.width / 2), np.sin(phase)
    # Plaited strands lie closely: where two of them meet at one side, they reach the third.
    return swing * np.float32(0.66 * cable.width), np.sin(2 * phase)
