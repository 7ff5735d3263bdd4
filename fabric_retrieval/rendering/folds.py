"""Folds: cloth that doubles over, so that another part of it lies on top beyond an edge."""

from dataclasses import dataclass

import cv2
import numpy as np

from fabric_retrieval.rendering.field import enlarge, smooth_field
from fabric_retrieval.rendering.light import direction
from fabric_retrieval.rendering.view import turn

LEAST = 0.12  # strength below which cloth lies unfolded


@dataclass(frozen=True)
class Fold:
    """An upper layer; lengths in picture widths.

    Attributes:
      inside: [N, N] float32 at the nodes, distance from the edge, positive where the upper layer lies.
      normal: (x, y) towards the upper layer in the picture.
      jump: cloth hidden in the fold.
      turn_degrees: of the upper layer's texture against the lower one's.
      radius: of the rounded edge.
    """

    inside: np.ndarray
    normal: tuple
    jump: float
    turn_degrees: float
    radius: float


def draw_folds(rng, strength, x, y):
    """Folds of a cloth at nodes (x, y) [N, N]: none, one or, from a strength of 0.5, sometimes two."""
    count = 0 if strength < LEAST else 1 + int(rng.random() < 2 * strength - 1)
    return [_draw_fold(one, strength, x, y) for one in rng.spawn(count)]


def _draw_fold(rng, strength, x, y):
    angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
    normal = np.cos(angle), np.sin(angle)
    inside = x * np.float32(normal[0]) + y * np.float32(normal[1]) - np.float32(offset)
    inside += np.float32(rng.uniform(0.005, 0.04)) * smooth_field(rng, len(x), rng.uniform(1, 2))
    return Fold(
        inside,
        normal,
        jump=rng.uniform(0.15, 0.9),
        turn_degrees=rng.normal(0, 4) if rng.random() < 0.6 else rng.normal(0, 25),
        radius=0.015 + 0.06 * strength * rng.uniform(0.5, 1),
    )


def lay_fold(fold, cloth, slope, lit, conditions):
    """Lays the upper layer over what is there, in place.

    Args:
      cloth: [S, S, 2] place on the cloth in millimetres.
      slope: [S, S, 2] of the surface.
      lit: [S, S, 3] what reaches a place of the first and second light and of what is around.
    """
    inside = enlarge(fold.inside)
    upper = inside > 0
    width = 256 / conditions.scale
    # The jump is as seen in the picture; the cloth's own axes are turned.
    jump = [width * fold.jump * part for part in turn(*fold.normal, conditions.rotation_degrees)]
    angle = np.deg2rad(fold.turn_degrees)
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    place = np.array([conditions.position_x_mm, conditions.position_y_mm], np.float32)
    moved = cv2.transform(cloth - place, matrix) + (place + np.array(jump, np.float32))
    np.copyto(cloth, moved, where=upper[..., None])

    # The rounded edge bends down towards the lower layer.
    bent = np.clip(1 - inside / np.float32(fold.radius), 0, 1)
    bent *= bent
    bent *= upper
    for axis in (0, 1):
        slope[..., axis] *= 1 - np.float32(0.7) * bent
        slope[..., axis] += np.float32(1.3 * fold.normal[axis]) * bent
    _shadow_below(fold, inside, upper, lit, conditions)


def _shadow_below(fold, inside, upper, lit, conditions):
    """The upper layer keeps light from the lower one: most where the light comes from its side."""
    reach = -1 / np.float32(fold.radius)
    lights = (
        (conditions.light_azimuth_degrees, conditions.light_elevation_degrees),
        (conditions.second_azimuth_degrees, conditions.second_elevation_degrees),
    )
    away = np.maximum(inside * reach, 0)
    near = np.exp(-away)
    near *= ~upper
    for channel, (azimuth, elevation) in enumerate(lights):
        towards = direction(azimuth, elevation)
        over = float(towards[0] * fold.normal[0] + towards[1] * fold.normal[1]) / max(float(towards[2]), 0.2)
        kept = np.float32(0.35) * near
        if over > 0:
            thrown = np.clip(np.float32(1.3) - away / np.float32(0.3 + over), 0, 1)
            thrown *= ~upper
            np.maximum(kept, np.float32(0.75) * thrown, out=kept)
        lit[..., channel] *= 1 - kept
    lit[..., 2] *= 1 - np.float32(0.6) * near
