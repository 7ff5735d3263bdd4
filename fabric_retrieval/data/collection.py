"""A split of a prepared collection, decoded and resized once and kept on disk for random access."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds
from tqdm import tqdm

from fabric_retrieval.atomic import replacing
from fabric_retrieval.data.patterns import judged_by_pattern, patterns
from fabric_retrieval.data.preprocessing import decode_and_resize
from fabric_retrieval.errors import UserError


class Collection(NamedTuple):
    """Images in ascending order of their ids.

    `pixels` [N, S, S, 3] uint8 (a read-only memory map), `fabrics`, `image_ids` and `groups` [N] str.
    """

    pixels: np.ndarray
    fabrics: np.ndarray
    image_ids: np.ndarray
    groups: np.ndarray

    def subset(self, rows):
        """The images of `rows`, their pixels read into memory."""
        return Collection(*(column[rows] for column in self))


def load_collection(builder, split, size, grey=False, cache_dir=None, match="fabric"):
    """Reads a split of a prepared TFDS builder, decoding each image once in the lifetime of `cache_dir`.

    Args:
        builder: a prepared builder of `fird`.
        split: one that the builder has: "train", "query", "gallery" or "distractors".
        size: side in pixels of the stored images.
        grey: store luma instead of colour.
        cache_dir: where the pixels are kept; default: beside the prepared collections.
        match: "pattern": `fabrics` and `groups` are as of `patterns.judged_by_pattern`.

    Raises:
        UserError: an image that cannot be decoded, which is named; or `cache_dir` cannot be written.
    """
    folder = Path(cache_dir or Path(builder.data_dir).parents[2] / "fird_pixels")
    stem = f"{builder.info.full_name.replace('/', '-')}-{split}-{size}{'-grey' if grey else ''}"
    path = folder / f"{stem}-{split_fingerprint(builder, split)[:12]}.npy"

    names = _names(builder, split)
    order = np.argsort(names["image_id"])
    if not path.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _store_pixels(builder, split, size, grey, names["image_id"], path)
        except OSError as error:
            raise UserError(
                f"The decoded images of {split} cannot be kept in {folder} ({error.strerror or error}); "
                "give another --data_dir."
            ) from error
    pixels = np.load(path, mmap_mode="r")
    fabrics, groups = names["fabric"], names["group"]
    if match == "pattern":
        of_pattern = patterns(fabrics, names["family"], names["differs_in"])
        fabrics, groups = judged_by_pattern(fabrics, groups, of_pattern)
    return Collection(pixels, fabrics[order], names["image_id"][order], groups[order])


def split_fingerprint(builder, split):
    """A hexadecimal digest of what a prepared split says of itself: names, count, size and shard lengths.

    Not of the images: the name of a collection stands for these (of photographs, through the sizes and times
    of their files; of drawings, through the version).
    """
    info = builder.info.splits[split]
    what = [builder.info.full_name, split, info.num_examples, info.num_bytes, list(info.shard_lengths)]
    return hashlib.sha256(repr(what).encode()).hexdigest()


def require_test_images(builder):
    """Raises UserError where a prepared collection has no queries or no gallery, as one to train on."""
    missing = {"query", "gallery"} - set(builder.info.splits)
    if missing:
        raise UserError(
            f"{builder.info.full_name} has no {' and no '.join(sorted(missing))} images to ask and to find; "
            "another --dataset, such as fird/rendered, has them."
        )


def encoded_images(builder, split):
    """A `tf.data.Dataset` of the split's examples with `image` as stored bytes, in the stored order."""
    return builder.as_dataset(
        split=split, decoders={"image": tfds.decode.SkipDecoding()}, shuffle_files=False
    )


def images_by_fabric(builder, split):
    """{fabric: list of encoded images} of a split, in the stored order."""
    found = {}
    for example in encoded_images(builder, split).as_numpy_iterator():
        found.setdefault(example["fabric"].decode(), []).append(example["image"])
    return found


def _names(builder, split):
    """What a split's examples are called, [N] str each, in the stored order; "" for what they lack."""
    keys = ("fabric", "image_id", "group", "family", "differs_in")
    examples = encoded_images(builder, split).map(lambda example: {key: example.get(key, "") for key in keys})
    columns = {key: [] for key in keys}
    for example in examples.as_numpy_iterator():
        for key in keys:
            columns[key].append(example[key].decode())
    return {key: np.array(values) for key, values in columns.items()}


def _store_pixels(builder, split, size, grey, image_ids, path):
    """Writes [N, size, size, 3] uint8; `image_ids` [N] are in the stored order, the pixels in theirs."""
    images = encoded_images(builder, split).map(
        lambda example: decode_and_resize(example["image"], size, grey), num_parallel_calls=tf.data.AUTOTUNE
    )
    rows = np.argsort(np.argsort(image_ids))
    shape = (len(rows), size, size, 3)
    done = 0
    with replacing(path) as temporary:
        pixels = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=shape)
        try:
            progress = tqdm(images.as_numpy_iterator(), f"decoding {split}", len(rows), unit=" images")
            for row, image in zip(rows, progress, strict=True):
                pixels[row] = image
                done += 1
        except tf.errors.InvalidArgumentError as error:
            reason = error.message.splitlines()[0]
            name = str(image_ids[done])
            raise UserError(f"Image {name!r} of split {split!r} cannot be read: {reason}") from error
        pixels.flush()
