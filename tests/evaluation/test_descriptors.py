"""LBP against its definition read pixel by pixel, HOG and GIST against pictures whose answer is known."""

import math

import numpy as np
import pytest

from fabric_retrieval.evaluation.descriptors import gist, hog, lbp
from fabric_retrieval.evaluation.descriptors.hog import orientations
from fabric_retrieval.evaluation.descriptors.lbp import riu2

DESCRIPTORS = {lbp: 227, hog: 128, gist: 128}


def rgb(grey):
    return np.repeat(np.asarray(grey, np.uint8)[..., None], 3, axis=2)


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(0).integers(0, 256, size=(9, 11), dtype=np.uint8)


def waves(frequency, direction, side=128, amplitude=80):
    """Grey waves whose brightness changes towards `direction` degrees from the x axis, y pointing down."""
    y, x = np.mgrid[:side, :side]
    angle = math.radians(direction)
    phase = 2 * math.pi * frequency * (x * math.cos(angle) + y * math.sin(angle))
    return rgb(np.round(128 + amplitude * np.sin(phase)))


def riu2_of_pixel(grey, row, column, points, radius):
    signs = []
    for number in range(points):
        angle = 2 * math.pi * number / points
        y, x = row - radius * math.sin(angle), column + radius * math.cos(angle)
        y, x = round(y, 9), round(x, 9)
        top, left = math.floor(y), math.floor(x)
        value = 0.0
        for i in (top, top + 1):
            for j in (left, left + 1):
                weight = (1 - abs(y - i)) * (1 - abs(x - j))
                value += weight * float(grey[i, j]) if weight > 0 else 0.0
        signs.append(value >= float(grey[row, column]))
    changes = sum(a != b for a, b in zip(signs, signs[1:] + signs[:1], strict=True))
    return sum(signs) if changes <= 2 else points + 1


@pytest.mark.parametrize(("points", "radius"), [(8, 1.0), (16, 2.0)])
def test_patterns_are_those_of_the_definition(picture, points, radius):
    margin = math.ceil(radius)
    expected = [
        [riu2_of_pixel(picture, row, column, points, radius) for column in range(margin, 11 - margin)]
        for row in range(margin, 9 - margin)
    ]
    np.testing.assert_array_equal(riu2(picture, points, radius), expected)


def test_patterns_of_a_hand_worked_draft():
    spot = np.zeros((3, 3), np.uint8)
    spot[1, 1] = 9
    edge = np.array([[0, 0, 9], [0, 5, 9], [0, 0, 9]], np.uint8)
    # Neighbours to the right are 9; the two at 45 degrees lie between 9, 9, 0 and 5:
    # .5 * 9 + .207 * (9 + 0) + .086 * 5 = 6.8, brighter than 5; straight up and down are 0.
    four = np.array([[9, 0, 9], [0, 5, 0], [9, 0, 9]], np.uint8)
    assert [riu2(draft, 8, 1.0).item() for draft in (spot, edge, np.full((3, 3), 7, np.uint8))] == [0, 3, 8]
    # The four corners interpolate to .5 * 9 + .086 * 5 = 4.9 < 5: none is brighter.
    assert riu2(four, 8, 1.0).item() == 0
    assert riu2(np.where(four == 9, 99, four).astype(np.uint8), 8, 1.0).item() == 9  # eight changes


def test_lbp_does_not_see_quarter_turns_or_monotone_light(picture):
    turned = np.rot90(picture)
    np.testing.assert_allclose(lbp(rgb(turned)), lbp(rgb(picture)), atol=1e-6)
    np.testing.assert_allclose(lbp(rgb(picture // 2 * 2 // 2 + 40)), lbp(rgb(picture // 2)), atol=1e-6)


@pytest.mark.parametrize(("direction", "expected"), [(0, 0), (40, 2), (90, 4.5), (160, 8)])
def test_hog_votes_for_the_direction_of_the_gradient(direction, expected):
    y, x = np.mgrid[:64, :64]
    angle = math.radians(direction)
    ramp = (x - 32) * math.cos(angle) + (y - 32) * math.sin(angle)
    cells = orientations(np.round(128 + 2 * ramp).astype(np.uint8))[1:-1, 1:-1].sum(axis=(0, 1))
    position = np.arange(9)
    around = (position - expected + 4.5) % 9 - 4.5  # as nine orientations go round
    assert cells @ around / cells.sum() == pytest.approx(0, abs=0.15)
    assert cells.sum() / 4 == pytest.approx(2, rel=0.03)  # levels a pixel


def test_hog_of_a_step_between_cells():
    step = np.zeros((32, 32), np.uint8)
    step[:, 16:] = 100
    expected = np.zeros((2, 2, 9), np.float32)
    expected[:, :, 0] = 50 / 16  # central differences: 50 in one column of each cell's sixteen
    np.testing.assert_allclose(orientations(step), expected, rtol=1e-6)
    # One block: four equal votes of .5 each, clipped at .2 and brought back to .5.
    found = hog(rgb(step)).reshape(4, 9)
    np.testing.assert_allclose(found[:, 0], 0.5, rtol=1e-3)
    assert not found[:, 1:].any()


def test_hog_hardly_sees_contrast():
    dim, bright = hog(waves(0.05, 30, amplitude=40)), hog(waves(0.05, 30, amplitude=80))
    assert np.linalg.norm(dim - bright) < 0.02 * np.linalg.norm(bright)


@pytest.mark.parametrize(("number", "frequency"), enumerate([1 / 4, 1 / 8, 1 / 16, 1 / 32]))
@pytest.mark.parametrize(("orientation", "direction"), [(0, 0), (3, 67.5), (4, 90), (6, 135)])
def test_gist_finds_scale_and_direction_of_waves(number, frequency, orientation, direction):
    means = gist(waves(frequency, direction)).reshape(4, 8, 16).mean(axis=2)
    assert np.unravel_index(means.argmax(), means.shape) == (number, orientation)
    # A wave of standard deviation 1 has amplitude sqrt(2), half of it in the one-sided spectrum; the
    # reflection at the border breaks the longest waves.
    assert means.max() == pytest.approx(math.sqrt(2) / 2, rel=0.15 if frequency > 1 / 32 else 0.3)


def test_gist_says_where():
    picture = np.full((128, 128, 3), 128, np.uint8)
    picture[32:64, 96:128] = waves(1 / 8, 0)[32:64, 96:128]
    places = gist(picture).reshape(4, 8, 4, 4)[1, 0]
    assert np.unravel_index(places.argmax(), (4, 4)) == (1, 3)


@pytest.mark.parametrize("descriptor", DESCRIPTORS)
def test_flat_images_have_finite_features(descriptor):
    side = DESCRIPTORS[descriptor]
    found = descriptor(np.full((side, side, 3), 77, np.uint8))
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
