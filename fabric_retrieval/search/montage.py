"""Photographs and the fabrics that were found for them, as one picture."""

import os
from pathlib import Path
from typing import NamedTuple

import matplotlib
from PIL import Image, ImageDraw, ImageFont

from fabric_retrieval.atomic import replacing
from fabric_retrieval.errors import UserError

KINDS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
MOST_SIDE = 65_500  # pixels of a JPEG
SIDE, GAP, LINE, LETTERS = 200, 12, 18, 13  # pixels
CAPTION = 3 * LINE


class Row(NamedTuple):
    """A photograph with its caption, and what was found for it: [(picture or None, caption), …].

    Pictures are Pillow images of any size; a caption is up to three lines, cut where they are too long.
    """

    picture: Image.Image
    caption: str
    found: list


def draw(rows):
    """A Pillow image: a line a row, its photograph first and set apart, then what was found."""
    columns = max(len(row.found) for row in rows)
    width = 2 * GAP + (1 + columns) * (SIDE + GAP)
    sheet = Image.new("RGB", (width, GAP + len(rows) * (SIDE + CAPTION + GAP)), "white")
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf", LETTERS)
    for number, row in enumerate(rows):
        top = GAP + number * (SIDE + CAPTION + GAP)
        cells = [(row.picture, row.caption), *row.found]
        for column, (picture, caption) in enumerate(cells):
            left = GAP + column * (SIDE + GAP) + (GAP if column else 0)
            _paste(sheet, picture, left, top)
            for line, words in enumerate(caption.splitlines()[:3]):
                place = (left, top + SIDE + line * LINE)
                pen.text(place, _fitting(words, font), fill="black", font=font)
    return sheet


def save(sheet, path):
    """Writes a picture as PNG or JPEG, by the ending of `path`."""
    kind = KINDS[Path(path).suffix.lower()]
    if kind == "JPEG" and max(sheet.size) > MOST_SIDE:
        size = f"{sheet.width}x{sheet.height}"
        raise UserError(f"--montage={path}: {size} pixels are too many for a JPEG; give a name in .png.")
    with replacing(path) as temporary:
        sheet.save(temporary, kind, **({"quality": 92} if kind == "JPEG" else {}))


def check_path(path):
    """Raises `UserError` if no picture can be written there: known before anything is searched."""
    path = Path(path)
    if path.suffix.lower() not in KINDS:
        raise UserError(f"--montage={path}: give a name that ends in {', '.join(KINDS)}.")
    if not path.parent.is_dir():
        raise UserError(f"--montage={path}: there is no folder {path.parent}.")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise UserError(f"--montage={path}: cannot be written.")


def _paste(sheet, picture, left, top):
    """A picture in the middle of its square, or a grey square where there is none."""
    if picture is None:
        sheet.paste((200, 200, 200), (left, top, left + SIDE, top + SIDE))
        return
    scale = SIDE / max(picture.size)
    size = [max(1, round(length * scale)) for length in picture.size]
    smaller = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
    sheet.paste(smaller, (left + (SIDE - size[0]) // 2, top + (SIDE - size[1]) // 2))


def _fitting(words, font):
    """The words, cut in the middle where they are wider than a picture."""
    kept = len(words)
    cut = words
    while font.getlength(cut) > SIDE and kept > 2:
        kept -= 1
        cut = f"{words[: kept // 2]}…{words[-(kept - kept // 2) :]}"
    return cut
