"""Draws a sheet of photographs to look at: a row a fabric, a column a photograph.

python -m fabric_retrieval.rendering.contact_sheet --out=sheet.png
"""

import cv2
import numpy as np
from absl import app, flags

from fabric_retrieval.rendering import draw_fabric, photograph

MARGIN = 4


def sheet(seed, first, fabrics, photos, pixels):
    """Contact sheet [H, W, 3] uint8: `photos` photographs, `pixels` wide, of each of `fabrics` fabrics."""
    rows = []
    for index in range(first, first + fabrics):
        fabric = draw_fabric(seed, index)
        row = [photograph(fabric, seed, index, photo)[0] for photo in range(photos)]
        if pixels != row[0].shape[0]:
            row = [cv2.resize(picture, (pixels, pixels), interpolation=cv2.INTER_AREA) for picture in row]
        rows.append(np.hstack([_framed(picture) for picture in row]))
    return np.vstack(rows)


def _framed(picture):
    return cv2.copyMakeBorder(
        picture, MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_CONSTANT, value=(255, 255, 255)
    )


def main(_):
    values = flags.FLAGS
    picture = sheet(values.seed, values.first, values.fabrics, values.photos, values.pixels)
    if not cv2.imwrite(values.out, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)):
        raise app.UsageError(f"Could not write --out={values.out}.")
    print(f"{values.fabrics} fabrics, {values.photos} photographs of each: {values.out}")


def define_flags():
    flags.DEFINE_string("out", "contact_sheet.png", "Picture to write; its ending says the format.")
    flags.DEFINE_integer("seed", 0, "Seed of the collection.", lower_bound=0)
    flags.DEFINE_integer("first", 0, "Number of the first fabric.", lower_bound=0)
    flags.DEFINE_integer("fabrics", 8, "Fabrics, one a row.", lower_bound=1)
    flags.DEFINE_integer("photos", 6, "Photographs of each, one a column.", lower_bound=1)
    flags.DEFINE_integer("pixels", 256, "Width of each photograph on the sheet.", lower_bound=16)


if __name__ == "__main__":
    define_flags()
    app.run(main)
