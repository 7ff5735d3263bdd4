"""The images of a bulk job: a split of a TFDS collection, or photographs in folders or in a CSV's list."""

import dataclasses
import io
import os
from pathlib import Path
from typing import NamedTuple

import tensorflow_datasets as tfds
from etils import epath

import fird
from fabric_retrieval.bulk.storage import absolute, pyarrow, write
from fabric_retrieval.data.collection import encoded_images, split_fingerprint
from fabric_retrieval.data.photographs import PhotographError, read_photograph
from fabric_retrieval.errors import UserError

PHOTOGRAPHS = "photographs.parquet"


class Image(NamedTuple):
    """One image; `data` is an upright JPEG, or empty where `reason` says why there is none."""

    image_id: str
    fabric: str
    group: str
    data: bytes
    reason: str = ""


def open_images(dataset=None, split=None, data_dir=None, photos_dir=None, photos_csv=None):
    """`TfdsImages` of a collection, prepared if need be, or `Photographs` of a folder or a CSV.

    Raises:
        UserError: no such collection, split, folder or CSV, or the CSV is wrong.
    """
    if not dataset:
        return Photographs(photos_dir, photos_csv)
    return TfdsImages.of(fird.prepare(dataset, data_dir=data_dir), split)


@dataclasses.dataclass(frozen=True)
class TfdsImages:
    """A split in its stored order; `folder` is that of the prepared collection, for every worker to read."""

    folder: str
    split: str
    name: str
    fingerprint: str
    count: int
    bad = ()
    root = None

    @classmethod
    def of(cls, builder, split):
        """Of a prepared builder. Raises UserError where it has no such split."""
        if split not in builder.info.splits:
            known = ", ".join(builder.info.splits)
            raise UserError(f"--split={split}: {builder.info.full_name} has {known}.")
        name, count = f"{builder.info.full_name} {split}", builder.info.splits[split].num_examples
        return cls(str(absolute(builder.data_path)), split, name, split_fingerprint(builder, split), count)

    def keep(self, plan, out):
        """What a worker reads from: itself."""
        return self

    def read(self, plan, shard):
        """Yields the `Image`s of a shard."""
        first, end = plan.bounds(shard)
        builder = tfds.builder_from_directory(self.folder)
        keys = ("image_id", "fabric", "group", "image")
        examples = encoded_images(builder, f"{self.split}[{first}:{end}]")
        for example in examples.map(lambda example: [example[key] for key in keys]).as_numpy_iterator():
            *names, data = example
            yield Image(*(name.decode() for name in names), data)


class Photographs:
    """Files in ascending order of their ids; `bad` is [(name, reason), …] of entries that name no image."""

    def __init__(self, photos_dir=None, photos_csv=None):
        config = fird.PhotosConfig(photos_dir=photos_dir, photos_csv=photos_csv)
        listing = config.listing()
        self.name, self.fingerprint = _as_text(str(photos_csv or photos_dir)), config.name
        self.root = None if photos_csv else Path(photos_dir).expanduser().resolve()
        self._photographs = [photo for photo in listing.photographs if _is_text(photo.image_id)]
        self.count = len(self._photographs)
        refused = [photo.image_id for photo in listing.photographs if not _is_text(photo.image_id)]
        named = [*listing.bad, *((image_id, "its name is not UTF-8 text") for image_id in refused)]
        self.bad = [(_as_text(image_id), reason) for image_id, reason in named]

    def keep(self, plan, out):
        """Writes the list for the workers, a row group a shard, and returns what they read from."""
        pa, parquet = pyarrow()
        columns = {
            "path": [os.fsencode(os.path.abspath(photo.path)) for photo in self._photographs],
            "image_id": [photo.image_id for photo in self._photographs],
            "fabric": [photo.fabric for photo in self._photographs],
            "group": [photo.group for photo in self._photographs],
        }
        schema = pa.schema([("path", pa.binary()), *((name, pa.string()) for name in list(columns)[1:])])
        table, file = pa.table(columns, schema=schema), io.BytesIO()
        with parquet.ParquetWriter(file, schema) as writer:
            for shard in range(plan.shards):
                first, end = plan.bounds(shard)
                writer.write_table(table.slice(first, end - first))
        path = epath.Path(out) / PHOTOGRAPHS
        write(path, file.getvalue())
        return KeptPhotographs(str(path))


@dataclasses.dataclass(frozen=True)
class KeptPhotographs:
    """The list that `Photographs.keep` wrote to `path`."""

    path: str

    def read(self, plan, shard):
        """Yields the `Image`s of a shard, made upright JPEGs as for a collection."""
        _, parquet = pyarrow()
        with epath.Path(self.path).open("rb") as file:
            rows = parquet.ParquetFile(file).read_row_group(shard).to_pylist()
        for row in rows:
            names = (row["image_id"], row["fabric"], row["group"])
            try:
                yield Image(*names, read_photograph(os.fsdecode(row["path"]))[0])
            except PhotographError as error:
                yield Image(*names, b"", error.reason)


def _as_text(name):
    """A file's name as UTF-8 can write it."""
    return name.encode(errors="backslashreplace").decode()


def _is_text(name):
    """Whether a file's name can be written as UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
