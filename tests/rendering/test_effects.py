"""Each factor of a photograph, measured in the pixels against what it says it does."""

from dataclasses import replace

import numpy as np
import pytest
from cosine_cloth import PLAIN, cosine, pixels, spectrum

from fabric_retrieval.rendering import light, take
from fabric_retrieval.rendering.background import SHADOW, TABLES, TRANSLUCENT

GREY = cosine(waves=1, contrast=0)


@pytest.fixture(scope="module")
def stripes():
    return cosine(waves=16)  # a period of 3.2 mm


def shown(fabric, **changes):
    return pixels(fabric, replace(PLAIN, **changes))


@pytest.mark.parametrize("scale", [3.2, 6.4, 12.8])
def test_scale_over_a_factor_of_four(scale, stripes):
    amplitude = spectrum(shown(stripes, scale=scale)[..., 1])[128, 128:]
    assert amplitude[3:].argmax() + 3 == pytest.approx(256 / (3.2 * scale), abs=1)


@pytest.mark.parametrize("degrees", [0, 90])
def test_position_moves_the_cloth(stripes, degrees):
    still = shown(stripes, rotation_degrees=degrees)
    moved = shown(stripes, rotation_degrees=degrees, position_x_mm=1.6)  # half a period
    assert np.corrcoef(still[..., 1].ravel(), moved[..., 1].ravel())[0, 1] < -0.95
    along = shown(stripes, rotation_degrees=degrees, position_y_mm=1.6)
    assert np.abs(along - still).mean() < 0.01


@pytest.mark.parametrize("distortion", [-0.06, 0.06])
def test_distortion_moves_a_line_by_the_cube_of_its_radius(distortion):
    # The one dark line of a 51.2 mm tile: 0.4 picture widths right of the middle, in a picture 51.2 mm wide.
    fabric = cosine(waves=1)
    row = shown(fabric, scale=5, position_x_mm=25.6 - 0.3 * 51.2, distortion=distortion)[128, :, 1]
    # r (1 + k (2 r)²) = 0.3
    r = next(root.real for root in np.roots([4 * distortion, 0, 1, -0.3]) if abs(root - 0.3) < 0.05)
    darkest = np.polyfit(np.arange(256), row, 6)
    window = np.linspace(150, 250, 2001)
    found = window[np.polyval(darkest, window).argmin()]
    assert found == pytest.approx(127.5 + 256 * r, abs=3)


def test_vignette_in_stops():
    plain, dark = shown(GREY), shown(GREY, vignette_stops=1)
    ratio = (dark / dark[124:132, 124:132].mean()) / (plain / plain[124:132, 124:132].mean())
    assert ratio[:4, :4].mean() == pytest.approx(0.5, abs=0.04)
    assert ratio[124:132, :2].mean() == pytest.approx(2**-0.5, abs=0.04)


@pytest.mark.parametrize("degrees", [0, 45, 90])
def test_motion_blurs_along_its_direction_only(degrees):
    across = cosine(waves=64)  # 0.8 mm: 8 pixels
    sharp, blurred = (
        shown(across, scale=10, rotation_degrees=degrees, motion_pixels=length, motion_degrees=degrees)
        for length in (0, 8)
    )
    beside = shown(across, scale=10, rotation_degrees=degrees, motion_pixels=8, motion_degrees=degrees + 90)
    # A line as long as the period averages it out.
    assert blurred[40:-40, 40:-40].std() < 0.12 * sharp[40:-40, 40:-40].std()
    assert beside[40:-40, 40:-40].std() > 0.9 * sharp[40:-40, 40:-40].std()


def test_defocus_takes_out_fine_waves_as_a_gaussian_does():
    fabric = cosine(waves=64)
    sharp, soft = (shown(fabric, scale=10, blur=blur)[..., 1].std() for blur in (0.4, 1.6))
    expected = np.exp(-2 * np.pi**2 * (1.6**2 - 0.4**2) / 8**2)  # 8 pixels a period
    assert soft / sharp == pytest.approx(expected, rel=0.1)


def test_depth_of_field_keeps_the_middle_of_a_tilted_cloth_sharp():
    changes = {"scale": 10.0, "tilt_degrees": 35.0, "tilt_azimuth_degrees": 90.0}
    fabric = cosine(waves=64)
    deep, shallow = (shown(fabric, depth_of_field=dof, **changes)[..., 1] for dof in (0, 6))
    assert shallow[120:136].std() > 0.9 * deep[120:136].std()
    assert shallow[:16].std() < 0.6 * deep[:16].std()


def test_resolution_limits_what_is_seen():
    fabric = cosine(waves=146)  # 0.35 mm
    fine = [shown(fabric, scale=11, resolution=n)[..., 1].std() for n in (256, 120)]  # 3.9, 1.8 pixels
    assert fine[1] < 0.35 * fine[0]


