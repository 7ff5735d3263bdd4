"""Words on sheets of photographs: captions, labels, and pictures stacked with them."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

LETTERS = 16  # pixels; capitals are 11 high
LINE = 19
MARGIN = 4
_UNITS = {
    "degrees": "°",
    "kelvin": " K",
    "lux": " lx",
    "stops": " EV",
    "pixels": " px",
    "mm": " mm",
}
# What a caption tells of a photograph, in this order, and from which size on: less cannot be seen.
_TOLD = {
    "rotation_degrees": 0,
    "tilt_degrees": 3,
    "wrinkle": 0.05,
    "fold": 0.05,
    "light_temperature_kelvin": 0,
    "illuminance_lux": 0,
    "flash": 0.05,
    "shadow": 0.05,
    "exposure_stops": 0.15,
    "blur": 0.8,
    "motion_pixels": 0.8,
}
_SCENE = ("outdoors", "night")  # 0 or 1: told as a word
_SHORT = {"rotation": "", "light temperature": "", "exposure": "", "illuminance": ""}


def describe(conditions, picture_width=256):
    """A photograph's conditions, name → float, in few words; `picture_width` in pixels."""
    words = [f"{picture_width / conditions['scale']:.0f} mm"]
    words += [name for name in _SCENE if conditions.get(name)]
    for name, least in _TOLD.items():
        value = conditions.get(name, 0.0)
        if abs(value) >= least:
            words.append(f"{_SHORT.get(label(name), label(name))} {amount(name, value)}".strip())
    return ", ".join(words)


def label(name):
    """A condition's name in words, without its unit."""
    words = name.split("_")
    return " ".join(words[:-1] if words[-1] in _UNITS and len(words) > 1 else words)


def amount(name, value):
    """A condition's value in three digits, with its unit."""
    unit = " px/mm" if name == "scale" else _UNITS.get(name.split("_")[-1], "")
    coarse = (n for n, least in enumerate((100, 10, 0.1)) if abs(value) >= least)
    digits = 0 if unit == "°" else next(coarse, 3)
    text = f"{value:,.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + unit


def words_on_white(text, width, height=None):
    """Black words [H, width, 3] uint8, wrapped to `width` pixels; H is `height`, or what they need."""
    font = ImageFont.load_default(size=LETTERS)
    lines = [line for paragraph in text.split("\n") for line in _wrapped(paragraph, font, width - 2 * MARGIN)]
    needed = len(lines) * LINE + MARGIN
    picture = Image.new("RGB", (width, max(needed, height or 0)), "white")
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((MARGIN, number * LINE), line, fill="black", font=font)
    return np.asarray(picture)


def framed(picture):
    """The picture in a white margin."""
    return np.pad(picture, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), constant_values=255)


def captioned_row(pictures, captions, row_label, label_width=150):
    """[H, W, 3] uint8: a label, then `pictures` of one size side by side, each with its words below."""
    width = pictures[0].shape[1] + 2 * MARGIN
    below = [words_on_white(caption, width) for caption in captions]
    height = max(len(words) for words in below)
    columns = [
        np.vstack([framed(picture), words_on_white(caption, width, height)])
        for picture, caption in zip(pictures, captions, strict=True)
    ]
    beside = words_on_white(row_label, label_width)
    row = stacked(columns, axis=1)
    return stacked([beside, row], axis=1)


def stacked(pictures, axis=0):
    """Pictures below (axis 0) or beside (axis 1) each other; where sizes differ, white fills up."""
    size = max(picture.shape[1 - axis] for picture in pictures)
    padded = []
    for picture in pictures:
        missing = [(0, 0), (0, 0), (0, 0)]
        missing[1 - axis] = (0, size - picture.shape[1 - axis])
        padded.append(np.pad(picture, missing, constant_values=255))
    return np.concatenate(padded, axis=axis)


def _wrapped(text, font, width):
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
