import numpy as np
import pytest
from ground_checks import (
    COLOURS,
    LIVELY,
    assert_is_ground,
    assert_repeats,
    specification,
    strongest_frequency,
)

from fabric_retrieval.rendering.cable import CABLES
from fabric_retrieval.rendering.knit import KNITS
from fabric_retrieval.rendering.stitch import GAP, draw_loops
from fabric_retrieval.rendering.structures import ground_of


def _rng():
    return np.random.default_rng(3)


@pytest.mark.parametrize("structure", [*KNITS, *CABLES])
def test_a_knitted_tile_repeats_without_a_seam(structure):
    ground = ground_of(specification(structure, (1.5, 2.0), LIVELY), _rng())
    assert_is_ground(ground)
    assert ground.opacity is None
    assert_repeats(ground.light)
    assert_repeats(ground.slope[..., 0])


@pytest.mark.parametrize("pitch", [(0.7, 0.9), (2.4, 3.0)])
def test_wales_and_courses_are_as_far_apart_as_specified(pitch):
    ground = ground_of(specification("jersey", pitch), _rng())
    # Across, a wale's two legs are the strongest wave, or their outline, which repeats once a wale.
    columns = ground.light.mean(0)
    wave = np.abs(np.fft.rfft(columns - columns.mean()))
    wales = round(ground.extent[1] / pitch[1])
    assert wave.argmax() in (wales, 2 * wales)
    others = np.delete(wave, np.arange(0, len(wave), wales))
    assert others.max() < 0.1 * wave.max()
    assert strongest_frequency(ground.light, ground.extent, 0) == pytest.approx(1 / pitch[0], rel=1e-3)


def test_legs_of_face_stitches_lean_to_opposite_sides_and_make_a_v():
    loops = draw_loops(np.array([[True]]), 40, 0.8, 0.25, 0.15)
    # The highest places of each row move inwards as one goes down.
    rows = loops.height[5:35, :20]
    left = rows.argmax(1)
    assert np.corrcoef(np.arange(30), left)[0, 1] > 0.5
    assert np.allclose(loops.height, loops.height[:, ::-1], atol=0.02)


def _arcs(loops):
    """How much of what is on top is heads and feet (1) rather than legs (-1), for each texel."""
    place = (np.arange(loops.along.shape[1]) + 0.5) / loops.along.shape[0]
    # Along the yarn of one stitch, the foot is at 0, the legs at a quarter and three, the head in the middle.
    return np.cos(4 * np.pi * (loops.along + place))


def test_the_reverse_shows_heads_and_feet_where_the_face_shows_legs():
    face, back = (draw_loops(np.array([[side]]), 32, 0.8, 0.22, 0.2) for side in (True, False))
    assert _arcs(face).mean() < -0.1
    assert _arcs(back).mean() > 0.1
    # Yarn is where it is, from whichever side one looks.
    assert np.array_equal(face.height == GAP, back.height == GAP)


def test_wales_of_a_rib_show_face_face_reverse_reverse():
    arcs = _arcs(draw_loops(KNITS["rib_2_2"], 32, 0.8, 0.22, 0.2))
    assert np.sign(arcs.reshape(32, 4, 32).mean((0, 2))).tolist() == [-1, -1, 1, 1]


def test_loops_stay_on_their_course_all_along_it():
    loops = draw_loops(np.array([[True]]), 40, 0.8, 0.25, 0.15)
    place = (np.arange(40) + 0.5) / 40
    course = loops.course + place[:, None] - 0.5
    assert np.abs(course - np.round(course)).max() < 1e-5
    assert set(np.unique(np.round(course))) <= {-1, 0, 1}


def test_stripes_are_as_wide_as_their_courses():
    weft = (0,) * 6 + (1,) * 2
    ground = ground_of(specification("jersey", (1.0, 1.25), weft=weft), _rng())
    striped = np.abs(ground.albedo - COLOURS[1]).sum(-1) < 1e-6
    assert striped.mean() == pytest.approx(2 / 8, abs=0.01)
    assert strongest_frequency(striped.astype(float), ground.extent, 0) == pytest.approx(1 / 8, rel=1e-3)


def test_a_rib_rises_and_falls_once_a_repeat():
    ground = ground_of(specification("rib_2_2", (1.2, 1.5)), _rng())
    across = ground.slope[..., 0].mean(0)
    height = np.cumsum(across - across.mean())
    # Two face and two reverse wales of 1.5 mm.
    assert np.abs(np.fft.rfft(height))[1:].argmax() + 1 == round(ground.extent[1] / 6)


@pytest.mark.parametrize("structure", ["cable_4", "cable_6", "plait_9"])
def test_cables_cross_with_their_period(structure):
    cable, pitch = CABLES[structure], (1.0, 1.3)
    ground = ground_of(specification(structure, pitch), _rng())
    panel = (cable.strands * cable.width + 2 * cable.margin) * pitch[1]
    assert ground.extent[1] / panel == pytest.approx(round(ground.extent[1] / panel))
    repeats = round(ground.extent[0] / (cable.period * pitch[0]))
    # The picture comes back after a period, and not half-way from one crossing to the next.
    rows = ground.slope[..., 0]
    length = ground.light.shape[0] / repeats

    def likeness(share):
        moved = np.roll(rows, -round(share * length), 0)
        return np.corrcoef(rows.ravel(), moved.ravel())[0, 1]

    crossing = 1 / cable.strands
    assert likeness(1) > 0.8
    assert likeness(crossing / 2) < 0.5 * likeness(1)
