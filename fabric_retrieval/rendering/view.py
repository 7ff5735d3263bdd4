"""Where each pixel of a photograph lies on the cloth."""

import numpy as np

DISTANCE = 1.3  # of the camera, in widths of the picture: a phone's angle of view


def pixel_grid(size):
    """Pixel centres (x, y), each [size, size] float32 in picture widths from the middle; y downwards."""
    at = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size) - np.float32(0.5)
    return np.broadcast_to(at, (size, size)), np.broadcast_to(at[:, None], (size, size))


def distorted(x, y, distortion):
    """Picture → picture of a lens without distortion, in picture widths.

    What an ideal lens shows at radius r (1 + `distortion` (2 r)²) appears at r: positive is barrel-shaped.
    """
    factor = 1 + np.float32(4 * distortion) * (x * x + y * y)
    return x * factor, y * factor


def on_plane(x, y, tilt_degrees, azimuth_degrees):
    """Picture → tilted plane through the point the camera looks at, both in picture widths.

    The plane recedes towards `azimuth_degrees` (0 is to the right, 90 downwards).
    """
    tilt, azimuth = np.deg2rad([tilt_degrees, azimuth_degrees])
    cos, sin = np.float32(np.cos(azimuth)), np.float32(np.sin(azimuth))
    away, aside = x * cos + y * sin, y * cos - x * sin
    along = away * DISTANCE / (DISTANCE * np.float32(np.cos(tilt)) - away * np.float32(np.sin(tilt)))
    aside = aside * (1 + along * np.float32(np.sin(tilt) / DISTANCE))
    return along * cos - aside * sin, along * sin + aside * cos


def on_surface(x, y, conditions, surface):
    """Picture [N, N] → cloth laid flat [N, N], in picture widths: lens, tilt, and the surface's heights.

    A raised place is seen along a slanted ray: it hides what lies behind it.
    """
    x, y = distorted(x, y, conditions.distortion)
    nearer = 1 - surface.height * np.float32(1 / DISTANCE)
    x, y = on_plane(x * nearer, y * nearer, conditions.tilt_degrees, conditions.tilt_azimuth_degrees)
    tilt, azimuth = np.deg2rad([conditions.tilt_degrees, conditions.tilt_azimuth_degrees])
    hidden = surface.height * np.float32(np.tan(tilt))
    return (
        x - hidden * np.float32(np.cos(azimuth)) + surface.stretch[..., 0],
        y - hidden * np.float32(np.sin(azimuth)) + surface.stretch[..., 1],
    )


def turn(x, y, degrees):
    """Rotates coordinates so that what they address appears turned clockwise by `degrees` in the picture."""
    cos, sin = np.float32(np.cos(np.deg2rad(degrees))), np.float32(np.sin(np.deg2rad(degrees)))
    return x * cos + y * sin, y * cos - x * sin
