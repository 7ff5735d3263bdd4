"""What varies between photographs of one fabric, as numbers."""

import math
from dataclasses import asdict, dataclass

import numpy as np

from fabric_retrieval.rendering import seeds
from fabric_retrieval.rendering.scene import draw_scene, log_uniform


@dataclass(frozen=True)
class Conditions:
    """The conditions of one photograph; what has a default is neutral there."""

    rotation_degrees: float  # the cloth's, clockwise in the picture; [0, 360)
    scale: float  # pixels a millimetre at the middle of the picture
    tilt_degrees: float  # between the optical axis and the cloth's normal
    tilt_azimuth_degrees: float  # towards where the cloth recedes
    wrinkle: float  # 0 flat, 1 as rough as it gets
    light_azimuth_degrees: float  # where the light comes from, in the picture
    light_elevation_degrees: float  # above the cloth
    light_ambient: float  # share of the light that comes from everywhere
    light_temperature_kelvin: float
    light_gradient: float  # fall-off of the light across the picture
    shadow: float  # depth of a soft shadow across the cloth
    exposure_stops: float  # deviation from what the camera's meter would choose
    white_balance: float  # share of the light's colour that the camera takes out
    blur: float  # standard deviation of the lens blur in pixels
    noise: float  # standard deviation of the sensor noise at mid-grey, relative, at 500 lux
    jpeg_quality: float
    position_x_mm: float = 0.0  # of the picture's middle on the cloth
    position_y_mm: float = 0.0
    drape: float = 0.5  # strength of broad waves, at `wrinkle` 1
    fold: float = 0.0  # strength of folds, where the cloth doubles over
    crumple: float = 0.5  # strength of creases and facets
    outdoors: float = 0.0  # 0 or 1
    night: float = 0.0  # 0 or 1
    illuminance_lux: float = 500.0  # the sensor's noise grows as it falls
    ambient_temperature_kelvin: float = 6500.0
    second_light: float = 0.0  # share of the direct light that comes from a second one
    second_azimuth_degrees: float = 0.0
    second_elevation_degrees: float = 45.0
    second_temperature_kelvin: float = 6500.0
    flash: float = 0.0  # fall-off of a flash from the middle of the picture; 0 for none
    background: float = 0.0  # what lies below the cloth: index into `background.TABLES`
    distortion: float = 0.0  # of the lens; positive is barrel-shaped
    vignette_stops: float = 0.0  # light lost in the corners
    depth_of_field: float = 0.0  # blur in pixels, a picture width away from the plane in focus
    motion_pixels: float = 0.0  # length of the motion blur
    motion_degrees: float = 0.0
    tint_stops: float = 0.0  # too much green, or magenta where negative
    sharpening: float = 0.35
    resolution: float = 256.0  # pixels across what the sensor saw

    def as_dict(self):
        """Name → float."""
        return {name: float(value) for name, value in asdict(self).items()}


NAMES = tuple(Conditions.__dataclass_fields__)


def draw_conditions(seed, fabric_index, photo_index, image_size=256):
    """Conditions of one photograph; a pure function of its arguments."""
    rng = seeds.stream(seed, seeds.CONDITIONS, fabric_index, photo_index)
    of_view, of_cloth, of_scene, of_camera = rng.spawn(4)
    scene = draw_scene(of_scene)
    return Conditions(
        **_draw_view(of_view, image_size),
        **_draw_cloth(of_cloth),
        **scene,
        **_draw_camera(of_camera, scene["illuminance_lux"], scene["night"]),
    )


def _draw_view(rng, image_size):
    return {
        "scale": image_size / log_uniform(rng, 20, 80),  # millimetres of cloth across the picture
        "rotation_degrees": rng.uniform(0, 360),
        "tilt_degrees": min(42.0, abs(rng.normal(0, 16))),
        "tilt_azimuth_degrees": rng.uniform(0, 360),
        "position_x_mm": rng.uniform(0, 500),
        "position_y_mm": rng.uniform(0, 500),
    }


def _draw_cloth(rng):
    """Flat, draped, folded or crumpled: one of them prevails, with a little of the others."""
    lies = rng.choice(4, p=[0.3, 0.28, 0.2, 0.22])
    drape, fold, crumple = rng.uniform(0, 0.4), 0.0, rng.uniform(0, 0.3)
    if lies == 1:
        drape = rng.uniform(0.6, 1)
    elif lies == 2:
        fold = rng.uniform(0.5, 1)
    elif lies == 3:
        crumple = rng.uniform(0.5, 1)
    wrinkle = rng.beta(1, 5) if lies == 0 else rng.uniform(0.25, 1)
    return {"wrinkle": wrinkle, "drape": drape, "fold": fold, "crumple": crumple}


def _draw_camera(rng, lux, night):
    """Lens and sensor; shaking hands and a struggling meter show in the dark."""
    dark = float(np.clip(math.log2(200 / lux) / 5, 0, 1))
    moved = rng.random() < 0.1 + 0.3 * dark
    poor, misjudged = rng.random() < 0.15, rng.random() < 0.1
    return {
        "exposure_stops": float(
            np.clip(rng.normal(-0.15 * dark, (0.45 if misjudged else 0.12) + 0.1 * dark), -1.5, 1.0)
        ),
        "white_balance": float(rng.beta(8, 2) if night or misjudged else rng.beta(30, 1.5)),
        "tint_stops": float(np.clip(rng.normal(0, 0.03 + 0.05 * dark), -0.3, 0.3)),
        "blur": log_uniform(rng, 0.35, 0.8) if rng.random() < 0.85 else log_uniform(rng, 0.8, 1.8),
        "depth_of_field": rng.uniform(0, 1.2) if rng.random() < 0.8 else rng.uniform(1.2, 5),
        "motion_pixels": rng.gamma(2, 1 + dark) if moved else 0.0,
        "motion_degrees": rng.uniform(0, 180),
        "distortion": float(np.clip(rng.normal(0.01, 0.02), -0.06, 0.06)),
        "vignette_stops": rng.beta(1.2, 3) * 1.2,
        "noise": log_uniform(rng, 0.006, 0.025),
        "sharpening": rng.uniform(0.1, 0.6),
        "resolution": float(rng.integers(120, 200) if poor else 256),
        "jpeg_quality": float(rng.integers(60, 80) if poor else rng.integers(78, 96)),
    }
