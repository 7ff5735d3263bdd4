"""Light on the cloth: one lamp or sun, the sky or room around it, and shadows."""

import numpy as np

from fabric_retrieval.rendering.noise import smooth_noise


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
    """Light that a surface of `slope` [H, W, 2] sends back.

    Returns:
      (direct [H, W], sky [H, W], highlight [H, W]) float32; direct + sky is about 1 on a flat cloth.
    """
    towards = direction(conditions.light_azimuth_degrees, conditions.light_elevation_degrees)
    x, y = slope[..., 0], slope[..., 1]
    shrink = 1 / np.sqrt(1 + x * x + y * y)
    facing = (towards[2] - x * towards[0] - y * towards[1]) * shrink
    # Light that enters the yarn leaves it on the dark side too.
    facing = np.maximum((facing + 0.15) / 1.15, 0)
    direct = (1 - conditions.light_ambient) * facing / ((towards[2] + 0.15) / 1.15)
    half = towards + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    gloss = np.maximum((half[2] - x * half[0] - y * half[1]) * shrink, 0)
    gloss *= gloss
    gloss *= gloss
    return (
        direct,
        conditions.light_ambient * (0.4 + 0.6 * shrink),
        sheen * (1 - conditions.light_ambient) * gloss * gloss,
    )


def falloff(x, y, conditions):
    """Brightness of the lamp across the picture: stronger on its side."""
    towards = direction(conditions.light_azimuth_degrees, 0)
    return np.exp2(2 * np.float32(conditions.light_gradient) * (x * towards[0] + y * towards[1]))


def soft_shadow(rng, x, y, depth):
    """Factor [H, W] of the direct light behind a shadow's bent, soft edge."""
    angle, softness = rng.uniform(0, 2 * np.pi), rng.uniform(0.02, 0.2)
    away = (
        x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle)) + np.float32(rng.uniform(-0.25, 0.25))
    )
    away = away + 0.06 * smooth_noise(rng, len(x), 2.5)
    return 1 - np.float32(depth) / (1 + np.exp(np.clip(-away / np.float32(softness) * 4, -30, 30)))
