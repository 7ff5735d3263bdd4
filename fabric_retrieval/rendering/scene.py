"""Where a photograph is taken: indoors or outdoors, by day or night, under which lights."""

import math

from fabric_retrieval.rendering.background import TABLES


def draw_scene(rng):
    """Name → value of the conditions that the place and the hour decide."""
    outdoors, night = rng.random() < 0.3, rng.random() < 0.18
    draw = (_street if night else _daylight) if outdoors else (_lamplight if night else _room)
    scene = {
        "light_azimuth_degrees": rng.uniform(0, 360),
        "light_elevation_degrees": rng.uniform(22, 75),
        "light_gradient": rng.beta(1.2, 2.2) * 0.8,
        "shadow": float(rng.random() < 0.25) * rng.uniform(0.2, 0.6),
        "second_light": 0.0,
        "second_azimuth_degrees": rng.uniform(0, 360),
        "second_elevation_degrees": rng.uniform(20, 70),
        "second_temperature_kelvin": log_uniform(rng, 2700, 7500),
        "flash": 0.0,
        "outdoors": float(outdoors),
        "night": float(night),
        "background": float(rng.integers(len(TABLES))),
    }
    scene |= draw(rng)
    if night and rng.random() < 0.35:
        scene |= _flash(rng, scene)
    return scene


def _daylight(rng):
    """Sun, or a cloudy sky; shade that buildings and trees throw."""
    lux = log_uniform(rng, 2000, 50000)
    sunny = lux > 12000
    return {
        "illuminance_lux": lux,
        "light_ambient": rng.uniform(0.2, 0.4) if sunny else rng.uniform(0.5, 0.8),
        "light_temperature_kelvin": rng.uniform(4800, 6000) if sunny else rng.uniform(5800, 8000),
        "ambient_temperature_kelvin": rng.uniform(6500, 9500),
        "light_gradient": rng.uniform(0, 0.15),
    }


def _room(rng):
    """A window or ceiling lamps, often both."""
    kelvin = rng.uniform(5200, 7500) if rng.random() < 0.5 else log_uniform(rng, 2900, 5500)
    return {
        "illuminance_lux": log_uniform(rng, 120, 2000),
        "light_ambient": rng.uniform(0.25, 0.65),
        "light_temperature_kelvin": kelvin,
        "ambient_temperature_kelvin": kelvin * rng.uniform(0.85, 1.1),
        "second_light": float(rng.random() < 0.5) * rng.uniform(0.15, 0.5),
    }


def _lamplight(rng):
    """Lamps at home, in the evening."""
    kelvin = log_uniform(rng, 2500, 4000)
    return {
        "illuminance_lux": log_uniform(rng, 15, 300),
        "light_ambient": rng.uniform(0.2, 0.5),
        "light_temperature_kelvin": kelvin,
        "ambient_temperature_kelvin": kelvin * rng.uniform(0.9, 1.05),
        "second_light": float(rng.random() < 0.4) * rng.uniform(0.15, 0.5),
    }


def _street(rng):
    """Street lamps and shop windows."""
    return {
        "illuminance_lux": log_uniform(rng, 5, 60),
        "light_ambient": rng.uniform(0.2, 0.5),
        "light_temperature_kelvin": log_uniform(rng, 2500, 5000),
        "ambient_temperature_kelvin": log_uniform(rng, 2800, 6000),
        "second_light": float(rng.random() < 0.5) * rng.uniform(0.15, 0.5),
    }


def _flash(rng, scene):
    """A phone's lamp beside its lens; what was there before becomes the second light."""
    return {
        "flash": rng.uniform(0.3, 1),
        "illuminance_lux": scene["illuminance_lux"] + rng.uniform(80, 300),
        "light_elevation_degrees": rng.uniform(78, 88),
        "light_temperature_kelvin": rng.uniform(5200, 6200),
        "light_ambient": rng.uniform(0.12, 0.3),
        "light_gradient": 0.0,
        "second_light": rng.uniform(0.05, 0.25),
        "second_azimuth_degrees": scene["light_azimuth_degrees"],
        "second_elevation_degrees": scene["light_elevation_degrees"],
        "second_temperature_kelvin": scene["light_temperature_kelvin"],
    }


def log_uniform(rng, low, high):
    return math.exp(rng.uniform(math.log(low), math.log(high)))
