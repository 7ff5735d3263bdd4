"""What lies below open cloth: a table, a floor, a hand; and the shadow that the cloth throws on it."""

import cv2
import numpy as np

from fabric_retrieval.rendering.field import CELL, enlarge, smooth_field

# Name → (linear RGB, relative variation). The order is that of `Conditions.background`.
TABLES = {
    "wood": ((0.30, 0.17, 0.085), 0.2),
    "dark_wood": ((0.08, 0.045, 0.025), 0.25),
    "grey": ((0.25, 0.25, 0.26), 0.06),
    "white": ((0.75, 0.75, 0.73), 0.03),
    "black": ((0.025, 0.025, 0.027), 0.1),
    "skin": ((0.45, 0.26, 0.18), 0.08),
}
TRANSLUCENT = 0.08  # share of the light that yarn lets through
SHADOW = 0.55  # depth of the cloth's shadow on what it lies on


def lay_on_table(light, opacity, illumination, conditions, rng):
    """Adds what is seen through the cloth to its `light` [S, S, 3], in place.

    Args:
      opacity: [S, S] in [0, 1].
      illumination: [S, S, 3], light on the flat cloth.
    """
    colour, variation = list(TABLES.values())[int(conditions.background)]
    nodes = len(light) // CELL + 2
    tone = 1 + np.float32(variation) * enlarge(smooth_field(rng, nodes, 6))
    tone *= 1 - np.float32(SHADOW) * _shadow(opacity, conditions)
    tone *= 1 - np.float32(1 - TRANSLUCENT) * opacity
    light += illumination * (tone[..., None] * np.array(colour, np.float32))


def _shadow(opacity, conditions):
    """The cloth as seen from the light: a little aside, and blurred."""
    away = 0.012 * len(opacity) / np.tan(np.deg2rad(max(conditions.light_elevation_degrees, 15)))
    azimuth = np.deg2rad(conditions.light_azimuth_degrees)
    move = np.array([[1, 0, -away * np.cos(azimuth)], [0, 1, -away * np.sin(azimuth)]])
    thrown = cv2.warpAffine(opacity, move, opacity.shape[::-1], borderMode=cv2.BORDER_REFLECT)
    return cv2.blur(thrown, (5, 5))
