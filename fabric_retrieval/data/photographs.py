"""Photographs of any kind → upright 8-bit JPEG."""

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from fabric_retrieval.errors import UserError

FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF")
MAX_PIXELS = 178_956_970  # Pillow's own limit against decompression bombs: 0.5 GB as RGB
QUALITY = 95
_ORIENTATION = 0x0112  # EXIF tag
# How to turn a picture upright, by orientation (EXIF 2.3, table 4).
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PhotographError(ValueError):
    """A file that is no usable photograph; `reason` says why, without naming the file."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def read_photograph(source):
    """Reads and fully decodes a photograph.

    An upright 8-bit JPEG, RGB or grey, keeps its bytes. Anything else becomes an upright RGB JPEG of quality
    95 without chroma subsampling: transparency over white, 16 bits scaled to 8, the first picture of several,
    EXIF orientation applied.

    Args:
      source: path, or the bytes of a JPEG, PNG, BMP, WebP or TIFF file.

    Returns:
      (jpeg_bytes, facts): facts are `width` and `height` as stored (int), `format` of the source, and `kept`:
      whether the bytes are the source's own.

    Raises:
      PhotographError: the file cannot be read, or is empty, truncated, of another kind or too large.
    """
    data = source if isinstance(source, bytes) else _read(source)
    if not data:
        raise PhotographError("empty file")
    image = _decode(data)
    orientation = image.getexif().get(_ORIENTATION, 1)
    # MPO is phones' JPEG with a second picture appended.
    kept = image.format in ("JPEG", "MPO") and image.mode in ("RGB", "L") and orientation not in _UPRIGHT
    source_format = image.format
    if not kept:
        image = to_rgb(image)
        if orientation in _UPRIGHT:
            image = image.transpose(_UPRIGHT[orientation])
        data = _encode(image)
    return data, {"width": image.width, "height": image.height, "format": source_format, "kept": kept}


def check_photograph(path):
    """(facts, None) of a usable photograph, (None, reason) of another; both travel between processes."""
    try:
        return read_photograph(path)[1], None
    except PhotographError as error:
        return None, error.reason


def load_photograph(path, facts):
    """[(JPEG bytes, {"width", "height"})] of a photograph whose `facts` are known.

    One whose bytes are kept is not decoded again.

    Raises:
      UserError: the file is no longer what it was.
    """
    try:
        data = _read(path) if facts["kept"] else read_photograph(path)[0]
    except PhotographError as error:
        raise UserError(
            f"{path}: changed after it was checked: {error.reason}. Run the command again."
        ) from error
    return [(data, {"width": facts["width"], "height": facts["height"]})]


def to_rgb(image):
    """A loaded Pillow image of any mode with 8 or 16 bits a channel → mode RGB."""
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG"):
        sixteen = np.asarray(image).astype(np.int64)
        image = Image.fromarray(((sixteen * 255 + 32767) // 65535).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise PhotographError(
            f"pixels of {'32-bit integers' if image.mode == 'I' else 'floats'}; expected 8 or 16 bits"
        )
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def _read(path):
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise PhotographError(f"cannot be read ({error.strerror})") from error


def _decode(data):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures and of odd but harmless EXIF
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            if image.width * image.height > MAX_PIXELS:
                raise PhotographError(_too_large(f"{image.width}x{image.height}"))
            image.load()
    except Image.DecompressionBombError as error:
        raise PhotographError(_too_large(str(error))) from error
    except UnidentifiedImageError as error:
        raise PhotographError("not a JPEG, PNG, BMP, WebP or TIFF image") from error
    except PhotographError:
        raise
    except Exception as error:
        # Pillow's decoders raise OSError, SyntaxError, struct.error, … on damaged files.
        cut_short = "truncated" in str(error).lower()
        raise PhotographError("truncated image" if cut_short else f"damaged image ({error})") from error
    return image


def _encode(image):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return buffer.getvalue()


def _too_large(found):
    return f"too many pixels ({found}; at most {MAX_PIXELS:,})"
