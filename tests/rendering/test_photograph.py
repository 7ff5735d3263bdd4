"""What the photographs show, measured in the pixels."""

from dataclasses import replace

import numpy as np
import pytest

from fabric_retrieval.rendering import take
from fabric_retrieval.rendering.conditions import Conditions
from fabric_retrieval.rendering.fabric import make_fabric
from fabric_retrieval.rendering.palette import to_linear
from fabric_retrieval.rendering.specification import Specification
from fabric_retrieval.rendering.yarn import Yarn

PLAIN = Conditions(
    rotation_degrees=0, scale=5, tilt_degrees=0, tilt_azimuth_degrees=0, wrinkle=0, light_azimuth_degrees=0,
    light_elevation_degrees=80, light_ambient=0.6, light_temperature_kelvin=6500, light_gradient=0, shadow=0,
    exposure_stops=0, white_balance=1, blur=0.3, noise=0, jpeg_quality=95,
)  # fmt: skip
SMOOTH = Yarn(cover=1.1, relief=0.12, twist=0, turns=1, unevenness=0.01, waver=0, melange=0.01, sheen=0)


def striped(pitch, threads):
    """Upright stripes, `threads` light and `threads` dark warp threads, over a mid-grey weft."""
    colours = np.array([[0.6] * 3, [0.05] * 3, [0.2] * 3, [0.2] * 3, [0.2] * 3], np.float32)
    warp = (0,) * threads + (1,) * threads
    cloth = Specification("stripe", "plain", (pitch, pitch), colours, warp, (2,), SMOOTH)
    return make_fabric(cloth, np.random.default_rng(0))


@pytest.fixture(scope="module")
def wide_stripes():
    return striped(pitch=1.0, threads=4)  # a period of 8 mm


def shown(fabric, **changes):
    """Linear grey [256, 256] of a photograph."""
    pixels = take(fabric, replace(PLAIN, **changes), np.random.default_rng(1))
    assert pixels.shape == (256, 256, 3)
    assert pixels.dtype == np.uint8
    return to_linear(pixels / 255).mean(-1)


def spectrum(grey):
    window = np.hanning(256)[:, None] * np.hanning(256)
    return np.abs(np.fft.fftshift(np.fft.fft2((grey - grey.mean()) * window)))


def dominant_frequency(grey):
    """(y, x) of the strongest wave in cycles a picture, x ≥ 0."""
    y, x = np.unravel_index(spectrum(grey).argmax(), (256, 256))
    y, x = y - 128, x - 128
    return (-y, -x) if x < 0 or (x == 0 and y < 0) else (y, x)


@pytest.mark.parametrize("degrees", [0, 20, 45, 70, 110, 155])
def test_rotation_turns_the_cloth_clockwise(wide_stripes, degrees):
    y, x = dominant_frequency(shown(wide_stripes, rotation_degrees=degrees, scale=4))
    # With y downwards a clockwise turn is towards +y; stripes look alike after half a turn.
    difference = (np.rad2deg(np.arctan2(y, x)) - degrees + 90) % 180 - 90
    assert abs(difference) < 8


@pytest.mark.parametrize("scale", [3, 4.5, 7])
def test_scale_is_pixels_a_millimetre(wide_stripes, scale):
    _, x = dominant_frequency(shown(wide_stripes, scale=scale))
    assert x == pytest.approx(256 / (8 * scale), abs=1)


def test_tilt_shortens_what_recedes(wide_stripes):
    # 256 pixels of 4 to the millimetre hold 64 mm, 8 periods; seen at 35 degrees about 8 / cos 35° = 9.8.
    _, across = dominant_frequency(shown(wide_stripes, scale=4, tilt_degrees=35, tilt_azimuth_degrees=0))
    _, along = dominant_frequency(shown(wide_stripes, scale=4, tilt_degrees=35, tilt_azimuth_degrees=90))
    assert across == pytest.approx(9.8, abs=1)
    assert along == pytest.approx(8, abs=1)


def test_a_stop_doubles_the_light(wide_stripes):
    dark, darker = shown(wide_stripes, exposure_stops=-2), shown(wide_stripes, exposure_stops=-3)
    assert dark.mean() / darker.mean() == pytest.approx(2, rel=0.08)


def test_white_balance_takes_the_light_s_colour_out(wide_stripes):
    def red_over_blue(share):
        conditions = replace(PLAIN, light_temperature_kelvin=2800, white_balance=share)
        pixels = to_linear(take(wide_stripes, conditions, np.random.default_rng(1)) / 255).mean((0, 1))
        return pixels[0] / pixels[2]

    assert red_over_blue(1) == pytest.approx(1, abs=0.03)
    assert red_over_blue(0) > red_over_blue(0.5) > 1.3


def test_light_falls_off_away_from_the_lamp(wide_stripes):
    grey = shown(wide_stripes, light_azimuth_degrees=90, light_gradient=0.8)  # from below
    assert grey[192:].mean() > 1.3 * grey[:64].mean()


def test_noise_is_as_strong_as_asked(wide_stripes):
    quiet = shown(wide_stripes)
    weak, strong = (np.std(shown(wide_stripes, noise=noise) - quiet) for noise in (0.05, 0.1))
    assert strong / weak == pytest.approx(2, rel=0.15)


def test_wrinkles_bend_and_shade_the_cloth(wide_stripes):
    flat, wrinkled = shown(wide_stripes), shown(wide_stripes, wrinkle=1)
    # Flat stripes are one line of the spectrum; bent ones spread.
    share = [np.sort(spectrum(grey), None)[-5:].sum() / spectrum(grey).sum() for grey in (flat, wrinkled)]
    assert share[1] < 0.7 * share[0]


def test_stripes_too_fine_to_be_seen_turn_grey_without_moire():
    fine = striped(pitch=0.35, threads=1)  # a period of 0.7 mm
    near, far = spectrum(shown(fine, scale=8)), spectrum(shown(fine, scale=2.2))  # 5.6 and 1.5 pixels
    y, x = np.mgrid[-128:128, -128:128]
    coarse = (np.hypot(x, y) > 3) & (np.hypot(x, y) < 64)  # waves of 4 pixels and more
    stripes = near[np.abs(np.hypot(x, y) - 256 / 5.6) < 4].max()
    assert stripes > 20 * np.median(near)
    # What is left are beats of the hard thread edges with the tile's own pixels.
    assert far[coarse].max() < 0.035 * stripes


@pytest.mark.parametrize("scale", [2.5, 4, 6])
def test_stripes_that_can_be_seen_stay(scale):
    visible = striped(pitch=0.5, threads=3)  # a period of 3 mm
    grey = shown(visible, scale=scale)
    assert np.percentile(grey, 95) > 2 * np.percentile(grey, 5)
