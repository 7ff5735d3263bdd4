"""Every path to the network's pixels gives the same pixels, and they are Pillow's."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from fabric_retrieval.data.preprocessing import centre_crop, decode_and_resize, resize


def encoded(array, kind, **options):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture
def photograph():
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (12, 16, 3), np.uint8))
    return np.asarray(coarse.resize((160, 120), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("subsampling", [0, 2])
def test_jpeg_decodes_as_pillow_does(photograph, subsampling):
    square = photograph[:96, :96]
    data = encoded(square, "JPEG", quality=85, subsampling=subsampling)
    np.testing.assert_array_equal(decode_and_resize(data, 96), Image.open(io.BytesIO(data)))


def test_png_and_grey_images(photograph):
    square = photograph[:96, :96]
    np.testing.assert_array_equal(decode_and_resize(encoded(square, "PNG"), 96), square)
    grey = decode_and_resize(encoded(square[..., 0], "PNG"), 96).numpy()
    np.testing.assert_array_equal(grey, np.repeat(square[..., :1], 3, axis=-1))


def test_bytes_and_pixels_give_the_same(photograph):
    data = encoded(photograph, "JPEG", quality=90)
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    np.testing.assert_array_equal(decode_and_resize(data, 64), resize(pixels[None], 64)[0])


def test_resizing_stretches_the_sides_and_is_close_to_pillows(photograph):
    ours = resize(photograph[None], 48)[0].numpy().astype(int)
    pillows = np.asarray(Image.fromarray(photograph).resize((48, 48), Image.Resampling.BILINEAR)).astype(int)
    assert np.abs(ours - pillows).max() <= 1


def test_fine_stripes_do_not_alias():
    """Stripes of 2 pixels shrunk fourfold are below what 64 pixels can show: an even grey, no moiré."""
    stripes = np.zeros((256, 270, 3), np.uint8)
    stripes[:, ::2] = 255
    shrunk = resize(stripes[None], 64)[0].numpy()
    assert np.abs(shrunk[:, 2:-2].astype(int) - 127).max() < 12


def test_an_image_of_the_right_size_is_untouched(photograph):
    square = photograph[:96, :96]
    np.testing.assert_array_equal(resize(square[None], 96)[0], square)


def test_grey_is_pillows_luma(photograph):
    square = photograph[:96, :96]
    grey = resize(square[None], 96, grey=True)[0].numpy()
    np.testing.assert_array_equal(
        grey, np.repeat(np.asarray(Image.fromarray(square).convert("L"))[..., None], 3, -1)
    )


def test_centre_crop():
    pixels = np.arange(7 * 7 * 3).reshape(1, 7, 7, 3)
    np.testing.assert_array_equal(centre_crop(pixels, 3), pixels[:, 2:5, 2:5])
    np.testing.assert_array_equal(centre_crop(tf.constant(pixels), 4), pixels[:, 1:5, 1:5])
    with pytest.raises(ValueError, match="crop of 8 pixels"):
        centre_crop(pixels, 8)


@pytest.mark.parametrize("data", [b"", b"no image", b"\xff\xd8\xff\xe0 cut short"])
def test_what_is_no_image_is_an_error(data):
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode_and_resize(data, 64)
