"""OKLab, a perceptual colour space (B. Ottosson, 2020), and its polar form OKLCh."""

import numpy as np

_LMS_FROM_LINEAR = np.array(
    [
        (0.4122214708, 0.5363325363, 0.0514459929),
        (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005),
    ]
)
_LAB_FROM_LMS = np.array(
    [
        (0.2104542553, 0.7936177850, -0.0040720468),
        (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660),
    ]
)


def from_linear(linear):
    """Linear sRGB [..., 3] in [0, 1] → OKLab [..., 3] (lightness 0 to 1, green-red, blue-yellow)."""
    return np.cbrt(np.asarray(linear) @ _LMS_FROM_LINEAR.T) @ _LAB_FROM_LMS.T


def to_linear(lab):
    """OKLab [..., 3] → linear sRGB [..., 3], outside [0, 1] where the screen cannot show it."""
    return (np.asarray(lab) @ np.linalg.inv(_LAB_FROM_LMS).T) ** 3 @ np.linalg.inv(_LMS_FROM_LINEAR).T


def from_lch(lch):
    """Lightness, chroma and hue in degrees [..., 3] → OKLab [..., 3]."""
    lightness, chroma, hue = np.moveaxis(np.asarray(lch, float), -1, 0)
    hue = np.deg2rad(hue)
    return np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], -1)


def in_gamut(lab):
    """Linear sRGB [..., 3] in [0, 1]: chroma is taken back, hue and lightness kept, until it fits."""
    lab = np.array(lab, float)
    lab[..., 0] = np.clip(lab[..., 0], 0, 1)
    chroma = np.linspace(1, 0, 33)[:, None] * np.ones(3)
    chroma[:, 0] = 1
    linear = to_linear(lab[..., None, :] * chroma)
    shown = ((linear > -1e-3) & (linear < 1 + 1e-3)).all(-1)
    first = shown.argmax(-1)
    return np.clip(np.take_along_axis(linear, first[..., None, None], -2)[..., 0, :], 0, 1)
