"""What is handed to an index, checked alike for every engine."""

import json

import numpy as np
import orjson

from fabric_retrieval.errors import UserError
from fabric_retrieval.search.index import KINDS


def checked_vectors(vectors, dimension, ids=None):
    """`vectors` as a C-contiguous [N, dimension] float32 array.

    Args:
        ids: [N] names of the images, for the message; None: they are queries.

    Raises:
        UserError: another shape; NaN or infinity (also: too large for float32), of which one is named.
    """
    found = np.asarray(vectors)
    count = len(found) if ids is None else len(ids)
    if count == 0 and found.size == 0:
        return np.empty((0, dimension), np.float32)
    if found.shape != (count, dimension) or found.dtype.kind not in "fiu":
        what = "queries" if ids is None else f"images, {ids[0]!r} the first," if ids else "images"
        raise UserError(
            f"The vectors of {count} {what} are {found.dtype} of shape {found.shape}: the index expects "
            f"floats of shape ({count}, {dimension}), as the model that made it gives them."
        )
    with np.errstate(over="ignore"):
        found = np.ascontiguousarray(found, dtype=np.float32)
    fine = np.isfinite(found).all(axis=1)
    if not fine.all():
        bad = int(np.argmin(fine))
        name = f"query {bad}" if ids is None else f"image {ids[bad]!r}"
        raise UserError(f"The vector of {name} holds NaN or infinity. Leave it out; look at its photograph.")
    return found


def check_items(items):
    """Raises `UserError` unless these are `Item`s of different ids that JSON can hold."""
    seen = set()
    for image_id, fabric, metadata in items:
        for what, value in (("id", image_id), ("fabric", fabric)):
            if not isinstance(value, str) or not value or not is_text(value):
                raise UserError(
                    f"The image {image_id!r} has the {what} {value!r}: it must be a string, not empty, and "
                    "of characters that UTF-8 has."
                )
        if image_id in seen:
            raise UserError(f"The image {image_id!r} is given twice: an id is one image's. Give it once.")
        seen.add(image_id)
        if not isinstance(metadata, dict) or not _is_kept(metadata):
            raise UserError(
                f"The metadata of image {image_id!r} are {metadata!r}: they must be a dict of JSON values, "
                "that is text, finite numbers, integers of 64 bits, lists and dicts by text. Mend them."
            )


def _is_kept(values):
    """Whether JSON values are themselves again after they were written."""
    try:
        return orjson.loads(orjson.dumps(values)) == values  # NaN is written as null
    except (TypeError, ValueError):
        return False


def json_values(what, values):
    """A copy of a dict of JSON values; `what` it is.

    Raises:
        UserError: it is something else.
    """
    try:
        if not isinstance(values, dict):
            raise TypeError(f"a {type(values).__name__} in place of a dict")
        return json.loads(json.dumps(values, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise UserError(f"The {what} must be a dict of JSON values: {error}. Mend them.") from error


def is_text(value):
    """Whether UTF-8 can hold a string; the name of a file need not be one that it can."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_count(k):
    """Raises `UserError` unless k images can be looked for."""
    if k < 1:
        raise UserError(f"The number of images to find must be at least 1, not {k}.")


def check_kind(kind):
    """Raises `UserError` unless there are indexes of this kind."""
    if kind not in KINDS:
        raise UserError(f"There is no index of kind {kind!r}: choose {', '.join(KINDS)}.")
