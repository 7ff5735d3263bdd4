"""Light on the cloth: one or two lamps or the sun, the sky or room around it, and shadows."""

import cv2
import numpy as np

from fabric_retrieval.rendering.field import smooth_field

_WRAP = np.float32(0.15)  # light that enters the yarn leaves it on the dark side too


def temperature_colour(kelvin):
    """Linear RGB of a black body relative to daylight at 6,500 K, green = 1.

    A fit to Planck's law seen through the CIE 1931 observer and sRGB's primaries: from 2,500 to 10,000 K red
    is within 0.1 % of it and blue within 4 %.
    """
    t = np.log(kelvin / 6500)
    red, blue = (a * t + b * t**2 + c * t**3 for a, b, c in ((-0.561, 0.33, -0.082), (0.871, -0.485, 0.533)))
    return np.exp(np.array([red, 0, blue])).astype(np.float32)


def direction(azimuth_degrees, elevation_degrees):
    """Unit vector (x, y, z) towards the light; y downwards, z towards the camera."""
    azimuth, elevation = np.deg2rad([azimuth_degrees, elevation_degrees])
    return np.array(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)],
        np.float32,
    )


def shade(slope, conditions, sheen):
    """Light that a surface of `slope` [H, W, 2] sends back, of the first light and of what is around.

    Returns:
      (direct [H, W], sky [H, W], highlight [H, W]) float32; direct + sky is about 1 on a flat cloth under one
      light.
    """
    return Facets(*cv2.split(slope)).shade(conditions, sheen)


class Facets:
    """Places of a surface by their slopes `x` and `y` [H, W] float32."""

    def __init__(self, x, y):
        self._x, self._y = x, y
        # Cosine between the surface's normal and the picture's.
        self._shrink = 1 / np.sqrt(x * x + y * y + 1)

    def shade(self, conditions, sheen):
        """As `light.shade`."""
        towards = direction(conditions.light_azimuth_degrees, conditions.light_elevation_degrees)
        strength = (1 - conditions.light_ambient) * (1 - conditions.second_light)
        sky = self._shrink * np.float32(0.6 * conditions.light_ambient)
        sky += np.float32(0.4 * conditions.light_ambient)
        return self._facing(towards, strength), sky, self._gloss(towards, sheen * strength)

    def second(self, conditions):
        """Light [H, W] float32 of the second light that the surface sends back."""
        towards = direction(conditions.second_azimuth_degrees, conditions.second_elevation_degrees)
        return self._facing(towards, (1 - conditions.light_ambient) * conditions.second_light)

    def _facing(self, towards, strength):
        facing = self._dot(towards)
        facing += _WRAP
        np.maximum(facing, 0, out=facing)
        facing *= np.float32(strength) / (towards[2] + _WRAP)
        return facing

    def _gloss(self, towards, strength):
        half = towards + np.array([0, 0, 1], np.float32)
        gloss = np.maximum(self._dot(half / np.linalg.norm(half)), 0)
        for _ in range(3):
            gloss *= gloss
        gloss *= np.float32(strength)
        return gloss

    def _dot(self, towards):
        """Cosine between the surface's normal and a direction."""
        result = self._x * -towards[0]
        result -= self._y * towards[1]
        result += towards[2]
        result *= self._shrink
        return result


def colours(conditions):
    """Linear RGB [3, 3] float32: of the first light, the second light, and what is around."""
    kelvin = (
        conditions.light_temperature_kelvin,
        conditions.second_temperature_kelvin,
        conditions.ambient_temperature_kelvin,
    )
    return np.stack([temperature_colour(each) for each in kelvin])


def mean_colour(conditions):
    """Linear RGB [3] float32 of all light on a flat cloth, green = 1."""
    direct = 1 - conditions.light_ambient
    shares = (
        direct * (1 - conditions.second_light),
        direct * conditions.second_light,
        conditions.light_ambient,
    )
    return np.array(shares, np.float32) @ colours(conditions)


def falloff(x, y, conditions):
    """Brightness of the lamp across the picture: stronger on its side, and in the middle for a flash."""
    towards = direction(conditions.light_azimuth_degrees, 0)
    stops = np.float32(2 * conditions.light_gradient) * (x * towards[0] + y * towards[1])
    return np.exp2(stops - np.float32(3 * conditions.flash) * (x * x + y * y))


def soft_shadow(rng, x, y, depth):
    """Factor [H, W] of the direct light behind a shadow's bent, soft edge."""
    angle, softness = rng.uniform(0, 2 * np.pi), rng.uniform(0.02, 0.2)
    away = (
        x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle)) + np.float32(rng.uniform(-0.25, 0.25))
    )
    away = away + np.float32(0.06) * smooth_field(rng, len(x), 2.5)
    return 1 - np.float32(depth) / (1 + np.exp(np.clip(-away / np.float32(softness) * 4, -30, 30)))
