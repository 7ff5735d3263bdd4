"""Draws a sheet of photographs to look at: a row a fabric, a column a photograph.

python -m fabric_retrieval.rendering.contact_sheet --out=sheet.png --captions
"""

import os
from pathlib import Path

import cv2
import numpy as np
from absl import app, flags
from tqdm import tqdm

from fabric_retrieval.atomic import replacing
from fabric_retrieval.errors import UserError, brief
from fabric_retrieval.rendering import draw_fabric, encode, photograph
from fabric_retrieval.rendering.captions import captioned_row, describe, framed, stacked
from fabric_retrieval.rendering.catalogue import differs_in
from fabric_retrieval.rendering.collection import COLLECTIONS
from fabric_retrieval.rendering.families import family_of
from fabric_retrieval.rendering.photograph import view_of
from fabric_retrieval.rendering.specification import WHOLE

ENDINGS = (".png", ".jpg", ".jpeg")


def sheet(seed, first, fabrics, photos, pixels, captions=False, photo_count=None, one_view=False):
    """Contact sheet [H, W, 3] uint8: `photos` photographs, `pixels` wide, of each of `fabrics` fabrics.

    Args:
      captions: tell each photograph's conditions and each fabric's kind.
      photo_count: function of a fabric's number to how many photographs there are of it; places stay empty.
      one_view: as of `collection.draw_photographs`.
    """
    rows = []
    for index in tqdm(range(first, first + fabrics), "drawing", unit=" fabrics"):
        fabric = draw_fabric(seed, index, view_of(seed, index, 0) if one_view else WHOLE)
        count = min(photos, photo_count(index)) if photo_count else photos
        taken = [photograph(fabric, seed, index, photo) for photo in range(count)]
        pictures = [resized(as_stored(picture, c["jpeg_quality"]), pixels) for picture, c in taken]
        if captions:
            words = [describe(conditions, len(picture)) for picture, conditions in taken]
            rows.append(captioned_row(pictures, words, fabric_label(seed, index, fabric.specification)))
        else:
            rows.append(np.hstack([framed(picture) for picture in pictures]))
    return stacked(rows)


def fabric_label(seed, index, specification):
    """A fabric's number, kind and structure, and of a family's member what it differs in."""
    made = f"{specification.kind}, {specification.structure}".replace("_", " ")
    if specification.print:
        made += f", {specification.print.design}".replace("_", " ")
    first = family_of(seed, index).first
    if index == first:
        return f"{index}\n{made}"
    return f"{index}\n{made}\nas {first} but for {differs_in(seed, index)}"


def as_stored(pixels, quality):
    """A picture [H, W, 3] uint8 RGB as it looks after JPEG."""
    bgr = cv2.imdecode(np.frombuffer(encode(pixels, quality), np.uint8), cv2.IMREAD_COLOR)
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


def resized(picture, pixels):
    """The picture `pixels` wide, without moiré."""
    if picture.shape[0] == pixels:
        return picture
    smaller = pixels < picture.shape[0]
    return cv2.resize(picture, (pixels, pixels), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)


def check_out(path):
    """Raises `UserError` if no picture can be written to `path`: known before anything is drawn."""
    path = Path(path)
    if path.suffix.lower() not in ENDINGS:
        raise UserError(f"--out={path}: give a name that ends in {', '.join(ENDINGS)}.")
    if not path.parent.is_dir():
        raise UserError(f"--out={path}: there is no folder {path.parent}.")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise UserError(f"--out={path}: cannot be written.")


def save(picture, path):
    """Writes a picture [H, W, 3] uint8 RGB as PNG or JPEG, by the ending of `path`."""
    suffix = Path(path).suffix.lower()
    options = [] if suffix == ".png" else [cv2.IMWRITE_JPEG_QUALITY, 92]
    done, data = cv2.imencode(suffix, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise UserError(
            f"--out={path}: {picture.shape[1]}x{picture.shape[0]} pixels are too many for {suffix}."
        )
    with replacing(path) as temporary:
        temporary.write_bytes(data.tobytes())


def chosen_collection(name):
    """The collection `name`, with or without "fird/" before it.

    Raises:
      UserError: there is none; names those there are.
    """
    if name.removeprefix("fird/") not in COLLECTIONS:
        raise UserError(
            f"--dataset={name}: no such drawn collection; there are {', '.join(sorted(COLLECTIONS))}."
        )
    return COLLECTIONS[name.removeprefix("fird/")]


def main(_):
    values = flags.FLAGS
    with brief():
        check_out(values.out)
        seed, fabrics, photo_count, one_view = values.seed, values.fabrics, None, False
        if values.dataset:
            collection = chosen_collection(values.dataset)
            if values.first >= collection.fabrics:
                raise UserError(
                    f"--first={values.first}: {collection.name} has {collection.fabrics} fabrics."
                )
            seed, photo_count, one_view = collection.seed, collection.photo_count, collection.one_view
            fabrics = min(fabrics, collection.fabrics - values.first)
        picture = sheet(
            seed, values.first, fabrics, values.photos, values.pixels, values.captions, photo_count, one_view
        )
        save(picture, values.out)
    print(f"{fabrics} fabrics, up to {values.photos} photographs of each: {values.out}")


def define_flags():
    flags.DEFINE_string("out", "contact_sheet.png", "Picture to write; its ending says the format.")
    flags.DEFINE_string("dataset", None, "Collection to show, such as rendered_mini; overrides --seed.")
    flags.DEFINE_integer("seed", 0, "Seed of the fabrics and photographs.", lower_bound=0)
    flags.DEFINE_integer("first", 0, "Number of the first fabric.", lower_bound=0)
    flags.DEFINE_integer("fabrics", 8, "Fabrics, one a row.", lower_bound=1)
    flags.DEFINE_integer("photos", 6, "Photographs of each, one a column.", lower_bound=1)
    flags.DEFINE_integer("pixels", 256, "Width of each photograph on the sheet.", lower_bound=16)
    flags.DEFINE_boolean("captions", False, "Tell conditions under photographs, and what each fabric is.")


if __name__ == "__main__":
    define_flags()
    app.run(main)
