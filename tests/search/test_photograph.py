"""What a search is asked with: upright, cut to the region, and refused before it does harm."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFile
from search.commands.making import png_header

from fabric_retrieval.data.photographs import read_photograph
from fabric_retrieval.errors import UserError
from fabric_retrieval.search.photograph import MAX_PIXELS, cropped, parse_crop

# Smooth, so that JPEG of quality 95, twice over, stays within a few grey levels.
Y, X = np.mgrid[0:60, 0:84]
PICTURE = np.dstack([3 * X, 4 * Y, 128 + X - Y]).astype(np.uint8)
TOLERANCE = 8


def stored(pixels, kind="JPEG", **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def decoded(data):
    image = Image.open(io.BytesIO(data))
    assert image.format == "JPEG"
    return np.asarray(image.convert("RGB"), np.int64)


def test_a_whole_photograph_is_what_an_index_makes_of_it():
    turned = Image.Exif()
    turned[0x0112] = 6
    for data in (stored(PICTURE), stored(PICTURE, "PNG"), stored(PICTURE, exif=turned)):
        assert cropped(data) == read_photograph(data)[0]
    assert cropped(stored(PICTURE)) == stored(PICTURE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "TIFF"])
def test_a_region_is_cut_out(kind):
    region = decoded(cropped(stored(PICTURE, kind), (10, 20, 40, 30)))
    assert region.shape == (30, 40, 3)
    assert np.abs(region - PICTURE[20:50, 10:50]).max() <= TOLERANCE


def test_a_region_is_one_of_the_upright_picture():
    turned = Image.Exif()
    turned[0x0112] = 6  # stored as seen by a camera that was turned: upright after a quarter turn clockwise
    upright = np.rot90(PICTURE, -1)
    region = decoded(cropped(stored(PICTURE, quality=95, subsampling=0, exif=turned), (5, 30, 50, 40)))
    assert np.abs(region - upright[30:70, 5:55]).max() <= TOLERANCE


def test_a_region_of_a_grey_photograph():
    region = decoded(cropped(stored(PICTURE[..., 0]), (0, 0, 84, 60)))
    assert np.abs(region - PICTURE[..., :1]).max() <= TOLERANCE


@pytest.mark.parametrize(
    "crop", [(-1, 0, 20, 20), (0, -1, 20, 20), (65, 0, 20, 20), (0, 41, 20, 20), (84, 60, 16, 16)]
)
def test_a_region_outside_is_refused_with_the_size_of_the_picture(crop):
    with pytest.raises(UserError, match="84x60"):
        cropped(stored(PICTURE), crop)


@pytest.mark.parametrize("crop", [(0, 0, 15, 60), (0, 0, 84, 0), (0, 0, -20, 20)])
def test_a_region_too_small_to_show_cloth_is_refused(crop):
    with pytest.raises(UserError, match="at least 16x16"):
        cropped(stored(PICTURE), crop)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a JPEG, PNG, BMP, WebP or TIFF image"),
        (stored(PICTURE, "GIF"), "not a JPEG, PNG, BMP, WebP or TIFF image"),
        (stored(PICTURE)[:-400], "truncated"),
        (stored(PICTURE, "PNG")[:90], "truncated|damaged"),
    ],
)
def test_what_is_no_photograph_is_refused_with_the_reason(data, reason):
    with pytest.raises(UserError, match=reason):
        cropped(data, (0, 0, 20, 20))


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99),
            "This is a HEIC photograph: save or export it as JPEG",
        ),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1" + bytes(99), "This is an AVIF picture: save"),
        (stored(PICTURE, "GIF"), "This is a GIF picture: save"),
        (stored(PICTURE, "PDF"), "This is a PDF document: save"),
    ],
)
def test_of_other_usual_kinds_it_is_said_what_to_do(data, advice):
    with pytest.raises(UserError, match=advice):
        cropped(data)


def test_random_bytes_are_refused():
    rng = np.random.default_rng(0)
    for head in (b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"RIFF0000WEBPVP8 ", b"BM"):
        for _ in range(20):
            with pytest.raises(UserError):
                cropped(head + rng.bytes(500))


@pytest.mark.parametrize(("width", "height"), [(8001, 8000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_before_it_is_decoded(width, height, monkeypatch):
    def decode(*_):
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)
    with pytest.raises(UserError, match=r"pixels.*at most 64,000,000"):
        cropped(png_header(width, height))


def test_the_limits_are_the_callers():
    data = stored(PICTURE)
    assert cropped(data, max_bytes=len(data), max_pixels=60 * 84) == data
    with pytest.raises(UserError, match=f"{len(data):,} bytes; at most {len(data) - 1:,}"):
        cropped(data, max_bytes=len(data) - 1)
    with pytest.raises(UserError, match="84x60 = 5,040 pixels; at most 5,039"):
        cropped(data, max_pixels=60 * 84 - 1)
    assert MAX_PIXELS == 64_000_000


def test_a_region_from_text():
    assert parse_crop("40, 0,600 ,450") == (40, 0, 600, 450)
    assert parse_crop("") is None
    assert parse_crop(None) is None


@pytest.mark.parametrize(
    "text", ["1,2,3", "1,2,3,4,5", "a,b,c,d", "1.5,0,20,20", "-1,0,20,20", "1,2,3,9999999999", "\u0661,2,3,4"]
)
def test_other_texts_are_refused(text):
    with pytest.raises(UserError, match="four whole numbers"):
        parse_crop(text)