def test_a_fold_breaks_the_stripes_and_shades_what_lies_below():
    fabric, broken = cosine(waves=8), 0
    for seed in range(6):
        flat, folded = (
            pixels(fabric, replace(PLAIN, wrinkle=1, drape=0, crumple=0, fold=fold), seed)[..., 1]
            for fold in (0, 1)
        )
        steps = [
            np.maximum(*(np.abs(np.diff(p, axis=a))[:255, :255] for a in (0, 1))) for p in (flat, folded)
        ]
        # A cosine of 32 pixels changes slowly everywhere; at the edge it jumps.
        broken += np.percentile(steps[1], 99.5) > 1.5 * np.percentile(steps[0], 99.5)
        assert folded.min() < 0.85 * flat.min()
    assert broken >= 4


def test_the_second_light_colours_the_side_that_faces_it():
    changes = {
        "wrinkle": 1.0, "drape": 1.0, "crumple": 0.0, "light_ambient": 0.1, "light_elevation_degrees": 30.0,
        "second_light": 0.5, "second_azimuth_degrees": 180.0, "second_elevation_degrees": 30.0,
        "second_temperature_kelvin": 2700.0,
    }  # fmt: skip
    two = shown(GREY, **changes)
    one = shown(GREY, **changes | {"second_light": 0.0})[..., 1]  # bright where the first light, at the right
    warmth = two[..., 0] / np.maximum(two[..., 2], 1e-3)
    lit, dark = one > np.percentile(one, 90), one < np.percentile(one, 10)
    assert np.median(warmth[dark]) > 1.3 * np.median(warmth[lit])


def test_white_balance_takes_out_the_mean_of_mixed_light():
    changes = {"second_light": 0.5, "second_temperature_kelvin": 2700.0, "ambient_temperature_kelvin": 4000.0}
    neutral, warm = (shown(GREY, white_balance=share, **changes).mean((0, 1)) for share in (1, 0))
    assert neutral[0] / neutral[2] == pytest.approx(1, abs=0.03)
    assert warm[0] / warm[2] > 1.5


def test_tint_is_green_in_stops():
    red, green, _ = shown(GREY, tint_stops=0.3).mean((0, 1)) / shown(GREY).mean((0, 1))
    assert green / red == pytest.approx(2**0.3, rel=0.06)


def test_flash_falls_off_to_every_edge():
    picture = shown(GREY, flash=1, light_ambient=0.1)[..., 1]
    middle = picture[118:138, 118:138].mean()
    for edge in (picture[:8], picture[-8:], picture[:, :8], picture[:, -8:]):
        assert edge.mean() < 0.75 * middle


@pytest.mark.parametrize("table", range(len(TABLES)))
def test_open_cloth_shows_the_table(table):
    cloth = cosine(waves=1, mean=0.2, contrast=0, opacity=0.4)
    colour = shown(cloth, background=float(table)).mean((0, 1))
    behind = np.array([*TABLES.values()][table][0])
    seen = 0.4 * 0.2 + (1 - (1 - TRANSLUCENT) * 0.4) * (1 - SHADOW * 0.4) * behind
    assert colour / colour.sum() == pytest.approx(seen / seen.sum(), abs=0.02)


def test_dense_cloth_hides_the_table():
    cloth = [shown(cosine(waves=1, opacity=1.0), background=float(table)) for table in (3, 4)]
    assert np.abs(cloth[0] - cloth[1]).mean() < 0.1 * cloth[0].mean()


def test_darkness_raises_noise():
    noise = [shown(GREY, noise=0.02, illuminance_lux=lux).std() for lux in (20000, 500, 20)]
    assert noise[0] < 0.7 * noise[1] < 0.5 * noise[2]


def test_sheen_adds_light_where_the_cloth_mirrors_the_lamp():
    changes = {"wrinkle": 1.0, "drape": 1.0, "light_elevation_degrees": 40.0, "light_ambient": 0.2}
    dull, shiny = (
        pixels(cosine(waves=1, mean=0.1, contrast=0, sheen=sheen), replace(PLAIN, **changes))
        for sheen in (0, 0.12)
    )
    assert shiny.std() / shiny.mean() > 1.1 * dull.std() / dull.mean()


def test_a_sweep_of_one_factor_leaves_the_others_draws():
    rough = replace(PLAIN, wrinkle=0.8, drape=1, crumple=1, noise=0.02)
    one, other = (
        take(GREY, replace(rough, **change), np.random.default_rng(4)).astype(int)
        for change in ({}, {"shadow": 1e-4, "second_light": 1e-4, "background": 2.0})
    )
    assert np.abs(one - other).max() <= 2
    assert np.array_equal(take(GREY, rough, np.random.default_rng(4)), one)


def test_direct_and_sky_of_flat_cloth_add_up_to_one():
    direct, sky, _ = light.shade(np.zeros((2, 2, 2), np.float32), PLAIN, 0)
    assert direct + sky == pytest.approx(np.ones((2, 2)))
