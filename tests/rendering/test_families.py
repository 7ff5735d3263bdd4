"""Families partition a collection, and their members differ in one thing only."""

import itertools
from collections import Counter

import numpy as np
import pytest

from fabric_retrieval.rendering.catalogue import differs_in, draw_specification
from fabric_retrieval.rendering.families import BLOCK, DIVISIONS, family_of

MAY_DIFFER = {
    "colourway": {"colours"},
    "yarn count": {"pitch", "warp", "weft"},
    "motif scale": {"print", "figure", "warp", "weft"},
    "weave": {"structure", "warp", "weft"},
}
FABRICS = range(600)


@pytest.fixture(scope="module")
def families():
    """Indices of each family of more than one."""
    firsts = [family_of(5, index).first for index in FABRICS]
    members = [[i for i, _ in group] for _, group in itertools.groupby(enumerate(firsts), key=lambda p: p[1])]
    return [family for family in members if len(family) > 1]


def test_divisions_add_up():
    assert {sum(division) for division in DIVISIONS} == {BLOCK}


def test_every_fabric_is_in_the_one_family_that_its_neighbours_say():
    for index in FABRICS:
        first, size = family_of(5, index)
        assert first <= index < first + size
        assert {family_of(5, other) for other in range(first, first + size)} == {(first, size)}


def test_a_third_of_the_fabrics_at_least_belong_to_families(families):
    assert len(FABRICS) / 3 < sum(map(len, families)) < 0.95 * len(FABRICS)


def test_members_differ_in_one_thing_and_all_from_each_other(families):
    for family in families:
        what = {differs_in(5, index) for index in family}
        assert len(what) == 1
        allowed = MAY_DIFFER[what.pop()]
        for one, other in itertools.combinations([draw_specification(5, index) for index in family], 2):
            different = {
                field for field in vars(one) if not np.array_equal(getattr(one, field), getattr(other, field))
            }
            assert different, family
            assert different <= allowed, family


def test_families_differ_in_everything_there_is(families):
    found = Counter(differs_in(5, family[0]) for family in families)
    assert set(found) == set(MAY_DIFFER)
    assert min(found.values()) > 0.08 * len(families)


def test_another_yarn_count_leaves_the_pattern_its_size(families):
    checked = 0
    for family in families:
        original, other = (draw_specification(5, index) for index in family[:2])
        if differs_in(5, family[0]) == "yarn count" and original.print is None and original.figure is None:
            ratio = [
                (len(other.warp) * other.pitch[1]) / (len(original.warp) * original.pitch[1]),
                (len(other.weft) * other.pitch[0]) / (len(original.weft) * original.pitch[0]),
            ]
            # Narrow stripes go in whole threads, and a sett in whole repeats of the weave.
            assert any(0.6 < r < 1.6 for r in ratio)
            checked += 1
    assert checked > 3


def test_a_fabric_of_no_family_differs_in_nothing():
    alone = next(index for index in FABRICS if family_of(5, index).size == 1)
    assert differs_in(5, alone) == ""
