import itertools

import cv2
import numpy as np
import pytest

from fabric_retrieval.processes import ordered_map
from fabric_retrieval.rendering import contact_sheet, draw_fabric, encode, photograph
from fabric_retrieval.rendering.collection import COLLECTIONS, draw_photographs
from fabric_retrieval.rendering.conditions import NAMES, draw_conditions
from fabric_retrieval.rendering.photograph import view_of

TINY = COLLECTIONS["rendered_tiny"]


@pytest.fixture(scope="module")
def drawn():
    return list(ordered_map(draw_photographs, [(TINY.seed, i, [0, 1]) for i in range(3)], workers=1))


def test_same_bytes_whatever_the_number_of_workers(drawn):
    assert list(ordered_map(draw_photographs, [(TINY.seed, i, [0, 1]) for i in range(3)], workers=2)) == drawn


def test_a_photograph_depends_on_no_other(drawn):
    assert draw_photographs(TINY.seed, 2, [1]) == drawn[2][1:]


def test_photographs_differ(drawn):
    pictures = [data for fabric in drawn for data, _ in fabric]
    other_seed = draw_photographs(TINY.seed + 1, 0, [0])[0][0]
    assert len({*pictures, other_seed}) == len(pictures) + 1


def test_pictures_are_256_pixels_and_conditions_floats():
    pixels, conditions = photograph(draw_fabric(0, 1), 0, 1, 2)
    assert pixels.shape == (256, 256, 3)
    assert pixels.dtype == np.uint8
    assert tuple(conditions) == NAMES
    assert all(np.isfinite(value) for value in conditions.values())


def test_conditions_cover_their_ranges():
    drawn = [draw_conditions(0, i, j) for i, j in itertools.product(range(60), range(10))]
    rotation = np.array([c.rotation_degrees for c in drawn])
    assert (np.histogram(rotation, 12, (0, 360))[0] > 25).all()
    scale = np.array([c.scale for c in drawn])
    assert 3.8 < scale.max() / scale.min() <= 4
    assert abs(np.mean([c.exposure_stops for c in drawn])) < 0.1


def test_encoding_keeps_the_picture():
    y, x = np.mgrid[0:64, 0:64]
    pixels = np.dstack([2 * x, 2 * y, 255 - 2 * x]).astype(np.uint8)
    bgr = cv2.imdecode(np.frombuffer(encode(pixels, 95), np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(bgr[..., ::-1].astype(int) - pixels).max() < 12
    assert len(encode(pixels, 60)) < len(encode(pixels, 95))


def test_ids_are_distinct_and_counts_within_bounds():
    mini = COLLECTIONS["rendered_mini"]
    counts = [mini.photo_count(i) for i in range(mini.fabrics)]
    assert (min(counts), max(counts)) == (5, 10)
    assert mini.image_id(12, 3) == "rendered_mini/00012/03"
    assert sorted(mini.fabric_name(i) for i in range(mini.fabrics)) == [f"{i:05d}" for i in range(600)]


def test_collections_share_no_seed():
    assert len({collection.seed for collection in COLLECTIONS.values()}) == len(COLLECTIONS)


def test_tiles_repeat_at_their_borders():
    for index in range(4):
        albedo = draw_fabric(3, index).levels[0].albedo
        for axis in (0, 1):
            steps = np.abs(np.diff(albedo, axis=axis)).mean(-1)
            seam = np.abs(np.take(albedo, 0, axis) - np.take(albedo, -1, axis)).mean()
            # As sharp as the steps between neighbouring lines within.
            assert seam <= steps.mean(1 - axis).max() * 1.05


def test_contact_sheet():
    sheet = contact_sheet.sheet(seed=0, first=1, fabrics=2, photos=3, pixels=32)
    assert sheet.shape == (2 * 40, 3 * 40, 3)


def test_of_one_view_no_more_is_drawn_than_it_shows():
    seed = COLLECTIONS["distractors"].seed
    for index in range(6):
        view = view_of(seed, index, 0)
        whole, seen = draw_fabric(seed, index), draw_fabric(seed, index, view)
        assert np.prod(seen.levels[0].slope.shape) <= np.prod(whole.levels[0].slope.shape)
        assert view.extent == pytest.approx(1.25 * 256 / photograph(seen, seed, index, 0)[1]["scale"])
    drawn = draw_photographs(seed, 0, [0], one_view=True)
    assert drawn == draw_photographs(seed, 0, [0], one_view=True)
    picture, conditions = photograph(draw_fabric(seed, 0, view_of(seed, 0, 0)), seed, 0, 0)
    assert drawn[0][0] == encode(picture, conditions["jpeg_quality"])
