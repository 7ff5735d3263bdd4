"""Moire: what is too fine for a picture's pixels must not come back as something coarse."""

from dataclasses import replace

import numpy as np
import pytest
from cosine_cloth import PLAIN, cosine, pixels, spectrum

Y, X = np.mgrid[-128:128, -128:128]
COARSE = (np.hypot(X, Y) > 3) & (np.hypot(X, Y) < 64)  # waves of 4 pixels and more


@pytest.fixture(scope="module")
def fine():
    return cosine(waves=146)  # a period of 0.35 mm


@pytest.mark.parametrize("scale", [3.2, 3.7, 4.3, 5.0, 5.7])  # 1.1 to 2 pixels a period
@pytest.mark.parametrize("turned", [0, 7, 31])
def test_waves_beyond_the_pixels_leave_nothing(fine, scale, turned):
    visible = spectrum(pixels(fine, replace(PLAIN, scale=16.0))[..., 1]).max()  # 5.6 pixels a period
    conditions = replace(PLAIN, scale=scale, rotation_degrees=turned)
    assert spectrum(pixels(fine, conditions)[..., 1])[COARSE].max() < 0.01 * visible


@pytest.mark.parametrize("azimuth", [0, 45, 90])
def test_nor_where_the_cloth_recedes_or_is_wrinkled(fine, azimuth):
    visible = spectrum(pixels(fine, replace(PLAIN, scale=16.0))[..., 1]).max()
    conditions = replace(PLAIN, scale=4.0, tilt_degrees=40, tilt_azimuth_degrees=azimuth)
    smooth = spectrum(pixels(cosine(waves=146, contrast=0), conditions)[..., 1])
    assert (spectrum(pixels(fine, conditions)[..., 1]) - smooth)[COARSE].max() < 0.01 * visible


@pytest.mark.parametrize("scale", [3.2, 4.5, 6.4, 9, 12.8])
def test_contrast_of_what_can_be_seen_stays(scale):
    fabric = cosine(waves=round(51.2 * scale / 8))  # 8 pixels a period
    line = pixels(fabric, replace(PLAIN, scale=scale))[100:150, 20:-20, 1].mean(0)
    shown = (line.max() - line.min()) / (line.max() + line.min())
    assert 0.6 * 0.6 < shown < 0.6 * 1.1


def test_near_cloth_is_sharp_although_far_cloth_is_not():
    fabric = cosine(waves=102)  # 0.5 mm
    conditions = replace(PLAIN, scale=5.5, tilt_degrees=42, tilt_azimuth_degrees=90, vignette_stops=0)
    picture = pixels(fabric, conditions)[..., 1]
    near, far = picture[:24].std(1).mean(), picture[-24:].std(1).mean()  # away is down
    assert near > 2 * far
