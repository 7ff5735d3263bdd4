"""Checks of what a caller hands in: NaN, a wrong shape, a repeated id; the errors name the image."""

import numpy as np

from fabric_retrieval.errors import UserError

SAFE = 1e140  # the sum of the squares of smaller values is finite in float64


def check_features(features, what, ids=None):
    """Returns `features` as a C-contiguous [N, D] float array, all of it finite.

    Args:
        features: [N, D] of any real dtype; float32 and float64 are kept, the rest becomes float64.
        what: "query", "gallery", ... for the message.
        ids: [N] names of the images for the message; their positions where it is None.

    Raises:
        ValueError: not two-dimensional, empty, not numbers, or a NaN or infinite value in one image.
    """
    features = np.asarray(features)
    if features.ndim != 2 or 0 in features.shape:
        raise ValueError(
            f"The {what} features must be [images, dimensions], neither of them 0: {features.shape}."
        )
    if features.dtype not in (np.float32, np.float64):
        features = features.astype(np.float64)
    if ids is not None:
        ids = check_length(ids, len(features), f"{what} ids")
    for start in range(0, len(features), 1024):
        part = features[start : start + 1024]
        if max(float(part.max()), -float(part.min())) < SAFE:
            continue
        # The sum of squares is what every distance is made of: it must be finite too.
        with np.errstate(over="ignore", invalid="ignore"):
            squares = np.square(part, dtype=np.float64).sum(axis=1)
        if not np.isfinite(squares).all():
            bad = start + int(np.flatnonzero(~np.isfinite(squares))[0])
            name = f"number {bad}" if ids is None else repr(ids[bad].item())
            raise UserError(f"The features of {what} image {name} are NaN, infinite or too large to square.")
    return np.ascontiguousarray(features)


def check_length(values, length, what):
    """Returns `values` as a one-dimensional array of `length`."""
    values = np.asarray(values)
    if values.shape != (length,):
        raise ValueError(
            f"The {what} must be one for each of the {length} images, not of shape {values.shape}."
        )
    return values


def check_unique(ids, what):
    """Raises where an id occurs twice: ties are broken by id, so two images cannot share one."""
    values, counts = np.unique(ids, return_counts=True)
    if counts.max(initial=0) > 1:
        raise UserError(f"The {what} id {values[counts.argmax()].item()!r} occurs {counts.max()} times.")
