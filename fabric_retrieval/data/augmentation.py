"""What differs between drawn photographs of one cloth, done to real ones: the view, the lie, the light."""

import functools
from typing import NamedTuple

import cv2
import numpy as np

from fabric_retrieval.data.recolouring import recoloured
from fabric_retrieval.rendering import light as lighting
from fabric_retrieval.rendering import view
from fabric_retrieval.rendering.conditions import draw_conditions
from fabric_retrieval.rendering.palette import to_linear, to_srgb
from fabric_retrieval.rendering.surface import Surface, draw_surface

_LINEAR = to_linear(np.arange(256) / 255).astype(np.float32)
_STEPS = 4095
# Twice as many values as light: what is brighter than white is clipped there.
_ENCODED = np.round(255 * to_srgb(np.arange(2 * _STEPS + 1) / _STEPS)).astype(np.uint8)


SURFACES = 64  # that folds are chosen from: drawing one takes longer than all else


class Augmentation(NamedTuple):
    """Strengths in [0, 1]: 0 leaves photographs alone, 1 varies them as the drawn collections do.

    Attributes:
      wrinkle: folds bend the cloth and shade it.
      light: exposure, colour of the light, its fall-off across the picture, a soft shadow.
      view: rotation up to 180° · view either way, enlargement by up to 2^view, tilt.
      grey: photographs are grey and stay so.
      colour: other colours and shades, as the cloth's other colourways have them; drawn collections vary
        them between fabrics only.
    """

    wrinkle: float = 0.0
    light: float = 0.0
    view: float = 0.0
    grey: bool = False
    colour: float = 0.0

    @property
    def on(self):
        return self.wrinkle > 0 or self.light > 0 or self.view > 0 or self.colour > 0


OFF = Augmentation()


def augmented(images, augmentation, rng):
    """Varies each of [M, S, S, 3] uint8 on its own; what is beyond a picture's border is its reflection.

    Args:
      augmentation: `Augmentation`.
      rng: what is drawn for an image depends on its place in the batch, not on its pixels or strengths.
    """
    streams = rng.spawn(len(images))
    return np.stack([_varied(image, augmentation, own) for image, own in zip(images, streams, strict=True)])


def _varied(image, augmentation, rng):
    of_view, of_surface, of_light, of_colour = rng.spawn(4)
    conditions = draw_conditions(int(rng.integers(2**31)), 0, 0)
    x, y = view.pixel_grid(len(image))
    surface = None
    if augmentation.colour > 0:
        image = recoloured(image, augmentation.colour, augmentation.grey, of_colour)
    if augmentation.wrinkle > 0:
        strength = np.float32(conditions.wrinkle * augmentation.wrinkle)
        surface = _scaled(_surface(int(of_surface.integers(SURFACES)), len(image)), strength)
    if surface or augmentation.view > 0:
        image = _seen(image, surface, conditions, augmentation.view, of_view, x, y)
    if surface or augmentation.light > 0:
        image = _lit(image, _light_factor(surface, conditions, augmentation, of_light, len(image)))
    return image


@functools.lru_cache(SURFACES)
def _surface(number, size):
    return draw_surface(np.random.default_rng(number), 1.0, size)


def _scaled(surface, strength):
    """Folds `strength` times as high; the cloth they use up grows with the square of their slope."""
    return Surface(
        surface.height * strength,
        surface.slope * strength,
        surface.stretch * strength**2,
        surface.hollow * strength,
    )


def _seen(image, surface, conditions, strength, rng, x, y):
    """The picture as its cloth would look on `surface` and from elsewhere."""
    turned, zoom = strength * rng.uniform(-180, 180), 2 ** (strength * rng.uniform(0, 1))
    if surface:
        # As in photograph.take: a raised place hides what lies behind it, and folds use up cloth.
        nearer = 1 - surface.height * np.float32(1 / view.DISTANCE)
        x, y = x * nearer, y * nearer
    x, y = view.on_plane(x, y, strength * conditions.tilt_degrees, conditions.tilt_azimuth_degrees)
    if surface:
        x, y = x + surface.stretch[..., 0], y + surface.stretch[..., 1]
    x, y = view.turn(x, y, turned)
    size = len(image)
    at_x, at_y = (along * np.float32(size / zoom) + np.float32(size / 2 - 0.5) for along in (x, y))
    return cv2.remap(image, at_x, at_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def _light_factor(surface, conditions, augmentation, rng, size):
    """What the light is multiplied by, [size, size, 3] float32."""
    # Light varies slowly: every second pixel is enough.
    x, y = view.pixel_grid((size + 1) // 2)
    factor = np.ones(x.shape, np.float32)
    if surface:
        direct, sky, _ = lighting.shade(surface.slope[::2, ::2], conditions, 0)
        factor = (direct + sky) * (1 - cv2.resize(surface.hollow, x.shape))
        factor /= factor.mean()
    if augmentation.light > 0:
        factor *= _change_of_light(conditions, augmentation.light, rng, x, y)
    factor = cv2.resize(factor, (size, size))[..., None]
    # A camera leaves a share of the light's colour in its pictures; there is none to leave in grey ones.
    left = 0 if augmentation.grey else (1 - conditions.white_balance) * augmentation.light
    return factor * lighting.temperature_colour(conditions.light_temperature_kelvin) ** np.float32(left)


def _change_of_light(conditions, strength, rng, x, y):
    """Factor [S, S] of exposure, fall-off and shadow."""
    towards = lighting.direction(conditions.light_azimuth_degrees, 0)
    across = np.float32(2 * conditions.light_gradient * strength) * (x * towards[0] + y * towards[1])
    factor = np.exp2(across + np.float32(conditions.exposure_stops * strength))
    if conditions.shadow > 0:
        factor *= lighting.soft_shadow(rng, x, y, conditions.shadow * strength)
    return factor


def _lit(image, factor):
    """The picture with its linear light multiplied by `factor` [S, S, 3]."""
    light = cv2.LUT(image, _LINEAR)
    light *= factor * np.float32(_STEPS)
    return _ENCODED[np.minimum(light + np.float32(0.5), 2 * _STEPS).astype(np.int16)]
