"""Differences by hand, and what the files say of them."""

import csv
import json

import pytest

from fabric_retrieval.recipe.plan import make_plan
from fabric_retrieval.recipe.report import write_report
from fabric_retrieval.recipe.table import Gap, gap

MAPS = {
    "base": [0.50, 0.40, 0.60],
    "faster": [0.51, 0.42, 0.63],  # +.01, +.02, +.03
    "triplet": [0.50, 0.45, 0.52],  # 0, +.05, -.08
}


def outcome(ap, seconds, error=None):
    held_out = {"map": ap, "recall@16": ap + 0.1, "hit_rate@1": ap + 0.2, "step": 2}
    return {"held_out": None if error else held_out, "error": error, "seconds": seconds}


@pytest.fixture
def written(settings, tmp_path):
    """Writes a report of all runs but one; returns its folder."""
    made = settings()
    runs = make_plan(made)
    outcomes = {
        f"{name}-seed{seed}": outcome(ap, 10 * (seed + 1))
        for name, values in MAPS.items()
        for seed, ap in enumerate(values)
    }
    outcomes |= {f"far_too_fast-seed{seed}": outcome(0, 3, "The loss is nan") for seed in (0, 1)}
    write_report(made, runs, outcomes)
    return tmp_path / "recipe"


def test_a_gap_is_paired_by_seed():
    """Differences .01, .02, .03: mean .02, standard deviation .01, Student's t of two degrees 4.303."""
    found = gap({0: 0.51, 1: 0.42, 2: 0.63, 7: 0.1}, {0: 0.50, 1: 0.40, 2: 0.60, 8: 0.9})
    assert found.mean == pytest.approx(0.02)
    half = 4.302653 * 0.01 / 3**0.5
    assert found.interval == pytest.approx((0.02 - half, 0.02 + half), abs=1e-8)


def test_one_seed_has_no_interval_and_none_no_gap():
    assert gap({1: 0.75}, {0: 0.1, 1: 0.5}) == Gap(0.25, None)
    assert gap({1: 0.75}, {0: 0.1}) is None


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (Gap(0.2, (0.1, 0.3)), "better"),
        (Gap(-0.2, (-0.3, -0.1)), "worse"),
        (Gap(0.2, (-0.1, 0.5)), ""),
        (Gap(0.2, None), ""),
    ],
)
def test_only_an_interval_without_zero_tells(found, verdict):
    assert found.verdict == verdict


def test_the_page_has_a_table_of_each_factor_with_the_base_in_its_place(written):
    page = (written / "recipe.md").read_text()
    method = page.partition("## method")[2]
    lines = [line.strip("| ") for line in method.splitlines() if line.startswith(("| base", "| triplet"))]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    assert [row[0] for row in cells] == ["base", "triplet"]  # .50 before .49
    assert cells[1] == [
        "triplet",
        "`--method=triplet --ratio=2`",
        "49.0",
        "-1.0",
        "-17.3 to +15.3",
        "",
        "59.0",
        "-1.0",
        "69.0",
        "0",
        "20 s",
        "3",
    ]
    rate = page.partition("## rate")[2].partition("##")[0]
    assert rate.index("| faster") < rate.index("| base") < rate.index("| far_too_fast")
    assert "- far_too_fast, seed 1: The loss is nan" in page
    assert "Not run yet: far_too_fast-seed2." in page


def test_the_files_have_the_numbers(written):
    with open(written / "recipe.csv", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert float(rows["faster"]["map"]) == pytest.approx(0.52)
    assert float(rows["faster"]["recall@16_gap"]) == pytest.approx(0.02)
    assert rows["far_too_fast"]["map"] == rows["base"]["map_gap"] == ""
    content = json.loads((written / "recipe.json").read_text())
    faster = next(row for row in content["rows"] if row["name"] == "faster")
    assert faster["measured"]["map"] == {"0": 0.51, "1": 0.42, "2": 0.63}
    assert content["base"]["learning_rate"] == 0.01
