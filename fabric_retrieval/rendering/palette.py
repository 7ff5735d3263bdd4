"""Colours as textiles have them: a ground and accents in harmony, and hand-made palettes among them."""

import numpy as np

from fabric_retrieval.rendering import oklab

# Five sRGB colours each, ground first. Collections of cloth repeat themselves: undyed and white grounds,
# navy, black, greys, madder reds, indigo, khaki.
PALETTES = (
    "ece4d3 1f2a44 a33b3a 6f7f93 c9a15a",
    "1f2a44 e9e6dd 9c2f36 5f7ea8 c7b27a",
    "2b2b2e d9d5cc 7a7a7d 8c2f39 b89b5e",
    "f2f0ea 2c3e63 7fa1c7 d98a8a 98a77a",
    "8c2f39 f0e6d2 2b2b33 c98b4b 44566b",
    "4c5a3c d8cba6 2e332a a5673f 8f9a6a",
    "b9a582 4a3b2c efe8d8 7c5a3c 55616a",
    "3d5a80 e8eef2 98b4d4 293241 c2a878",
    "6b6f76 c9ccd0 36393f a4a8ae 7d2e3a",
    "d9c7b8 8f4f4a 5a6b5d f3ece2 3c3a44",
    "17324d d8a03d b8c4c9 7d3b2e 51708c",
    "5b3a29 d6b88f 97623b 2f241e e9dcc3",
    "c75d4d f4e3d0 3a4a5e e3a76f 7a8f86",
    "e7d3d6 b5697a 6b3f50 f6efe9 8d9d8b",
    "234f4a e6dfcb 6c9a8b c4793f 172c2c",
    "f0dc9a 4a6fa5 d6674b fbf6e6 5d7d4f",
    "54426b d9cfe0 8e7aa8 2c2438 c2a15f",
    "9aa5a8 e9e9e4 5c686d 2d3a45 b4785a",
    "a9744f f1e4cf 5d3a2a cfa77b 3f4b4f",
    "dfe3dc 7d9a83 3f5a4c b7c7b0 c47f6b",
)
_HAND_MADE = np.array([[tuple(bytes.fromhex(word)) for word in row.split()] for row in PALETTES]) / 255


