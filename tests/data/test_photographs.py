import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from fabric_retrieval.data import photographs
from fabric_retrieval.data.photographs import (
    PhotographError,
    check_photograph,
    load_photograph,
    read_photograph,
)
from fabric_retrieval.errors import UserError

# Smooth, so that JPEG of quality 95 stays within a few grey levels.
Y, X = np.mgrid[0:40, 0:56]
PICTURE = np.dstack([4 * X, 5 * Y, 128 + X - Y]).astype(np.uint8)
TOLERANCE = 6


def stored(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, **options)
    return buffer.getvalue()


def decoded(data):
    image = Image.open(io.BytesIO(data))
    assert image.format == "JPEG"
    return np.asarray(image.convert("RGB"), np.int64)


def assert_shows(source, expected):
    data, facts = read_photograph(source)
    assert not facts["kept"]
    assert (facts["height"], facts["width"]) == expected.shape[:2]
    assert np.abs(decoded(data) - expected).max() <= TOLERANCE


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("progressive", [False, True])
def test_upright_jpeg_keeps_its_bytes(mode, progressive, tmp_path):
    path = tmp_path / "a b.JPG"
    path.write_bytes(stored(Image.fromarray(PICTURE).convert(mode), format="JPEG", progressive=progressive))
    data, facts = read_photograph(path)
    assert data == path.read_bytes()
    assert facts == {"width": 56, "height": 40, "format": "JPEG", "kept": True}
    assert load_photograph(path, facts) == [(data, {"width": 56, "height": 40})]


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF", "WEBP"])
def test_other_formats_become_jpeg(file_format):
    options = {"lossless": True} if file_format == "WEBP" else {}
    assert_shows(stored(Image.fromarray(PICTURE), format=file_format, **options), PICTURE)


def test_reencoded_jpeg_has_full_chroma():
    data, _ = read_photograph(stored(Image.fromarray(PICTURE), format="PNG"))
    assert [layer[1:3] for layer in Image.open(io.BytesIO(data)).layer] == [(1, 1)] * 3


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF"])
def test_grey(file_format):
    grey = PICTURE[..., 0]
    assert_shows(stored(Image.fromarray(grey), format=file_format), np.dstack([grey] * 3))


