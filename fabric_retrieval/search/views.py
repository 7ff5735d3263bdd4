"""Several views of a photograph to search with: it matters less then how the cloth lay, and how near."""

import io

import numpy as np
from PIL import Image

from fabric_retrieval.data.photographs import QUALITY, to_rgb
from fabric_retrieval.errors import UserError

SIDE = 1024  # pixels of the longer side of views but the first, before they are cut: more than models see
# After the photograph itself: (how to turn it, share of each side that is kept about the centre).
OTHERS = (
    (Image.Transpose.ROTATE_90, 1.0),
    (Image.Transpose.ROTATE_180, 1.0),
    (Image.Transpose.ROTATE_270, 1.0),
    (None, 2**-0.5),
    (None, 0.5),
)
MOST = 1 + len(OTHERS)
# What they are, as flags and API tell it.
LISTED = "itself; turned by 90, 180 and 270 degrees; its centre enlarged by the root of two, and by two."


def check_views(count):
    """Raises `UserError` unless there are so many views."""
    if not 1 <= count <= MOST:
        raise UserError(f"The number of views must be from 1 to {MOST}, not {count}.")


def views_of(jpeg, count):
    """The first `count` of: a photograph; turned by 90, 180 and 270 degrees; its centre enlarged by the root
    of two, and by two.

    Args:
        jpeg: bytes of an upright JPEG or PNG, as of `photograph.cropped`.

    Returns:
        `count` encoded pictures; the first is `jpeg` itself.

    Raises:
        UserError: `count` is not from 1 to `MOST`.
    """
    check_views(count)
    if count == 1:
        return [jpeg]
    with Image.open(io.BytesIO(jpeg)) as image:
        image.draft("RGB", (SIDE, SIDE))  # a JPEG is not decoded larger than needed
        picture = to_rgb(image)
    picture.thumbnail((SIDE, SIDE))
    return [jpeg, *(_encoded(picture, *other) for other in OTHERS[: count - 1])]


def mean_vector(vectors):
    """The mean [D] float32 of the vectors [V, D] of a photograph's views, as long as they are on average.

    So that of vectors of unit length has unit length.
    """
    vectors = np.asarray(vectors, np.float64)
    if len(vectors) == 1:
        return vectors[0].astype(np.float32)
    mean = vectors.mean(axis=0)
    length = np.linalg.norm(mean)
    if length > 0:
        mean *= np.linalg.norm(vectors, axis=1).mean() / length
    return mean.astype(np.float32)


def _encoded(picture, turn, share):
    if turn is not None:
        picture = picture.transpose(turn)
    if share < 1:
        across, down = (max(1, round(share * side)) for side in picture.size)
        left, top = (picture.width - across) // 2, (picture.height - down) // 2
        picture = picture.crop((left, top, left + across, top + down))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return buffer.getvalue()
