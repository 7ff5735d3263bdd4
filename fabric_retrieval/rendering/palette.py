"""Colours as textiles have them: few palettes, shared by many fabrics."""

import numpy as np

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


def to_linear(srgb):
    """sRGB in [0, 1] → linear light in [0, 1] (IEC 61966-2-1)."""
    srgb = np.asarray(srgb, np.float32)
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_srgb(linear):
    """Linear light → sRGB in [0, 1]; clips."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def draw_colours(rng):
    """Five colours [5, 3] float32, linear: one palette, its order and its dye lots varied."""
    words = PALETTES[rng.integers(len(PALETTES))].split()
    colours = np.array([[int(word[i : i + 2], 16) for i in (0, 2, 4)] for word in words]) / 255
    if rng.random() < 0.5:
        colours = colours[rng.permutation(5)]
    dyed = colours + rng.normal(0, 0.02, (5, 3)) + rng.normal(0, 0.02, (5, 1))
    return to_linear(np.clip(dyed, 0.02, 0.97))
