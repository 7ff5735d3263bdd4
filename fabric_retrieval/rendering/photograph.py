"""A photograph of a fabric: view, surface, light and camera put together."""

import cv2
import numpy as np

from fabric_retrieval.rendering import light as lighting
from fabric_retrieval.rendering import seeds, view
from fabric_retrieval.rendering.camera import expose
from fabric_retrieval.rendering.conditions import draw_conditions
from fabric_retrieval.rendering.surface import draw_surface

IMAGE_SIZE = 256
SUPERSAMPLING = 2


def photograph(fabric, seed, fabric_index, photo_index):
    """One photograph; a pure function of its arguments.

    Returns:
      (pixels [256, 256, 3] uint8 RGB, conditions: name → float as in `conditions.Conditions`).
    """
    conditions = draw_conditions(seed, fabric_index, photo_index, IMAGE_SIZE)
    rng = seeds.stream(seed, seeds.PHOTOGRAPH, fabric_index, photo_index)
    return take(fabric, conditions, rng), conditions.as_dict()


def take(fabric, conditions, rng):
    """Photograph [256, 256, 3] uint8 under given conditions; `rng` draws place, wrinkles and noise."""
    place = rng.uniform(0, 1, 2)
    # One stream a stage: a change of one condition leaves what the other stages draw as it is.
    of_surface, of_light, of_camera = rng.spawn(3)
    size = IMAGE_SIZE * SUPERSAMPLING
    surface = draw_surface(of_surface, conditions.wrinkle, size)
    x, y = view.pixel_grid(size)
    albedo, yarn_slope = _look_up(fabric, conditions, surface, place, x, y)

    yarn_x, yarn_y = view.turn(yarn_slope[..., 0], yarn_slope[..., 1], -conditions.rotation_degrees)
    slope = surface.slope + np.dstack([yarn_x, yarn_y])
    sheen = fabric.specification.yarn.sheen
    direct, sky, highlight = lighting.shade(slope, conditions, sheen)
    lamp, open_sky = _lit(conditions, surface, of_light, size)
    light = albedo
    light *= ((direct * lamp + sky) * open_sky)[..., None]
    light += (highlight * (lamp * open_sky))[..., None]
    light = cv2.resize(light, (IMAGE_SIZE, IMAGE_SIZE), interpolation=cv2.INTER_AREA)
    light *= lighting.temperature_colour(conditions.light_temperature_kelvin)
    return expose(light, conditions, of_camera)


def _lit(conditions, surface, rng, size):
    """What reaches each place of the lamp's light and of all light, [size, size]: smooth, so drawn small."""
    x, y = view.pixel_grid(len(surface.hollow))
    lamp = lighting.falloff(x, y, conditions)
    if conditions.shadow > 0:
        lamp = lamp * lighting.soft_shadow(rng, x, y, conditions.shadow)
    fields = np.dstack([lamp, 1 - surface.hollow]).astype(np.float32)
    return cv2.split(cv2.resize(fields, (size, size), interpolation=cv2.INTER_LINEAR))


def _look_up(fabric, conditions, surface, place, x, y):
    """Albedo [S, S, 3] and yarn slope [S, S, 2] at every sample."""
    # A raised place is seen along a slanted ray: it hides what lies behind it.
    lean = np.float32(1 / view.DISTANCE)
    plane_x, plane_y = view.on_plane(
        x * (1 - surface.height * lean),
        y * (1 - surface.height * lean),
        conditions.tilt_degrees,
        conditions.tilt_azimuth_degrees,
    )
    cloth_x, cloth_y = view.turn(
        plane_x + surface.stretch[..., 0], plane_y + surface.stretch[..., 1], conditions.rotation_degrees
    )
    width = IMAGE_SIZE / conditions.scale
    level = _level(fabric, cloth_x, cloth_y, width)
    albedo, slope = fabric.levels[level].albedo, fabric.levels[level].slope
    height, length = albedo.shape[:2]
    at_x = _wrapped(
        cloth_x * np.float32(width / fabric.extent[1]) + np.float32(place[0])
    ) * length - np.float32(0.5)
    at_y = _wrapped(
        cloth_y * np.float32(width / fabric.extent[0]) + np.float32(place[1])
    ) * height - np.float32(0.5)
    return tuple(
        cv2.remap(layer, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        for layer in (albedo, slope)
    )


def _wrapped(at):
    return at - np.floor(at)


def _level(fabric, cloth_x, cloth_y, width):
    """The sharpest level whose pixels are no smaller than the samples' steps, save the furthest tenth."""
    sample = slice(None, None, 16)
    steps = []
    for axis in (0, 1):
        dx, dy = (np.diff(along, axis=axis)[sample, sample] * width for along in (cloth_x, cloth_y))
        steps.append(np.hypot(dx, dy))
    step = np.quantile(np.maximum(*(s[:31, :31] for s in steps)), 0.9)
    pixel = max(
        fabric.extent[0] / fabric.levels[0].slope.shape[0], fabric.extent[1] / fabric.levels[0].slope.shape[1]
    )
    return int(np.clip(np.ceil(np.log2(step / pixel)), 0, len(fabric.levels) - 1))
