"""A photograph to search with: kept within limits, turned upright, cut to the region that shows the cloth."""

import io
import re
import warnings

from PIL import Image

from fabric_retrieval.data.photographs import FORMATS, QUALITY, PhotographError, read_photograph
from fabric_retrieval.errors import UserError

MAX_BYTES = 32 << 20
MAX_PIXELS = 64_000_000  # 0.2 GB as RGB
LEAST_SIDE = 16  # pixels of a region: less shows no cloth
OTHER_KINDS = {  # by their first bytes, or by the brand of an ISO base media file
    "a HEIC photograph": {b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"},
    "an AVIF picture": {b"avif", b"avis"},
    "a GIF picture": {b"GIF8"},
    "a PDF document": {b"%PDF"},
}


def cropped(data, crop=None, max_bytes=MAX_BYTES, max_pixels=MAX_PIXELS):
    """An upright JPEG of a photograph or of a region of it, made as the photographs of an index are.

    A picture of too many pixels is refused by its header, before it is decoded.

    Args:
        data: bytes of a JPEG, PNG, BMP, WebP or TIFF file; its content says which.
        crop: (x, y, width, height), whole pixels of the upright picture from its upper left corner; None is
            all of it.
        max_bytes, max_pixels: limits of the whole photograph.

    Returns:
        bytes: with no crop, as of `data.photographs.read_photograph`, so an upright JPEG keeps its bytes;
        else an RGB JPEG of quality 95 without chroma subsampling.

    Raises:
        UserError: too many bytes or pixels, no photograph, a damaged one, or a region that does not fit.
    """
    if len(data) > max_bytes:
        raise UserError(f"The photograph has {len(data):,} bytes; at most {max_bytes:,} are taken.")
    _refuse_too_many_pixels(data, max_pixels)
    try:
        upright, facts = read_photograph(data)
    except PhotographError as error:
        hint = _hint(data)
        raise UserError(f"The photograph cannot be used: {error.reason}.{hint}") from error
    if crop is None:
        return upright
    box = _box(crop, facts["width"], facts["height"])
    with Image.open(io.BytesIO(upright)) as image:
        region = image.convert("RGB").crop(box)
    buffer = io.BytesIO()
    region.save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return buffer.getvalue()


def parse_crop(text):
    """(x, y, width, height) of "x,y,width,height", or None of an empty text.

    Raises:
        UserError: other than four whole numbers.
    """
    if not text:
        return None
    if not re.fullmatch(r"\s*\d{1,9}\s*(,\s*\d{1,9}\s*){3}", text, re.ASCII):
        raise UserError(f"The region {text!r} is not four whole numbers x,y,width,height, as 40,0,600,450.")
    return tuple(int(number) for number in text.split(","))


def _refuse_too_many_pixels(data, max_pixels):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures and of odd but harmless EXIF
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                width, height = image.size
    except Image.DecompressionBombError as error:
        found = f"too many pixels ({error})"
        raise UserError(f"The photograph has {found}; at most {max_pixels:,} are taken.") from error
    except Exception:
        return  # read_photograph says what is wrong with it, and it decodes nothing that this could not open
    if width * height > max_pixels:
        found = f"{width}x{height} = {width * height:,} pixels"
        raise UserError(f"The photograph has {found}; at most {max_pixels:,} are taken.")


def _hint(data):
    """What to do about a file of a kind that phones and browsers make and that is not read."""
    brand = data[8:12] if data[4:8] == b"ftyp" else data[:4]
    for name, brands in OTHER_KINDS.items():
        if brand in brands:
            return f" This is {name}: save or export it as JPEG first."
    return ""


def _box(crop, width, height):
    """(left, upper, right, lower) of a region of a picture that is `width` x `height`."""
    x, y, across, down = crop
    if min(across, down) < LEAST_SIDE:
        least = f"{LEAST_SIDE}x{LEAST_SIDE}"
        raise UserError(f"The region is {across}x{down} pixels; at least {least} show cloth.")
    if x < 0 or y < 0 or x + across > width or y + down > height:
        raise UserError(
            f"The region x,y,width,height = {x},{y},{across},{down} does not lie within the photograph, "
            f"which is {width}x{height} pixels when upright."
        )
    return x, y, x + across, y + down
