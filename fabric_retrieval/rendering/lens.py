"""What lens and hand do to the light on its way to the sensor: blur and vignette."""

import cv2
import numpy as np

_PIXEL = 0.5  # standard deviation of what a pixel gathers, in pixels


def vignette(x, y, stops):
    """Factor of the light at (x, y) in picture widths: 1 in the middle, 2 ** -stops in the corners."""
    return np.exp2(np.float32(-2 * stops) * (x * x + y * y))


def blurred(light, conditions, supersampling):
    """Light [S, S, 3] float32, as the lens casts it on the sensor."""
    # Fewer pixels: each gathers light from a wider place, or what it cannot show would turn into moire.
    wider = _PIXEL**2 * ((256 / conditions.resolution) ** 2 - 1)
    light = _gaussian(light, np.hypot(conditions.blur, np.sqrt(wider)) * supersampling)
    far = conditions.depth_of_field * np.tan(np.deg2rad(conditions.tilt_degrees)) * 0.5
    if far > 0.5:
        light = _out_of_focus(light, far * supersampling, conditions.tilt_azimuth_degrees)
    if conditions.motion_pixels >= 0.5:
        kernel = motion_kernel(conditions.motion_pixels * supersampling, conditions.motion_degrees)
        light = cv2.filter2D(light, -1, kernel, borderType=cv2.BORDER_REFLECT)
    return light


def motion_kernel(length, degrees):
    """Point spread [K, K] float32 of sum 1: a line of `length` pixels, 0 degrees to the right, 90 down."""
    half = int(np.ceil(length / 2)) + 1
    at = np.arange(-half, half + 1, dtype=np.float32)
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    along, across = at * cos + at[:, None] * sin, at[:, None] * cos - at * sin
    inside = np.clip(length / 2 + 0.5 - np.abs(along), 0, 1) * np.clip(1 - np.abs(across), 0, 1)
    return (inside / inside.sum()).astype(np.float32)


def _gaussian(light, sigma):
    size = 2 * int(np.ceil(2.5 * sigma)) + 1
    return cv2.GaussianBlur(light, (size, size), sigma)


def _out_of_focus(light, sigma, azimuth_degrees):
    """Sharp along the line through the middle; `sigma` at the picture's edge where the cloth recedes."""
    at = np.linspace(-1, 1, len(light), dtype=np.float32)
    azimuth = np.deg2rad(azimuth_degrees)
    away = at * np.float32(np.cos(azimuth)) + at[:, None] * np.float32(np.sin(azimuth))
    soft = _gaussian(light, sigma)
    soft -= light
    soft *= np.minimum(away * away, 1)[..., None]
    soft += light
    return soft
