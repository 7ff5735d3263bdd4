"""The features of a split: computed once for a model and a data set, then kept in the run's folder."""

import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from fabric_retrieval.atomic import replacing
from fabric_retrieval.data.collection import encoded_images, split_fingerprint
from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.inputs import check_features, check_unique
from fabric_retrieval.in_order import in_order

NAMES = ("image_id", "fabric", "group")


class Features(NamedTuple):
    """N images in ascending order of their ids."""

    features: np.ndarray  # [N, D] float32
    labels: np.ndarray  # [N] int64
    ids: np.ndarray  # [N] str
    fabrics: np.ndarray  # [N] str
    groups: np.ndarray  # [N] str, "" for none


def load_or_compute(descriptor, name, builder, split, folder, batch_size=32):
    """The features of a split under a descriptor, from `folder` if they are there, else computed and kept.

    Args:
        descriptor: maps [B] string tensors of encoded images to [B, D] float32, in two threads at once, and
            has a `fingerprint`.
        name: of the descriptor, for the progress bar and the cache.
        builder: prepared TFDS builder of `fird`. split: its split.
        folder: of the cache; a file there belongs to one descriptor, one content of the split and one batch
            size. A damaged file is computed again, an interrupted computation leaves none.
        batch_size: images at once; the last bits of features can depend on it.

    Raises:
        ValueError: an image that cannot be decoded or whose features are NaN or infinite; it is named.
    """
    data = split_fingerprint(builder, split)
    path = Path(folder) / f"{name}-{descriptor.fingerprint[:16]}" / f"{split}-{data[:16]}-{batch_size}.npz"
    features = _load(path)
    if features is None:
        features = compute(descriptor, name, builder, split, batch_size)
        _store(features, path)
    return features


def compute(descriptor, name, builder, split, batch_size=32):
    """The `Features` of a split under a descriptor; arguments and errors as for `load_or_compute`."""
    total = builder.info.splits[split].num_examples
    batches = encoded_images(builder, split).map(
        lambda example: {key: example[key] for key in ("image", "label", *NAMES)}
    )
    batches = batches.batch(batch_size).prefetch(tf.data.AUTOTUNE)
    features, labels = [], []
    names = {key: [] for key in NAMES}

    def describe(batch):
        ids = [value.decode() for value in batch["image_id"].numpy()]
        return batch, _describe(descriptor, batch["image"], ids, split)

    with tqdm(total=total, desc=f"{name}: {split}", unit=" images") as progress:
        for batch, described in in_order(describe, batches):
            for key in NAMES:
                names[key] += [value.decode() for value in batch[key].numpy()]
            labels.append(batch["label"].numpy())
            features.append(described)
            progress.update(len(described))
    ids, fabrics, groups = (np.array(names[key], dtype=str) for key in NAMES)
    check_unique(ids, split)
    order = np.argsort(ids)
    columns = (np.concatenate(features), np.concatenate(labels), ids, fabrics, groups)
    return Features(*(column[order] for column in columns))


def _describe(descriptor, images, ids, split):
    try:
        features = descriptor(images)
    except tf.errors.InvalidArgumentError:
        for image, image_id in zip(images, ids, strict=True):
            try:
                descriptor(image[tf.newaxis])
            except tf.errors.InvalidArgumentError as error:
                raise unreadable(image_id, split, error) from error
        raise
    return check_features(features, split, ids)


def unreadable(image_id, split, error):
    """The `UserError` for an image that TensorFlow cannot decode."""
    return UserError(f"Image {image_id!r} of split {split!r} cannot be read: {error.message.splitlines()[0]}")


def _load(path):
    try:
        with np.load(path, allow_pickle=False) as stored:
            return Features(*(stored[field] for field in Features._fields))
    except FileNotFoundError:
        return None
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        tqdm.write(f"The features in {path} are damaged ({error}) and are computed again.")
        return None


def _store(features, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **features._asdict())
