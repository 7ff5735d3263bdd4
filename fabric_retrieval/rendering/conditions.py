"""What varies between photographs of one fabric, as numbers."""

import math
from dataclasses import asdict, dataclass

import numpy as np

from fabric_retrieval.rendering import seeds


@dataclass(frozen=True)
class Conditions:
    """The conditions of one photograph."""

    rotation_degrees: float  # the cloth's, clockwise in the picture; [0, 360)
    scale: float  # pixels a millimetre at the middle of the picture
    tilt_degrees: float  # between the optical axis and the cloth's normal
    tilt_azimuth_degrees: float  # towards where the cloth recedes
    wrinkle: float  # 0 flat, 1 crumpled
    light_azimuth_degrees: float  # where the light comes from, in the picture
    light_elevation_degrees: float  # above the cloth
    light_ambient: float  # share of the light that comes from everywhere
    light_temperature_kelvin: float
    light_gradient: float  # fall-off of the light across the picture
    shadow: float  # depth of a soft shadow across the cloth
    exposure_stops: float  # deviation from what the camera's meter would choose
    white_balance: float  # share of the light's colour that the camera takes out
    blur: float  # standard deviation of the lens blur in pixels
    noise: float  # standard deviation of the sensor noise at mid-grey, relative
    jpeg_quality: float

    def as_dict(self):
        """Name → float."""
        return asdict(self)


NAMES = tuple(Conditions.__dataclass_fields__)


def draw_conditions(seed, fabric_index, photo_index, image_size=256):
    """Conditions of one photograph; a pure function of its arguments."""
    rng = seeds.stream(seed, seeds.CONDITIONS, fabric_index, photo_index)
    width = _log_uniform(rng, 30, 70)  # millimetres of cloth across the picture
    return Conditions(
        rotation_degrees=rng.uniform(0, 360),
        scale=image_size / width,
        tilt_degrees=min(38.0, abs(rng.normal(0, 15))),
        tilt_azimuth_degrees=rng.uniform(0, 360),
        wrinkle=rng.beta(0.9, 1.5),
        light_azimuth_degrees=rng.uniform(0, 360),
        light_elevation_degrees=rng.uniform(22, 75),
        light_ambient=rng.uniform(0.2, 0.65),
        light_temperature_kelvin=_log_uniform(rng, 2700, 8500),
        light_gradient=rng.beta(1.2, 2.2) * 0.8,
        shadow=float(rng.random() < 0.25) * rng.uniform(0.2, 0.6),
        exposure_stops=float(np.clip(rng.normal(0, 0.45), -1.2, 1.0)),
        white_balance=rng.uniform(0.45, 1.0),
        blur=_log_uniform(rng, 0.3, 1.2),
        noise=_log_uniform(rng, 0.004, 0.04),
        jpeg_quality=float(rng.integers(70, 96)),
    )


def _log_uniform(rng, low, high):
    return math.exp(rng.uniform(math.log(low), math.log(high)))
