"""Configurations of `fird`: a drawn collection, or a set of photographs."""

import dataclasses
import hashlib
import json
from pathlib import Path

import tensorflow_datasets as tfds

from fabric_retrieval.errors import UserError
from fabric_retrieval.rendering.collection import Collection
from fird.listing import list_csv, list_folder

BAD_PHOTOS = ("stop", "skip")


@dataclasses.dataclass(eq=False, kw_only=True)
class RenderedConfig(tfds.core.BuilderConfig):
    """Fabrics drawn by `fabric_retrieval.rendering`."""

    collection: Collection


@dataclasses.dataclass(eq=False, kw_only=True)
class PhotosConfig(tfds.core.BuilderConfig):
    """Your own photographs.

    Without a name it is called photos_<fingerprint>: of every file's path, size and time of change, of the
    CSV and of the options, so that a changed folder is prepared anew.

    Attributes:
      photos_dir: a folder that holds one folder a fabric; with `photos_csv`, what its paths are relative to.
      photos_csv: a CSV with the columns path,fabric[,split][,group].
      bad_photos: "stop" or "skip": what to do about unreadable photographs and lone ones.
      split_seed: seed of the split into train, query and gallery.

    Raises:
      FileNotFoundError: the folder or the CSV does not exist.
      ValueError: the CSV is wrong; or neither folder nor CSV is given to a config without a name.
    """

    name: str = ""
    photos_dir: str | None = None
    photos_csv: str | None = None
    bad_photos: str = "stop"
    split_seed: int = 0

    def __post_init__(self):
        if self.bad_photos not in BAD_PHOTOS:
            raise UserError(f"bad_photos={self.bad_photos!r}: expected one of {', '.join(BAD_PHOTOS)}.")
        if not self.name:
            self.name = f"photos_{self._fingerprint()}"

    def listing(self, default_dir=None):
        """`listing.Listing` of the photographs; `default_dir` stands in for a folder that was not given."""
        if self.photos_csv:
            return list_csv(self.photos_csv, self.photos_dir)
        root = self.photos_dir or default_dir
        if not root:
            raise UserError("No photographs: give photos_dir, photos_csv or both.")
        return list_folder(root)

    def _fingerprint(self):
        listing = self.listing()
        files = [(p.image_id, p.fabric, p.split, p.group, *_state(p.path)) for p in listing.photographs]
        content = [files, listing.bad, self.bad_photos, self.split_seed]
        digest = hashlib.sha256(json.dumps(content).encode("utf-8", "surrogateescape"))
        if self.photos_csv:
            digest.update(Path(self.photos_csv).expanduser().read_bytes())
        return digest.hexdigest()[:10]


def _state(path):
    """(size, time of change) of a file; zeros for one that is not there, which the check will report."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns
