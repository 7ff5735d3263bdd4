"""One repeat of knitted loops, drawn from the centre curve of the yarn.

Lengths are in wales; courses are counted downwards. A course's yarn runs along
x = t / 2 pi + A sin 2t, y = h cos t, the sinusoidal loop model of weft knitting (after Peirce and Leaf),
and its height is -cos 2t on the face: legs forward, heads and feet back. The reverse side shows the opposite.
"""

from dataclasses import dataclass

import cv2
import numpy as np

SWING = 0.2  # A: how far legs lean, which makes a V of them
REACH = 0.8  # h, in courses: a loop is taller than a course and hangs in the one above
SAMPLES = 112  # points on the curve of one stitch
NEIGHBOURS = (-1, 0, 1)  # courses whose yarn may cover a place
GAP = -0.45  # height where there is no yarn


@dataclass(frozen=True)
class Loops:
    """A texture [R * T, C * T] of R x C stitches that repeats; all float32.

    What is relative to the place is so that the texture can be looked up linearly.
    """

    height: np.ndarray  # in wales, GAP where there is no yarn
    along: np.ndarray  # stitches along the yarn, less the place's wale coordinate
    across: np.ndarray  # from -1 to 1 over the yarn
    course: np.ndarray  # number of the yarn's course, less the place's course coordinate


def draw_loops(plan, texels, aspect, radius, relief):
    """Loops of a stitch plan.

    Args:
      plan: [R, C] bool, True where a stitch shows its face (knit), False where it shows its back (purl).
      texels: T, texels a stitch.
      aspect: distance of courses over that of wales.
      radius: of the yarn, in wales.
      relief: half the height between legs and heads, in wales.
    """
    distance, side, t = _nearest(texels, aspect)
    facing = np.where(plan, np.float32(1), np.float32(-1))
    profile = np.sqrt(np.maximum(radius**2 - distance * distance, 0))
    wave = -np.cos(2 * t) * np.float32(relief)
    place = (np.arange(texels, dtype=np.float32) + 0.5) / texels
    strips = []
    for row in range(plan.shape[0]):
        cells = []
        for column in range(plan.shape[1]):
            height = wave * _turned(facing, row, column, t) + profile
            height[distance >= radius] = GAP
            top = height.argmax(0)[None]
            height, on_curve, across = (np.take_along_axis(of, top, 0)[0] for of in (height, t, side))
            along = on_curve / np.float32(2 * np.pi) - place[None, :]
            course = np.asarray(NEIGHBOURS, np.float32)[top[0]] - place[:, None] + np.float32(0.5)
            cells.append(np.dstack([height, along, across / np.float32(radius), course]))
        strips.append(np.hstack(cells))
    return Loops(*cv2.split(np.vstack(strips).astype(np.float32)))


def _turned(facing, row, column, t):
    """1 where the yarn of each neighbouring course runs as on the face, -1 as on the reverse: [3, T, T]."""
    rows, columns = facing.shape
    wale = np.floor(t / (2 * np.pi))
    # From -1.5 to 1.5 over one wale: at its ends, the feet, the yarn passes on to the next stitch's side.
    foot = np.clip((t / (2 * np.pi) - wale - 0.5) * 3, -1.5, 1.5)
    share = np.maximum(np.abs(foot) - 0.5, 0) / 2
    wale = wale.astype(int) + column
    course = (row + np.asarray(NEIGHBOURS)[:, None, None]) % rows
    own = facing[course, wale % columns]
    other = facing[course, (wale + np.where(foot < 0, -1, 1)) % columns]
    return own + share * (other - own)


def _nearest(texels, aspect):
    """Distance to the yarn of each neighbouring course, which side of it, and where on it: [3, T, T] each."""
    t = (np.arange(-SAMPLES // 2, SAMPLES + SAMPLES // 2, dtype=np.float32)) * np.float32(2 * np.pi / SAMPLES)
    x = t / np.float32(2 * np.pi) + np.float32(SWING) * np.sin(2 * t)
    y = np.float32(aspect) * (0.5 + np.float32(REACH) * np.cos(t))
    curve = np.stack([x, y], 1)
    tangent = np.stack(
        [
            1 / np.float32(2 * np.pi) + 2 * np.float32(SWING) * np.cos(2 * t),
            -np.float32(aspect * REACH) * np.sin(t),
        ],
        1,
    )
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    place = (np.arange(texels, dtype=np.float32) + 0.5) / texels
    rows = (place[None, :] - np.asarray(NEIGHBOURS, np.float32)[:, None]) * np.float32(aspect)
    points = np.stack(np.broadcast_arrays(place[None, None, :], rows[..., None]), -1).reshape(-1, 2)
    score = points @ curve.T - 0.5 * (curve**2).sum(1)
    nearest = score.argmax(1)
    away = points - curve[nearest]
    shape = len(NEIGHBOURS), texels, texels
    distance = np.sqrt((away**2).sum(1)).reshape(shape)
    side = (tangent[nearest, 0] * away[:, 1] - tangent[nearest, 1] * away[:, 0]).reshape(shape)
    return distance, side, t[nearest].reshape(shape)
