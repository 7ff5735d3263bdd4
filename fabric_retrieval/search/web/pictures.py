"""Pictures as the page shows them."""

import base64
import functools
import io
import os
import warnings

from PIL import Image, ImageOps

from fabric_retrieval.data.photographs import FORMATS, to_rgb
from fabric_retrieval.search.catalogue import photograph_path, roots

SIDES = {"small": 480, "large": 1600}  # pixels, the longer one
CACHED = 1000  # small pictures of some 30 kB
QUALITY = 85
_ORIENTATION, TURNED = 0x0112, (5, 6, 7, 8)  # EXIF tag, and with which width and height change places


def shown(source, side):
    """An upright JPEG for the eye, bytes.

    Args:
        source: path of a photograph, or a file-like object.
        side: pixels of its longer side; a smaller picture is not enlarged.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of large pictures and of odd but harmless EXIF
        with Image.open(source, formats=FORMATS) as image:
            image.draft("RGB", (side, side))  # a JPEG is not decoded larger than needed
            image.load()
            picture = to_rgb(image)
            picture.getexif().update(image.getexif())
            picture = ImageOps.exif_transpose(picture)
    picture.thumbnail((side, side))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def of_catalogue(index, item, size):
    """An image of the index as JPEG bytes, or None where its file cannot be shown.

    Args:
        index: `Index`. item: `Item`, of whose file nothing is read outside its root, links followed.
        size: "small" or "large".
    """
    try:
        path = photograph_path(index, item)
        root = roots(index)[item.metadata["root"]]
        if path is None or not path.resolve(strict=True).is_relative_to(os.path.realpath(root)):
            return None
        if size == "small":
            found = path.stat()
            return _small(path, found.st_size, found.st_mtime_ns)
        return shown(path, SIDES[size])
    except Exception:  # no such metadata or file, no permission, or a damaged picture
        return None


def as_link(data, side=SIDES["small"]):
    """A picture within a page: a data: URL of an encoded image."""
    return "data:image/jpeg;base64," + base64.b64encode(shown(io.BytesIO(data), side)).decode()


def upright_size(data):
    """(width, height) of an encoded photograph when upright, by its header; None if it has none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                turned = image.getexif().get(_ORIENTATION) in TURNED
                return image.size[::-1] if turned else image.size
    except Exception:  # Pillow's decoders raise OSError, SyntaxError, struct.error, … on damaged files
        return None


@functools.lru_cache(CACHED)
def _small(path, size, mtime_ns):
    """A file's small picture, for as long as the file is as it was."""
    return shown(path, SIDES["small"])
