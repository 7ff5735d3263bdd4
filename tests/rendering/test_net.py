from dataclasses import replace

import numpy as np
import pytest
from ground_checks import (
    COLOURS,
    EVEN,
    LIVELY,
    assert_is_ground,
    assert_repeats,
    specification,
    strongest_frequency,
)

from fabric_retrieval.rendering.net import MESHES
from fabric_retrieval.rendering.prints import draw_print
from fabric_retrieval.rendering.specification import Print
from fabric_retrieval.rendering.structures import ground_of

FIGURE = Print("ditsy", 22.0, 5)


def _rng():
    return np.random.default_rng(4)


@pytest.mark.parametrize("structure", [*MESHES, "sports_mesh", "lace"])
def test_a_tile_of_net_repeats_without_a_seam_and_has_holes(structure):
    cover = LIVELY.cover if structure == "sports_mesh" else 0.2
    given = specification(structure, (1.8, 2.2), replace(LIVELY, cover=cover), figure=FIGURE)
    ground = ground_of(given, _rng())
    assert_is_ground(ground)
    assert_repeats(ground.light)
    assert_repeats(ground.opacity)
    assert ground.opacity.min() == 0
    assert ground.opacity.max() > 0.95


def test_the_open_area_of_square_net_is_that_of_its_cells():
    thread, pitch = 0.5, (3.0, 2.5)
    given = specification("net_square", pitch, replace(EVEN, cover=thread / pitch[1]))
    open_area = 1 - ground_of(given, _rng()).opacity.mean()
    assert open_area == pytest.approx((1 - thread / 3.0) * (1 - thread / 2.5), abs=0.01)


def test_the_open_area_of_regular_hexagons():
    thread, width = 0.4, 3.0
    given = specification("net_hexagon", (width * np.sqrt(3) / 2, width), replace(EVEN, cover=thread / width))
    open_area = 1 - ground_of(given, _rng()).opacity.mean()
    # Threads leave a hexagon that is one thread narrower from side to side.
    assert open_area == pytest.approx(((width - thread) / width) ** 2, abs=0.015)


def test_the_open_area_of_diamonds():
    thread, width = 0.4, 3.0
    given = specification("net_diamond", (width / 2, width), replace(EVEN, cover=thread / width))
    open_area = 1 - ground_of(given, _rng()).opacity.mean()
    # Squares that stand on their corners: their sides are width / sqrt 2.
    assert open_area == pytest.approx((1 - thread * np.sqrt(2) / width) ** 2, abs=0.015)


def test_knots_cover_what_a_disc_does_beyond_the_crossing_threads():
    even, pitch = replace(EVEN, cover=0.15), 3.0
    plain, knotted = (
        ground_of(specification(name, (pitch, pitch), even), _rng()).opacity.mean()
        for name in ("net_square", "net_square_knotted")
    )
    radius, knot = 0.15 * pitch / 2, MESHES["net_square_knotted"].knot
    x = np.linspace(1, np.sqrt(knot**2 - 1), 1000)
    corners = 4 * np.trapezoid(np.sqrt(knot**2 - x**2) - 1, x) * radius**2
    assert knotted - plain == pytest.approx(corners / pitch**2, rel=0.1)


@pytest.mark.parametrize("pitch", [(2.0, 2.5), (1.2, 1.0)])
def test_cells_are_as_far_apart_as_specified(pitch):
    ground = ground_of(specification("net_square", pitch, replace(EVEN, cover=0.2)), _rng())
    for axis in (0, 1):
        found = strongest_frequency(ground.opacity, ground.extent, axis)
        assert found == pytest.approx(1 / pitch[axis], rel=1e-3)


def test_edges_of_threads_are_smooth():
    ground = ground_of(specification("net_diamond", (2.0, 2.4), replace(EVEN, cover=0.25)), _rng())
    between = (ground.opacity > 0.05) & (ground.opacity < 0.95)
    assert 0.05 < between.mean() < 0.4


def test_holes_of_a_sports_mesh_are_round_and_staggered():
    pitch = (1.6, 2.8)
    ground = ground_of(specification("sports_mesh", pitch), _rng())
    holes = 1 - ground.opacity
    spectrum = np.abs(np.fft.rfft2(holes - holes.mean()))
    rows, columns = round(ground.extent[0] / (2 * pitch[0])), round(ground.extent[1] / pitch[1])
    # Rows moved by half a cell: the waves of one row or column of holes alone cancel.
    assert spectrum[rows, columns] > 20 * spectrum[rows, 0]
    assert spectrum[rows, columns] > 20 * spectrum[0, columns]
    # Two holes a repeat of radius 0.4 to 0.62 half pitches.
    share = holes.mean() * 2 * pitch[0] * pitch[1] / 2 / np.pi
    assert 0.4 < np.sqrt(share) / (pitch[1] / 2) < 0.63


def test_lace_is_dense_where_the_design_covers_it():
    given = specification("lace", (1.0, 1.2), replace(LIVELY, cover=0.15), figure=FIGURE)
    ground = ground_of(given, _rng())
    repeats = tuple(round(length / FIGURE.repeat) for length in ground.extent)
    shape = tuple(round(n / count) for n, count in zip(ground.light.shape, repeats, strict=True))
    cover = draw_print("ditsy", np.random.default_rng(FIGURE.drawing), shape, COLOURS)[1]
    one = ground.opacity[: shape[0], : shape[1]]
    # Not every pixel: motifs have an edge, and a cord on it.
    assert one[cover > 0.999].mean() > 0.8
    assert one[cover < 0.001].mean() < 0.55


def test_the_cord_of_lace_can_have_a_colour_of_its_own():
    given = specification("lace", (1.0, 1.2), replace(EVEN, cover=0.15), weft=(0, 1), figure=FIGURE)
    ground = ground_of(given, _rng())
    cord = np.abs(ground.albedo - COLOURS[1]).sum(-1) < 1e-4
    assert 0.01 < cord.mean() < 0.3
    assert ground.opacity[cord].min() > 0.99
