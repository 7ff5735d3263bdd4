import numpy as np
import pytest

from fabric_retrieval.rendering.figured import DOBBIES, bound, dobby, jacquard
from fabric_retrieval.rendering.palette import draw_colours
from fabric_retrieval.rendering.prints import DESIGNS, draw_print
from fabric_retrieval.rendering.specification import Print
from fabric_retrieval.rendering.weave import longest_float

COLOURS = draw_colours(np.random.default_rng(0))
PITCH = 0.35, 0.3


@pytest.mark.parametrize("design", DOBBIES)
def test_dobbies_hold_together(design):
    for drawing in range(12):
        matrix = dobby(Print(design, 0.0, drawing), PITCH, COLOURS)
        assert longest_float(matrix) <= 9  # infinite for a thread that is never bound
        assert max(matrix.shape) <= 36


def test_birdseye_is_that_of_the_draft():
    draft = ".#..#..# #..###.. ..##.##. .##...## ##..#..# .##...## ..##.##. #..###.."
    matrix = dobby(Print("birdseye", 0.0, 0), PITCH, COLOURS)
    assert ["".join(".#"[int(up)] for up in pick) for pick in matrix] == draft.split()


def test_honeycomb_is_alike_from_left_and_right():
    matrix = dobby(Print("honeycomb", 0.0, 1), PITCH, COLOURS)
    middle = len(matrix) // 2
    np.testing.assert_array_equal(matrix[:, 1:middle], matrix[:, :middle:-1])
    np.testing.assert_array_equal(matrix[1:middle], matrix[:middle:-1])
    # The space round the middle floats in the warp, the one round the corner in the weft.
    assert matrix[middle - 1 : middle + 2, middle].all()
    assert not matrix[0, : middle - 1].any()


@pytest.mark.parametrize("design", sorted(DESIGNS)[:8])
def test_jacquards_hold_together(design):
    for drawing in range(3):
        assert longest_float(jacquard(Print(design, 20.0, drawing), PITCH, COLOURS)) <= 9


def test_jacquard_shows_its_figure_in_the_warp():
    matrix = jacquard(Print("dots", 24.0, 5), PITCH, COLOURS)
    rng = np.random.default_rng(5)
    ends = int(rng.choice([5, 8]))
    assert matrix.shape[0] % ends == matrix.shape[1] % ends == 0
    assert matrix.shape == pytest.approx((24 / 0.35, 24 / 0.3), abs=ends / 2)
    if ends == 8:
        rng.random()  # twill or satin
    _, coverage = draw_print("dots", rng, matrix.shape, COLOURS)
    assert matrix[coverage > 0.9].mean() > 0.75
    assert matrix[coverage < 0.1].mean() < 0.3


def test_floats_that_are_too_long_are_bound_and_others_left():
    matrix = np.indices((24, 24)).sum(0) % 2 == 0
    matrix[4:20, 7] = True  # a warp float of 17 with its neighbours
    matrix[3, 12:16] = True
    mended = bound(matrix, 9)
    assert longest_float(matrix) > 9 >= longest_float(mended)
    np.testing.assert_array_equal(np.delete(mended, 7, 1), np.delete(matrix, 7, 1))


def test_threads_that_never_change_side_are_bound():
    assert longest_float(bound(np.ones((12, 12), bool), 9)) <= 9
