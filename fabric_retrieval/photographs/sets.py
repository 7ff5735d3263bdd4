"""The sets of photographs that are measured on."""

import csv
import re
from pathlib import Path
from typing import NamedTuple

import tensorflow_datasets as tfds

import fird
from fabric_retrieval.atomic import replacing
from fabric_retrieval.data.collection import require_test_images
from fabric_retrieval.errors import UserError
from fird.checking import BadPhotographsError
from fird.listing import list_folder

DRAWN = "fird/"


class PhotoSet(NamedTuple):
    """`data`: the data flags it was prepared by; `folder`: where its results are kept; `grey`: seen so?"""

    name: str
    builder: tfds.core.DatasetBuilder
    data: dict
    folder: Path
    grey: bool


def open_sets(settings):
    """Prepares the sets; a list of `PhotoSet`.

    Raises:
        UserError: two sets of one name; a flag names a set that is not there; a collection without test
            images; as of `fird.prepare`.
    """
    places = {}
    for place in settings.sets:
        name = (
            place.removeprefix(DRAWN) if place.startswith(DRAWN) else Path(place).expanduser().resolve().name
        )
        if name in places:
            raise UserError(f"--sets: {places[name]} and {place} are both called {name}; rename one of them.")
        places[name] = place
    for flag in ("grey", "group_pattern"):
        if unknown := sorted(set(getattr(settings, flag)) - set(places)):
            raise UserError(f"--{flag}: there is no set {unknown[0]}; --sets has {', '.join(places)}.")
    return [_open(name, place, settings) for name, place in places.items()]


def _open(name, place, settings):
    folder = Path(settings.out) / name
    folder.mkdir(parents=True, exist_ok=True)
    data = {"data_dir": settings.data_dir, "workers": settings.workers}
    if place.startswith(DRAWN):
        if name in settings.group_pattern:
            raise UserError(f"--group_pattern: {place} is drawn and has no files to name groups by.")
        data["dataset"] = place
    else:
        data |= {
            "photos_dir": str(Path(place).expanduser().resolve()),
            "split_seed": settings.split_seed,
            "bad_photos": settings.bad_photos,
        }
        if name in settings.group_pattern:
            csv_path = folder / "list.csv"
            _write_csv(data, settings.group_pattern[name], csv_path)
            data["photos_csv"] = str(csv_path)
    builder = fird.prepare(**data)
    require_test_images(builder)
    return PhotoSet(name, builder, data, folder, name in settings.grey)


def group_of(photograph, pattern):
    """The name of a photograph's group: that of its fabric, and what `pattern` finds in its file's name.

    Raises:
        UserError: the pattern matches nothing.
    """
    found = re.search(pattern, photograph.path.name)
    if not found:
        raise UserError(f"--group_pattern={pattern} does not match {photograph.image_id}.")
    parts = found.groups() or (found[0],)
    return "/".join([photograph.fabric, *(part or "" for part in parts)])


def _write_csv(data, pattern, path):
    listing = list_folder(data["photos_dir"])
    if listing.bad and data["bad_photos"] == "stop":
        raise BadPhotographsError(listing.bad)
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "fabric", "group"])
        for photograph in listing.photographs:
            writer.writerow([photograph.image_id, photograph.fabric, group_of(photograph, pattern)])