def to_linear(srgb):
    """sRGB in [0, 1] → linear light in [0, 1] (IEC 61966-2-1)."""
    srgb = np.asarray(srgb, np.float32)
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_srgb(linear):
    """Linear light → sRGB in [0, 1]; clips."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


# Grounds as lightness, chroma, hue (OKLCh) and their share of the drawn palettes.
GROUNDS = (
    ((0.93, 0.025, 90), 3),  # undyed
    ((0.97, 0.006, 95), 3),  # white
    ((0.86, 0.045, 85), 2),  # ecru
    ((0.24, 0.012, 280), 2),  # black
    ((0.30, 0.06, 265), 3),  # navy
    ((0.40, 0.09, 262), 2),  # indigo
    ((0.58, 0.012, 260), 1.5),  # grey
    ((0.36, 0.012, 260), 1),  # charcoal
    ((0.66, 0.055, 95), 1.5),  # khaki
    ((0.44, 0.055, 120), 1),  # olive
    ((0.42, 0.12, 25), 1.5),  # madder
    ((0.38, 0.05, 50), 1),  # brown
)
NEAREST = 0.11  # OKLab distance between any two colours of a drawn palette
CONTRAST = 0.2  # and of the first accent, which draws the outlines, from the ground


def draw_colours(rng):
    """Five colours [5, 3] float32, linear light in [0, 1], the ground first: what one fabric is dyed with."""
    if rng.random() < 0.2:
        lab = oklab.from_linear(to_linear(_HAND_MADE[rng.integers(len(PALETTES))]))
        if rng.random() < 0.5:
            lab = lab[rng.permutation(5)]
    else:
        lab = _harmony(rng)
    # Dye lots differ.
    lab = lab + rng.normal(0, (0.012, 0.006, 0.006), (5, 3))
    lab[:, 0] = np.clip(lab[:, 0], 0.16, 0.97)
    return oklab.in_gamut(lab).astype(np.float32)


def _harmony(rng):
    """OKLab [5, 3] of a ground and four accents that belong together."""
    ground = _draw_ground(rng)
    hue = rng.uniform(0, 360) if rng.random() < 0.5 else rng.choice(DYES) + rng.normal(0, 12)
    draw_hues = HARMONIES[rng.choice(len(HARMONIES), p=[0.22, 0.26, 0.2, 0.16, 0.16])]
    hues, chromas = draw_hues(rng, hue)
    vivid = rng.choice([0.3, 0.6, 1.0], p=[0.35, 0.4, 0.25])
    colours = [oklab.from_lch(ground)]
    for number in range(4):
        colours.append(_accent(rng, colours, hues[number], vivid * chromas[number]))
    return np.array(colours)


def _draw_ground(rng):
    if rng.random() < 0.4:
        # A dyed ground of any hue, pale ones and deep ones more often than middling.
        lightness = rng.choice([rng.uniform(0.26, 0.5), rng.uniform(0.45, 0.75), rng.uniform(0.78, 0.93)])
        widest = 0.6 * min(lightness, 1.05 - lightness) ** 0.8
        return lightness, rng.uniform(0.1, 0.65) * widest, rng.uniform(0, 360)
    shares = np.array([share for _, share in GROUNDS])
    middle = GROUNDS[rng.choice(len(GROUNDS), p=shares / shares.sum())][0]
    return np.array(middle) + rng.normal(0, (0.02, 0.006, 8)) * (1, middle[1] > 0.02, 1)


def _accent(rng, before, hue, chroma):
    """The first of some drawn colours that stands off from those `before`, or else the one farthest off."""
    best, farthest = None, -np.inf
    for _ in range(24):
        lightness = rng.uniform(0.22, 0.95)
        # Dyes reach their strongest colour at middle lightness.
        strength = chroma * rng.uniform(0.5, 1) * (1 - 0.8 * (2 * lightness - 1.1) ** 2)
        # Pale and deep dyes are muted, and so are most greens and turquoises: screens show what no vat gives.
        strength = min(strength, 0.012 + 0.42 * (1 - lightness), 0.4 * lightness)
        strength *= 0.7 if 130 < hue % 360 < 215 else 1
        colour = oklab.from_lch((lightness, max(strength, 0), hue + rng.normal(0, 8)))
        away = min(np.linalg.norm(colour - other) for other in before)
        margin = min(away - NEAREST, abs(lightness - before[0][0]) - CONTRAST if len(before) < 3 else 1)
        if margin > farthest:
            best, farthest = colour, margin
        if margin > 0:
            break
    return best


def _monochrome(rng, hue):
    return [hue] * 4, [0.16] * 4


def _analogous(rng, hue):
    return [hue + turn for turn in rng.permutation([-50, -20, 15, 45])], [0.18] * 4


def _complementary(rng, hue):
    return [hue, hue + 180, hue + 15, hue + 165], [0.18, 0.18, 0.1, 0.1]


def _triad(rng, hue):
    return [hue, hue + 120, hue + 240, hue + 20], [0.18] * 4


def _neutrals_and_one(rng, hue):
    order = rng.permutation(2)
    neutral = rng.uniform(40, 280)
    return [*np.array([neutral, hue])[order], neutral, neutral], [*np.array([0.02, 0.2])[order], 0.03, 0.015]


HARMONIES = (_monochrome, _analogous, _complementary, _triad, _neutrals_and_one)
# OKLCh hues of common dyes: madder, rust, ochre, olive, bottle green, teal, indigo, navy, plum.
DYES = (22, 45, 80, 115, 155, 200, 255, 268, 340)
