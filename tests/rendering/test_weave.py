import numpy as np
import pytest

from fabric_retrieval.rendering.cloth import weave_cloth
from fabric_retrieval.rendering.weave import WEAVES, float_lengths, longest_float, satin, steep_twill
from fabric_retrieval.rendering.yarn import Yarn

# Drafts as a weaving book prints them: a row a pick, # where the warp is on top.
DRAFTS = {
    "plain": "#. .#",
    "basket_2": "##.. ##.. ..## ..##",
    "twill_2_1": "##. .## #.#",
    "twill_2_2": "##.. .##. ..## #..#",
    "twill_3_1": "###. ##.# #.## .###",
    "twill_1_3": "#... .#.. ..#. ...#",
    "twill_broken": "##.. .##. #..# ..##",
    "crowfoot": "#... .#.. ...# ..#.",
    "oxford": "##.. ..##",
    "rib_2": "#. #. .# .#",
    "sateen_5": "....# .#... ...#. #.... ..#..",
    "pointed_8": "#..##..#..##.. ##..##...##..# .##..##.##..## ..##..###..##.",
    "satin_5": "####. #.### ###.# .#### ##.##",
}


def matrix(draft):
    return np.array([[mark == "#" for mark in pick] for pick in draft.split()])


@pytest.mark.parametrize("name", DRAFTS)
def test_weaves_are_those_of_the_drafts(name):
    np.testing.assert_array_equal(WEAVES[name](), matrix(DRAFTS[name]))


@pytest.mark.parametrize(
    ("name", "longest"), [("plain", 1), ("twill_2_2", 2), ("basket_3", 3), ("satin_8", 7), ("sateen_8", 7)]
)
def test_longest_float(name, longest):
    assert longest_float(WEAVES[name]()) == longest


def test_a_thread_that_is_never_bound_floats_for_ever():
    assert longest_float(matrix("## .#")) == np.inf


def test_float_lengths_are_those_of_the_thread_on_top():
    # Warp floats of 2 in the columns, weft floats of 1 in the rows, also across the border of the repeat.
    np.testing.assert_array_equal(float_lengths(WEAVES["twill_2_1"]()), [[2, 2, 1], [1, 2, 2], [2, 1, 2]])


@pytest.mark.parametrize("name", WEAVES)
def test_floats_are_bounded(name):
    assert longest_float(WEAVES[name]()) <= 7


def test_steep_twill_climbs_two_picks_an_end():
    weave = steep_twill(4, 3)
    assert (weave.sum(0) == 4).all()
    for end in range(6):
        np.testing.assert_array_equal(np.roll(weave[:, end], 2), weave[:, end + 1])


def test_steep_twill_of_an_even_repeat_is_refused():
    with pytest.raises(ValueError, match="odd"):
        steep_twill(2, 2)


def test_satin_has_one_binding_point_a_pick_and_none_touch():
    binding = ~satin(8, 3)
    assert (binding.sum(0) == 1).all()
    assert (binding.sum(1) == 1).all()
    places = np.argmax(binding, 1)
    assert all(min((a - b) % 8, (b - a) % 8) > 1 for a, b in zip(places, np.roll(places, 1), strict=True))


@pytest.mark.parametrize(("ends", "step"), [(8, 2), (5, 1), (5, 4), (6, 3)])
def test_steps_that_make_no_satin_are_refused(ends, step):
    with pytest.raises(ValueError, match="coprime"):
        satin(ends, step)


@pytest.mark.parametrize(("name", "width"), [("herringbone_8", 8), ("herringbone_12", 12)])
def test_herringbone_is_a_twill_that_turns_round(name, width):
    weave = WEAVES[name]()
    climb, fall = weave[:, :width], weave[:, width:]
    for column in range(width - 1):
        np.testing.assert_array_equal(np.roll(climb[:, column], 1), climb[:, column + 1])
        np.testing.assert_array_equal(np.roll(fall[:, column], -1), fall[:, column + 1])


@pytest.mark.parametrize("name", WEAVES)
def test_every_thread_is_bound(name):
    """A thread that never changes side would fall out of the cloth."""
    weave = WEAVES[name]()
    for axis in (0, 1):
        assert weave.any(axis).all()
        assert not weave.all(axis).any()


@pytest.mark.parametrize("name", WEAVES)
def test_the_thread_on_top_is_the_matrix_one(name):
    weave = WEAVES[name]()
    straight = Yarn(cover=0.9, relief=0.25, twist=0, turns=1, unevenness=0, waver=0, melange=0, sheen=0)
    pixels = 10
    size = weave.shape[0] * pixels, weave.shape[1] * pixels
    cloth = weave_cloth(weave, weave.shape, size, straight, np.random.default_rng(0))
    at_crossings = cloth.warp[::pixels, ::pixels] > 0.5
    np.testing.assert_array_equal(at_crossings, weave)


def test_threads_that_cut_a_repeat_are_refused():
    straight = Yarn(0.9, 0.2, 0, 1, 0, 0, 0, 0)
    with pytest.raises(ValueError, match="whole repeats"):
        weave_cloth(WEAVES["twill_2_2"](), (4, 6), (40, 60), straight, np.random.default_rng(0))
