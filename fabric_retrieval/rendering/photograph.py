"""A photograph of a fabric: view, surface, light and camera put together."""

import cv2
import numpy as np

from fabric_retrieval.rendering import background, lens, seeds, view
from fabric_retrieval.rendering import light as lighting
from fabric_retrieval.rendering.camera import expose
from fabric_retrieval.rendering.conditions import draw_conditions
from fabric_retrieval.rendering.field import CELL, enlarge, nodes
from fabric_retrieval.rendering.folds import draw_folds, lay_fold
from fabric_retrieval.rendering.specification import View
from fabric_retrieval.rendering.surface import draw_surface
from fabric_retrieval.rendering.texture import look_up

IMAGE_SIZE = 256
SUPERSAMPLING = 1.5
SAMPLES = int(IMAGE_SIZE * SUPERSAMPLING)
VIEW_MARGIN = 1.25  # what tilt and folds bring into the picture


def photograph(fabric, seed, fabric_index, photo_index):
    """One photograph; a pure function of its arguments.

    Returns:
      (pixels [256, 256, 3] uint8 RGB, conditions: name → float as in `conditions.Conditions`).
    """
    conditions = draw_conditions(seed, fabric_index, photo_index, IMAGE_SIZE)
    rng = seeds.stream(seed, seeds.PHOTOGRAPH, fabric_index, photo_index)
    return take(fabric, conditions, rng), conditions.as_dict()


def view_of(seed, fabric_index, photo_index):
    """`specification.View` of one photograph: what there must be of a fabric that is in no other."""
    scale = draw_conditions(seed, fabric_index, photo_index, IMAGE_SIZE).scale
    return View(VIEW_MARGIN * IMAGE_SIZE / scale, SUPERSAMPLING * scale)


def take(fabric, conditions, rng):
    """Photograph [256, 256, 3] uint8 under given conditions; `rng` draws wrinkles, shadows and noise."""
    # One stream a stage: a change of one condition leaves what the other stages draw as it is.
    of_surface, of_folds, of_light, of_table, of_camera = rng.spawn(5)
    x, y = nodes(SAMPLES)
    surface = draw_surface(
        of_surface, conditions.wrinkle, len(x), conditions.drape, conditions.crumple, 1 + 2 * CELL / SAMPLES
    )
    folds = draw_folds(of_folds, conditions.wrinkle * conditions.fold, x, y)
    lit = enlarge(_reaching(conditions, surface, of_light, x, y))
    slope = enlarge(surface.slope)
    cloth = enlarge(np.dstack(_on_cloth(conditions, surface, x, y)))
    for fold in folds:
        lay_fold(fold, cloth, slope, lit, conditions)
    albedo, yarn_slope, opacity = look_up(fabric, *cv2.split(cloth))

    sheen = fabric.specification.yarn.sheen
    illumination, highlight = _illumination(conditions, _facets(conditions, yarn_slope, slope), lit, sheen)
    light = cv2.multiply(albedo, illumination)
    if sheen > 0:
        light += highlight if opacity is None else cv2.multiply(highlight, cv2.merge([opacity] * 3))
    if opacity is not None:
        background.lay_on_table(light, opacity, illumination, conditions, of_table)
    light = lens.blurred(light, conditions, SUPERSAMPLING)
    return _develop(light, conditions, of_camera)


def _reaching(conditions, surface, rng, x, y):
    """What reaches each node of the first and second light and of what is around, [N, N, 3]."""
    first = lighting.falloff(x, y, conditions)
    if conditions.shadow > 0:
        first = first * lighting.soft_shadow(rng, x, y, conditions.shadow)
    everything = lens.vignette(x, y, conditions.vignette_stops) * (1 - surface.hollow)
    return np.dstack([first * everything, everything, everything])


def _on_cloth(conditions, surface, x, y):
    """Place on the cloth in millimetres."""
    x, y = view.turn(*view.on_surface(x, y, conditions, surface), conditions.rotation_degrees)
    width = np.float32(IMAGE_SIZE / conditions.scale)
    return x * width + np.float32(conditions.position_x_mm), y * width + np.float32(conditions.position_y_mm)


def _facets(conditions, yarn_slope, slope):
    """The yarns' slopes, turned as they lie in the picture, on those of the surface."""
    angle = np.deg2rad(conditions.rotation_degrees)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    (yarn_x, yarn_y), (x, y) = cv2.split(yarn_slope), cv2.split(slope)
    return lighting.Facets(x + cos * yarn_x - sin * yarn_y, y + sin * yarn_x + cos * yarn_y)


def _illumination(conditions, facets, lit, sheen):
    """(light on the cloth [S, S, 3], light that it mirrors [S, S, 3])."""
    first, sky, highlight = facets.shade(conditions, sheen)
    second = facets.second(conditions) if conditions.second_light > 0 else np.zeros_like(sky)
    colours = lighting.colours(conditions)
    illumination = cv2.transform(cv2.multiply(cv2.merge([first, second, sky]), lit), colours.T.copy())
    if sheen == 0:
        return illumination, None
    highlight *= cv2.extractChannel(lit, 0)
    return illumination, cv2.merge([highlight * channel for channel in colours[0]])


def _develop(light, conditions, rng):
    """Sensor and camera at the resolution there is, enlarged to the picture."""
    size = round(conditions.resolution)
    light = cv2.resize(light, (size, size), interpolation=cv2.INTER_AREA)
    picture = expose(light, conditions, rng)
    if size != IMAGE_SIZE:
        picture = cv2.resize(picture, (IMAGE_SIZE, IMAGE_SIZE), interpolation=cv2.INTER_CUBIC)
    return picture
