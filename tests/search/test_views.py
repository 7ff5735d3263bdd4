"""Views of a photograph, and the mean of their vectors."""

import io

import numpy as np
import pytest
from PIL import Image

from fabric_retrieval.errors import UserError
from fabric_retrieval.search.views import MOST, SIDE, mean_vector, views_of

COLOURS = np.array([[[220, 30, 30], [30, 200, 30]], [[30, 30, 220], [230, 230, 40]]])


def encoded(pixels, kind="JPEG"):
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, kind)
    return file.getvalue()


def quarters(side=64, border=None):
    """Four colours, one a quarter; within a grey border beyond the middle `border` of the picture."""
    pixels = COLOURS.repeat(side // 2, 0).repeat(side // 2, 1)
    if border:
        inner = round(side * border) // 2
        mask = np.ones((side, side, 1), bool)
        mask[side // 2 - inner : side // 2 + inner, side // 2 - inner : side // 2 + inner] = False
        pixels = np.where(mask, 128, pixels)
    return pixels


def decoded(view):
    return np.asarray(Image.open(io.BytesIO(view)).convert("RGB"), int)


def corners(view):
    """Its colours [2, 2, 3] a quarter of the way from each corner."""
    pixels = decoded(view)
    height, width = pixels.shape[:2]
    return pixels[height // 4 :: height // 2, width // 4 :: width // 2]


def test_the_first_is_the_photograph_itself():
    photograph = encoded(quarters())
    assert views_of(photograph, 1) == [photograph]
    assert views_of(photograph, MOST)[0] == photograph


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_next_three_are_turned(kind):
    views = views_of(encoded(quarters(), kind), 4)
    assert len(views) == 4
    for quarter_turns, view in enumerate(views):
        np.testing.assert_allclose(corners(view), np.rot90(COLOURS, quarter_turns), atol=12)


@pytest.mark.parametrize(("number", "share"), [(4, 2**-0.5), (5, 0.5)])
def test_the_last_two_are_the_middle_alone(number, share):
    view = views_of(encoded(quarters(240, border=share)), MOST)[number]
    assert decoded(view).shape[:2] == (round(240 * share),) * 2
    np.testing.assert_allclose(corners(view), COLOURS, atol=12)
    edge = decoded(view)[:, 3:-3][:, 0]  # no grey is left
    assert np.ptp(edge, axis=1).min() > 80


def test_sides_change_places_and_large_photographs_are_reduced():
    views = views_of(encoded(np.zeros((300, 3000, 3))), MOST)
    shapes = [decoded(view).shape[:2] for view in views]
    assert shapes[0] == (300, 3000)
    assert shapes[1][0] == SIDE
    assert shapes[1] == shapes[3] == shapes[2][::-1]


def test_grey_photographs_have_views_too():
    file = io.BytesIO()
    Image.fromarray(np.full((40, 50), 90, np.uint8)).save(file, "JPEG")
    assert all((np.abs(decoded(view) - 90) < 3).all() for view in views_of(file.getvalue(), MOST))


@pytest.mark.parametrize("count", [0, MOST + 1])
def test_there_are_no_other_numbers_of_views(count):
    with pytest.raises(UserError, match=f"from 1 to {MOST}, not {count}"):
        views_of(encoded(quarters()), count)


def test_the_mean_is_as_long_as_the_vectors_are():
    np.testing.assert_allclose(mean_vector([[1, 0], [0, 1]]), [0.5**0.5, 0.5**0.5], rtol=1e-6)
    # Of lengths 5 and 1: the direction of (3, 4) + (-1, 0), the length 3.
    np.testing.assert_allclose(mean_vector([[3, 4], [-1, 0]]), 3 * np.array([1, 2]) / 5**0.5, rtol=1e-6)
    one = np.array([[0.1, 0.7]], np.float32)
    assert mean_vector(one).tolist() == one[0].tolist()
    assert mean_vector([[1, 0], [-1, 0]]).tolist() == [0, 0]
    assert mean_vector(one).dtype == mean_vector([[1, 0], [0, 1]]).dtype == np.float32
