"""A photograph as if its cloth had been dyed otherwise: the same pattern, another colourway."""

import cv2
import numpy as np

KNOTS = 5  # shades between which the new ones are interpolated
MOST_GAIN = 3.0  # of contrast: more shows little but the camera's noise
CONTRAST = (0.35, 0.9)  # of the new shades, as a share of all levels
CHROMA = 60.0  # largest shift of Cr and Cb at a knot, in levels
SATURATION = 1.5  # largest factor on the chroma that there was


def recoloured(image, strength, grey, rng):
    """[S, S, 3] uint8 in other shades and, unless it is grey, in other colours.

    The shades of the picture, from its second to its 98th per cent, are mapped to others by a random curve.
    Half of these rise or fall throughout, so that shades keep or reverse their order; the others mix it, as
    where a dark ground becomes the lightest of three colours. Each new shade has a random tint, and the
    chroma that there was is turned and scaled.

    Args:
      strength: in (0, 1]; 1 is all of it, less moves each shade and tint that share of the way.
      grey: the three channels are alike and stay so.
      rng: what is drawn does not depend on the image, the strength or `grey`.
    """
    drawn = _Drawn(rng)
    if grey:
        return np.repeat(cv2.LUT(image[..., 0], _curve(image[..., 0], strength, drawn)[0])[..., None], 3, -1)
    luma_and_chroma = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)
    curve, at = _curve(luma_and_chroma[..., 0], strength, drawn)
    tints = np.stack([np.interp(np.arange(256), at, strength * CHROMA * of) for of in drawn.tints], axis=-1)
    angle = strength * drawn.turn
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    turn *= 1 + strength * (drawn.saturation - 1)
    chroma = (luma_and_chroma[..., 1:].astype(np.float32) - 128) @ turn.T
    chroma += 128 + tints.astype(np.float32)[luma_and_chroma[..., 0]]
    changed = np.dstack([cv2.LUT(luma_and_chroma[..., 0], curve), _levels(chroma)])
    return cv2.cvtColor(changed, cv2.COLOR_YCrCb2RGB)


class _Drawn:
    """All that is random of one picture's change."""

    def __init__(self, rng):
        shades = rng.random(KNOTS)
        order, falls = rng.random(2) < 0.5
        if order:
            shades = np.sort(shades)[:: -1 if falls else 1]
        self.shades = (shades - shades.min()) / np.ptp(shades)  # 0 ... 1
        self.contrast, self.lowest = rng.uniform(*CONTRAST), rng.random()
        self.tints = rng.uniform(-1, 1, (2, KNOTS))
        self.turn, self.saturation = rng.uniform(-np.pi, np.pi), rng.uniform(0, SATURATION)


def _curve(luma, strength, drawn):
    """(new level of each of 256 levels, uint8; the levels [KNOTS] of the knots)."""
    shares = np.cumsum(np.bincount(luma.ravel(), minlength=256)) / luma.size
    low, high = np.searchsorted(shares, (0.02, 0.98))
    at = np.linspace(low, max(high, low + 1), KNOTS)
    span = min(255 * drawn.contrast, MOST_GAIN * (at[-1] - at[0]))
    wanted = drawn.lowest * (255 - span) + span * drawn.shades
    levels = np.arange(256)
    return _levels(levels + strength * np.interp(levels, at, wanted - at)), at


def _levels(values):
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
