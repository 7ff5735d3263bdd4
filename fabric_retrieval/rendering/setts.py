"""Tartans: setts in threadcount notation, and setts drawn by the same rules.

A threadcount names stripes by a colour letter and a number of threads: "B/22 K2 B2 G16 K/2". A slash (which
may be left out) marks the pivots, the first and the last stripe: from there the stripes come back in the
reverse order, the pivots themselves once. A leading "..." says that there are no pivots and that the stripes
repeat end to end.
Warp and weft are threaded alike.
"""

import re

import numpy as np

from fabric_retrieval.rendering import oklab

# Shades of the letters as lightness, chroma, hue (OKLCh), the usual ones of modern, ancient and muted dyes.
LETTERS = {
    "A": ((0.68, 0.09, 235), (0.74, 0.07, 230)),  # azure
    "B": ((0.33, 0.10, 265), (0.28, 0.06, 268), (0.50, 0.09, 255)),  # blue
    "G": ((0.38, 0.09, 150), (0.32, 0.05, 158), (0.52, 0.09, 145), (0.45, 0.06, 120)),  # green
    "K": ((0.20, 0.008, 270),),  # black
    "N": ((0.62, 0.008, 250), (0.45, 0.008, 250), (0.76, 0.008, 250)),  # neutral grey
    "O": ((0.66, 0.15, 50),),  # orange
    "P": ((0.36, 0.11, 320), (0.47, 0.10, 315)),  # purple
    "R": ((0.48, 0.18, 26), (0.40, 0.13, 22), (0.57, 0.16, 32)),  # red
    "T": ((0.42, 0.06, 60), (0.55, 0.06, 65)),  # brown (tan)
    "W": ((0.95, 0.01, 95), (0.91, 0.03, 90)),  # white
    "Y": ((0.82, 0.15, 90), (0.74, 0.12, 85)),  # yellow
}
# In the public domain; shades and scale are free, so these are "after" them.
HISTORICAL = (
    "B/22 K2 B2 K2 B2 K16 G16 K2 G16 K16 B16 K2 B/2",  # after the Black Watch (Government) sett
    "R/32 K/32",  # after Rob Roy MacGregor
    "W/6 K/6",  # shepherd's check
)
GROUNDS, CONTRASTS, LINES = "BGRKNTAPW", "BGRKKNTAW", "WYRKAO"


def parse_threadcount(text):
    """Threadcount → ([(letter, threads), ...], whether its ends are pivots).

    Raises:
      ValueError: a stripe is not a letter of LETTERS and a positive number.
    """
    mirrored = not text.startswith("...")
    stripes = []
    for word in text.removeprefix("...").removesuffix("...").split():
        match = re.fullmatch(r"([A-Z])/?([1-9]\d*)", word)
        if not match or match[1] not in LETTERS:
            raise ValueError(
                f"Not a stripe of a threadcount: {word!r} in {text!r}; wanted, for example, K/4 or R24."
            )
        stripes.append((match[1], int(match[2])))
    if not stripes:
        raise ValueError(f"No stripes in threadcount {text!r}.")
    return stripes, mirrored


def whole_sett(stripes, mirrored=True):
    """Stripes of one full repeat: there and back, the pivots once."""
    return [*stripes, *stripes[-2:0:-1]] if mirrored else [*stripes]


def draw_threadcount(rng):
    """A threadcount: a broad ground, a broad contrast guarded by narrow stripes, overlines at pivots."""
    if rng.random() < 0.15:
        return HISTORICAL[rng.integers(len(HISTORICAL))]
    letters = [_other(rng, GROUNDS, "")]
    letters.append(_other(rng, CONTRASTS, letters))
    letters.append(_other(rng, LINES, letters))
    if rng.random() < 0.6:
        letters.append(_other(rng, LINES + CONTRASTS, letters))
    ground, contrast, line, last = letters[0], letters[1], letters[2], letters[-1]
    broad, narrow = 2 * int(rng.integers(8, 20)), 2 * int(rng.integers(1, 4))
    second = max(8, 2 * round(broad * rng.uniform(0.3, 1.1) / 2))
    middle = [(contrast, second)]
    if rng.random() < 0.5:  # the contrast is split by a line, or by tramlines
        middle = [
            (contrast, second),
            (last, 2),
            *[(contrast, 2), (last, 2)] * int(rng.integers(2)),
            (contrast, second),
        ]
    guards = [(contrast, narrow), (ground, narrow)] * int(rng.integers(3))
    start = [(ground, broad)] if rng.random() < 0.4 else [(line, narrow), (ground, broad)]
    end = [[(ground, broad // 4 * 2), (last, narrow)], [(line, narrow)], []][rng.integers(3)]
    return _written(_joined(start + guards + middle + end))


def draw_dyes(rng, letters):
    """Linear light [len(letters), 3] float32: a shade of each letter."""
    shades = [LETTERS[letter][rng.integers(len(LETTERS[letter]))] for letter in letters]
    lch = np.array(shades) + rng.normal(0, (0.02, 0.005, 4), (len(letters), 3))
    lch[:, 0] = np.clip(lch[:, 0], 0.17, 0.96)
    return oklab.in_gamut(oklab.from_lch(np.maximum(lch, 0))).astype(np.float32)


def _other(rng, letters, taken):
    left = [letter for letter in letters if letter not in taken]
    return left[rng.integers(len(left))]


def _joined(stripes):
    """Neighbours of one colour made one stripe."""
    joined = stripes[:1]
    for letter, count in stripes[1:]:
        if letter == joined[-1][0]:
            joined[-1] = letter, joined[-1][1] + count
        else:
            joined.append((letter, count))
    return joined


def _written(stripes):
    words = [f"{letter}{count}" for letter, count in stripes]
    for end in (0, -1):
        words[end] = f"{stripes[end][0]}/{stripes[end][1]}"
    return " ".join(words)
