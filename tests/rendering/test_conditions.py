import numpy as np
import pytest

from fabric_retrieval.rendering.conditions import NAMES, draw_conditions


@pytest.fixture(scope="module")
def table():
    """Name → [1500] values."""
    drawn = [draw_conditions(0, i, j).as_dict() for i in range(150) for j in range(10)]
    assert all(tuple(one) == NAMES for one in drawn)
    return {name: np.array([one[name] for one in drawn]) for name in NAMES}


def test_all_are_finite_floats():
    drawn = draw_conditions(3, 1, 4).as_dict()
    assert all(type(value) is float and np.isfinite(value) for value in drawn.values())


def test_a_function_of_their_arguments():
    assert draw_conditions(0, 1, 2) == draw_conditions(0, 1, 2)
    assert len({draw_conditions(*which) for which in ((0, 1, 2), (1, 1, 2), (0, 2, 2), (0, 1, 3))}) == 4


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("rotation_degrees", 0, 360),
        ("scale", 256 / 80, 256 / 20),
        ("tilt_degrees", 0, 42),
        ("wrinkle", 0, 1),
        ("drape", 0, 1),
        ("fold", 0, 1),
        ("crumple", 0, 1),
        ("light_ambient", 0, 1),
        ("second_light", 0, 0.5),
        ("shadow", 0, 0.6),
        ("flash", 0, 1),
        ("outdoors", 0, 1),
        ("night", 0, 1),
        ("illuminance_lux", 5, 50000),
        ("light_temperature_kelvin", 2500, 10000),
        ("second_temperature_kelvin", 2500, 10000),
        ("ambient_temperature_kelvin", 2200, 10000),
        ("white_balance", 0, 1),
        ("resolution", 120, 256),
        ("jpeg_quality", 60, 95),
        ("distortion", -0.06, 0.06),
    ],
)
def test_ranges(table, name, low, high):
    values = table[name]
    assert values.min() >= low
    assert values.max() <= high
    assert np.ptp(values) > 0.6 * (high - low)


def test_day_and_night_in_and_out_of_doors(table):
    for outdoors in (0, 1):
        for night in (0, 1):
            assert ((table["outdoors"] == outdoors) & (table["night"] == night)).sum() > 45
    day = table["night"] == 0
    lux = np.log(table["illuminance_lux"])
    assert lux[day & (table["outdoors"] == 1)].min() >= lux[day & (table["outdoors"] == 0)].max()
    assert lux[~day].mean() < lux[day].mean() - 2


def test_the_dark_brings_motion_and_warm_light(table):
    dark, bright = table["illuminance_lux"] < 60, table["illuminance_lux"] > 1000
    assert (table["motion_pixels"][dark] > 0).mean() > 1.5 * (table["motion_pixels"][bright] > 0).mean()
    kelvin = table["light_temperature_kelvin"]
    assert np.median(kelvin[dark]) < 4000 < np.median(kelvin[bright])


def test_most_pictures_are_still_and_sharp(table):
    assert (table["motion_pixels"] == 0).mean() > 0.7
    assert (table["blur"] < 0.8).mean() > 0.7
