"""Queries with their nearest images, those of the same fabric framed in red (Figures 6 and 7)."""

import io
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from fabric_retrieval.atomic import replacing
from fabric_retrieval.data.collection import encoded_images

PAGES = ("retrievals", "retrievals_failures")
FILES = (*(f"{page}.png" for page in PAGES), "retrievals.pdf")
FRAME = "#e00000"
DPI, THUMBNAIL = 80, 140  # the latter in pixels
SIDE, GAP, CAPTION, HEAD = 1.4, 0.1, 0.34, 0.95  # inches


def write_pages(retrievals, builder, folder, title, rows=8, seed=0):
    """Writes `retrievals.png`, `retrievals_failures.png` and both as `retrievals.pdf`.

    Args:
        retrievals: `Retrievals` of the whole query split.
        builder: prepared TFDS builder; its splits `query` and `gallery` hold the pictures.
        folder: where to. title: first line of each page.
        rows: queries on a page, drawn at random by `seed`; on the second page from the failures, the queries
            whose nearest image is of another fabric.
    """
    rng = np.random.default_rng(seed)
    answerable = np.flatnonzero(retrievals.answerable)
    failures = answerable[~retrievals.hits[answerable, 0]]
    texts = (
        f"{len(answerable)} queries, {min(rows, len(answerable))} of them drawn at random",
        f"failures: the nearest image is of another fabric, {len(failures)} of {len(answerable)} queries",
    )
    folder = Path(folder)
    with (
        replacing(folder / "retrievals.pdf") as document,
        PdfPages(document, metadata={"CreationDate": None}) as pdf,
    ):
        for name, queries, text in zip(PAGES, (answerable, failures), texts, strict=True):
            drawn = rng.permutation(queries)[:rows]
            page = draw_page(retrievals, drawn, _pictures(builder, retrievals, drawn), f"{title}\n{text}")
            with replacing(folder / f"{name}.png") as picture:
                page.savefig(picture, format="png", dpi=DPI)
            pdf.savefig(page, dpi=DPI)


def draw_page(retrievals, queries, pictures, title):
    """A `Figure`: one line a query, the query first, then its neighbours with their squared distances.

    Args:
        retrievals: `Retrievals`. queries: positions of those to draw.
        pictures: dict of image id to PIL image.
        title: lines above.
    """
    width = GAP + (retrievals.positions.shape[1] + 1) * (SIDE + GAP) + 2 * GAP
    height = HEAD + max(len(queries), 1) * (SIDE + CAPTION)
    figure = Figure(figsize=(width, height), facecolor="white")
    # One pair of axes in inches: 72 pairs take seconds to draw.
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    axes.text(
        GAP,
        GAP,
        f"{title}; same fabric framed in red. Captions: fabric, squared distance",
        va="top",
        fontsize=12,
        linespacing=1.4,
        parse_math=False,  # names may hold a $
    )
    if not len(queries):
        axes.text(width / 2, height / 2, "none", ha="center", fontsize=16)
    for line, query in enumerate(queries):
        top = HEAD + line * (SIDE + CAPTION)
        fabric = _short(retrievals.query_fabrics[query], 18)
        image_id = retrievals.query_ids[query]
        _draw(axes, GAP, top, pictures[image_id], f"query: {fabric}")
        below = {"ha": "center", "va": "top", "fontsize": 6, "color": "0.4", "parse_math": False}
        axes.text(GAP + SIDE / 2, top + SIDE + 0.03, _short(image_id, 28), **below)
        for rank, position in enumerate(retrievals.positions[query]):
            if position >= 0:
                left = 3 * GAP + (rank + 1) * (SIDE + GAP)
                caption = (
                    f"{_short(retrievals.gallery_fabrics[position], 16)}  {_number(retrievals, query, rank)}"
                )
                hit = retrievals.hits[query, rank]
                _draw(axes, left, top, pictures[retrievals.gallery_ids[position]], caption, hit)
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="auto")
    return figure


def _draw(axes, left, top, picture, caption, framed=False):
    scale = SIDE / max(picture.size)
    width, height = (length * scale for length in picture.size)
    left, top = left + (SIDE - width) / 2, top + (SIDE - height) / 2
    axes.imshow(picture, extent=(left, left + width, top + height, top))
    if framed:
        axes.add_patch(Rectangle((left, top), width, height, fill=False, edgecolor=FRAME, linewidth=4))
    colour = FRAME if framed else "black"
    style = {"ha": "center", "fontsize": 7.5, "color": colour, "parse_math": False}
    axes.text(left + width / 2, top - 0.06, caption, **style)


def _number(retrievals, query, rank):
    distance = retrievals.distances[query, rank]
    return f"{distance:.0f}" if 1000 <= distance < 1e6 else f"{distance:.3g}"


def _short(name, length):
    return name if len(name) <= length else f"{name[: length // 2 - 1]}…{name[-(length // 2) :]}"


def _pictures(builder, retrievals, queries):
    positions = retrievals.positions[queries]
    wanted = {
        "query": set(retrievals.query_ids[queries].tolist()),
        "gallery": set(retrievals.gallery_ids[positions[positions >= 0]].tolist()),
    }
    pictures = {}
    for split, ids in wanted.items():
        for example in encoded_images(builder, split).as_numpy_iterator() if ids else ():
            image_id = example["image_id"].decode()
            if image_id in ids:
                picture = Image.open(io.BytesIO(example["image"])).convert("RGB")
                picture.thumbnail((THUMBNAIL, THUMBNAIL))
                pictures[image_id] = picture
    return pictures
