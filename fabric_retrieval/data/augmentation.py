"""What differs between drawn photographs of one cloth, done to real ones: the view, the lie, the light."""

from typing import NamedTuple

import cv2
import numpy as np

from fabric_retrieval.rendering import light as lighting
from fabric_retrieval.rendering import view
from fabric_retrieval.rendering.conditions import draw_conditions
from fabric_retrieval.rendering.palette import to_linear, to_srgb
from fabric_retrieval.rendering.surface import draw_surface

_LINEAR = to_linear(np.arange(256) / 255).astype(np.float32)
_STEPS = 4095
# Twice as many values as light: what is brighter than white is clipped there.
_ENCODED = np.round(255 * to_srgb(np.arange(2 * _STEPS + 1) / _STEPS)).astype(np.uint8)


class Augmentation(NamedTuple):
    """Strengths in [0, 1]: 0 leaves photographs alone, 1 varies them as the drawn collections do.

    Attributes:
      wrinkle: folds bend the cloth and shade it.
      light: exposure, colour of the light, its fall-off across the picture, a soft shadow.
      view: rotation up to 180° · view either way, zoom up to a factor of 2^view either way, tilt.
      grey: photographs are grey and stay so.
    """

    wrinkle: float = 0.0
    light: float = 0.0
    view: float = 0.0
    grey: bool = False

    def __bool__(self):
        return self.wrinkle > 0 or self.light > 0 or self.view > 0


def augmented(images, augmentation, rng):
    """Varies each of [M, S, S, 3] uint8 on its own; what is beyond a picture's border is its reflection.

    Args:
      augmentation: `Augmentation`.
      rng: what is drawn for an image depends on its place in the batch, not on its pixels or strengths.
    """
    return np.stack(
        [
            _varied(image, augmentation, of_image)
            for image, of_image in zip(images, rng.spawn(len(images)), strict=False)
        ]
    )


def _varied(image, augmentation, rng):
    of_view, of_surface, of_light = rng.spawn(3)
    conditions = draw_conditions(int(rng.integers(2**31)), 0, 0)
    x, y = view.pixel_grid(len(image))
    surface = None
    if augmentation.wrinkle > 0:
        surface = draw_surface(of_surface, conditions.wrinkle * augmentation.wrinkle, len(image))
    if surface or augmentation.view > 0:
        image = _seen(image, surface, conditions, augmentation.view, of_view, x, y)
    factor = None
    if surface:
        factor = _shading(surface, conditions)
    if augmentation.light > 0:
        change = _change_of_light(conditions, augmentation.light, of_light, x, y)
        factor = change if factor is None else factor * change
    if augmentation.light > 0 and not augmentation.grey:
        kept = np.float32((1 - conditions.white_balance) * augmentation.light)
        factor = factor[..., None] * lighting.temperature_colour(conditions.light_temperature_kelvin) ** kept
    return image if factor is None else _lit(image, factor)


def _seen(image, surface, conditions, strength, rng, x, y):
    """The picture as its cloth would look on `surface` and from elsewhere."""
    turned, octaves = strength * rng.uniform(-180, 180), strength * rng.uniform(-1, 1)
    if surface:
        # As in photograph.take: a raised place hides what lies behind it, and folds use up cloth.
        nearer = 1 - surface.height * np.float32(1 / view.DISTANCE)
        x, y = x * nearer, y * nearer
    x, y = view.on_plane(x, y, strength * conditions.tilt_degrees, conditions.tilt_azimuth_degrees)
    if surface:
        x, y = x + surface.stretch[..., 0], y + surface.stretch[..., 1]
    x, y = view.turn(x, y, turned)
    size, shrink = len(image), 2.0**-octaves
    if shrink > 1:  # against moiré
        image = cv2.GaussianBlur(image, (0, 0), 0.5 * np.sqrt(shrink**2 - 1) + 1e-3)
    at_x, at_y = (
        (along * np.float32(shrink) + np.float32(0.5)) * np.float32(size) - np.float32(0.5)
        for along in (x, y)
    )
    return cv2.remap(image, at_x, at_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def _shading(surface, conditions):
    """Light [S, S] on the folds relative to their mean."""
    direct, sky, _ = lighting.shade(surface.slope, conditions, 0)
    factor = (direct + sky) * (1 - cv2.resize(surface.hollow, direct.shape[::-1]))
    return factor / factor.mean()


def _change_of_light(conditions, strength, rng, x, y):
    """Factor [S, S] of the light: exposure, fall-off and shadow."""
    towards = lighting.direction(conditions.light_azimuth_degrees, 0)
    across = 2 * conditions.light_gradient * strength
    factor = np.exp2(
        np.float32(across) * (x * towards[0] + y * towards[1])
        + np.float32(conditions.exposure_stops * strength)
    )
    if conditions.shadow > 0:
        factor *= lighting.soft_shadow(rng, x, y, conditions.shadow * strength)
    return factor


def _lit(image, factor):
    """The picture with its linear light multiplied by `factor` [S, S] or [S, S, 3]."""
    light = _LINEAR[image]
    light *= factor if factor.ndim == 3 else factor[..., None]
    return _ENCODED[np.minimum(light * np.float32(_STEPS) + np.float32(0.5), 2 * _STEPS).astype(np.int16)]