def test_palette():
    image = Image.frombytes("P", (56, 40), PICTURE[..., 0].tobytes())
    image.putpalette([value for i in range(256) for value in (i, 255 - i, i // 2)])
    red = PICTURE[..., 0]
    assert_shows(stored(image, format="PNG"), np.dstack([red, 255 - red, red // 2]))


def test_transparency_shows_white():
    alpha = np.where(X < 24, 0, 255).astype(np.uint8)
    expected = PICTURE.copy()
    expected[:, :24] = 255
    data, _ = read_photograph(stored(Image.fromarray(np.dstack([PICTURE, alpha])), format="PNG"))
    away_from_the_edge = np.abs(X[0] - 24) > 8
    assert np.abs(decoded(data) - expected)[:, away_from_the_edge].max() <= TOLERANCE


def test_half_transparent_black_is_mid_grey():
    data, _ = read_photograph(stored(Image.new("LA", (16, 16), (0, 128)), format="PNG"))
    assert np.abs(decoded(data) - 127).max() <= 1


def test_transparent_palette_entry_shows_white():
    image = Image.new("P", (16, 16), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    data, _ = read_photograph(stored(image, format="PNG", transparency=1))
    assert decoded(data).min() >= 254


def test_cmyk_jpeg():
    image = Image.fromarray(PICTURE).convert("CMYK")
    source = stored(image, format="JPEG", quality=95)
    data, facts = read_photograph(source)
    assert not facts["kept"]
    expected = np.asarray(Image.open(io.BytesIO(source)).convert("RGB"), np.int64)
    assert np.abs(decoded(data) - expected).max() <= TOLERANCE


# 0…65535 → 0…255 is division by 257: 257·v is v; a half is rounded up.
@pytest.mark.parametrize(
    ("sixteen", "eight"), [(0, 0), (257, 1), (128, 0), (129, 1), (32896, 128), (65535, 255)]
)
@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled(sixteen, eight, file_format):
    source = stored(Image.fromarray(np.full((16, 16), sixteen, np.uint16)), format=file_format)
    assert decoded(read_photograph(source)[0])[8, 8].tolist() == [eight] * 3


def test_16_bit_colour_png():
    rows = b"".join(b"\0" + struct.pack(">HHH", 257 * 200, 257 * 100, 257 * 50) * 8 for _ in range(8))

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", 8, 8, 16, 2, 0, 0, 0)
    source = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    assert np.abs(decoded(read_photograph(source)[0])[4, 4] - (200, 100, 50)).max() <= 2


# EXIF 2.3, table 4: which side of the scene row 0 and column 0 show; scene → what is stored.
STORED_AS = {
    1: lambda scene: scene,
    2: lambda scene: scene[:, ::-1],
    3: lambda scene: scene[::-1, ::-1],
    4: lambda scene: scene[::-1],
    5: lambda scene: scene.swapaxes(0, 1),
    6: lambda scene: scene.swapaxes(0, 1)[::-1],
    7: lambda scene: scene.swapaxes(0, 1)[::-1, ::-1],
    8: lambda scene: scene.swapaxes(0, 1)[:, ::-1],
}


@pytest.mark.parametrize("orientation", STORED_AS)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_exif_orientation_is_applied(orientation, file_format):
    image = Image.fromarray(np.ascontiguousarray(STORED_AS[orientation](PICTURE)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}.get(file_format, {})
    data, facts = read_photograph(stored(image, format=file_format, exif=exif, **options))
    assert np.abs(decoded(data) - PICTURE).max() <= 2 * TOLERANCE
    assert facts["kept"] == (file_format == "JPEG" and orientation == 1)
    assert 0x0112 not in Image.open(io.BytesIO(data)).getexif() or orientation == 1


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"", "empty file"),
        (b"fabrics, sorted by colour", "not a JPEG, PNG, BMP, WebP or TIFF image"),
        (stored(Image.fromarray(PICTURE), format="GIF"), "not a JPEG"),
        (stored(Image.fromarray(PICTURE), format="JPEG")[:700], "truncated"),
        (stored(Image.fromarray(PICTURE), format="PNG")[:100], "truncated"),
        (stored(Image.fromarray(PICTURE), format="TIFF")[:-700], "truncated|damaged"),
        (stored(Image.fromarray(PICTURE), format="WEBP")[:60], "truncated|damaged|not a"),
        (stored(Image.fromarray(PICTURE), format="BMP")[:2000], "truncated|damaged"),
        (stored(Image.new("F", (8, 8)), format="TIFF"), "floats"),
    ],
)
def test_unusable_files_are_refused_with_the_reason(source, reason):
    with pytest.raises(PhotographError, match=reason):
        read_photograph(source)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_every_truncation_is_found(file_format):
    source = stored(Image.fromarray(PICTURE), format=file_format)
    for length in [*range(1, len(source) - 40, 97), len(source) - 40]:
        with pytest.raises(PhotographError):
            read_photograph(source[:length])


@pytest.mark.parametrize(
    "limit", [2239, 1000]
)  # the picture has 2,240 pixels; Pillow itself refuses twice its limit
def test_too_many_pixels(limit, monkeypatch):
    monkeypatch.setattr(photographs, "MAX_PIXELS", limit)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(PhotographError, match="too many pixels"):
        read_photograph(stored(Image.fromarray(PICTURE), format="PNG"))


def test_missing_file_and_folder(tmp_path):
    assert check_photograph(tmp_path / "no.jpg") == (None, "cannot be read (No such file or directory)")
    assert check_photograph(tmp_path) == (None, "cannot be read (Is a directory)")


def test_file_that_changed_after_the_check_is_named(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"")
    with pytest.raises(UserError, match=r"a\.png: changed after it was checked: empty file"):
        load_photograph(path, {"kept": False, "width": 1, "height": 1})
