"""Parts of a collection: about a hundred photographs each, drawn together and kept in one file.

A part's file is a zip, stored: photographs.json and the JPEG files. It is a pure function of (collection,
number); floats are written as JSON writes them, which gives the same floats back.
"""

import functools
import hashlib
import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from fabric_retrieval.atomic import replacing
from fabric_retrieval.rendering.collection import draw_photographs

INDEX = "photographs.json"


class Drawn(NamedTuple):
    """One photograph: `photo` of `fabric` (numbers), a JPEG file's bytes and what is known of it."""

    fabric: int
    photo: int
    family: str
    differs_in: str
    conditions: dict
    data: bytes


def draw_part(collection, number):
    """Yields `Drawn` for each photograph of a part, in order; a fabric's tile is drawn once."""
    for fabric in collection.part(number):
        family = collection.family(fabric)
        photos = range(collection.photo_count(fabric))
        drawn = draw_photographs(collection.seed, fabric, photos, collection.one_view)
        for photo, (data, conditions) in zip(photos, drawn, strict=True):
            yield Drawn(fabric, photo, *family, conditions, data)


def write_part(collection, number, path):
    """Draws a part into the file `path`, which is there whole or not at all."""
    drawn = list(draw_part(collection, number))
    index = [[*photograph[:-1]] for photograph in drawn]
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as file:
        # A ZipInfo of its own, or the file would hold the time.
        file.writestr(zipfile.ZipInfo(INDEX), json.dumps(index))
        for photograph in drawn:
            file.writestr(zipfile.ZipInfo(_name(*photograph[:2])), photograph.data)


def read_part(path, wanted=None):
    """Yields `Drawn` of a part's file, in order; only those whose (fabric, photo) is in `wanted`."""
    with zipfile.ZipFile(path) as file:
        for fabric, photo, *known in json.loads(file.read(INDEX)):
            if wanted is None or (fabric, photo) in wanted:
                yield Drawn(fabric, photo, *known, file.read(_name(fabric, photo)))


def is_whole(path):
    """Whether a part's file exists and every checksum in it is right."""
    try:
        with zipfile.ZipFile(path) as file:
            return file.testzip() is None and INDEX in file.namelist()
    except (OSError, EOFError, ValueError, zipfile.BadZipFile):
        return False


@functools.cache
def drawing_digest():
    """12 hexadecimal digits that change with whatever may change a drawing: this package, NumPy, OpenCV."""
    digest = hashlib.sha256(f"{np.__version__} {cv2.__version__}".encode())
    package = Path(__file__).parent
    for path in sorted(package.rglob("*.py")):
        digest.update(f"\0{path.relative_to(package).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _name(fabric, photo):
    return f"{fabric:05d}_{photo:02d}.jpg"
