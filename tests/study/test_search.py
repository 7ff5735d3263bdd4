import json

import pytest

from fabric_retrieval.study.search import (
    Outcome,
    choose,
    edge_note,
    held_out_map,
    record_stop,
    why_stopped,
    write_search,
)


@pytest.mark.parametrize(
    ("reached", "chosen"),
    [
        ({0.003: 0.2, 0.01: 0.4, 0.03: 0.3}, 0.01),
        ({0.003: 0.2, 0.01: None, 0.03: 0.3}, 0.03),  # NaN at 0.01
        ({0.01: 0.4, 0.003: 0.4}, 0.003),  # of equals the lower
        ({0.003: 0.0}, 0.003),
        ({0.003: None, 0.01: None}, None),
    ],
)
def test_the_rate_with_the_best_held_out_map(reached, chosen):
    assert choose([Outcome(*pair) for pair in reached.items()]) == chosen


def test_a_choice_at_the_edge_is_told():
    inside = [Outcome(0.003, 0.1), Outcome(0.01, 0.3), Outcome(0.03, 0.2)]
    assert edge_note("pair", inside) is None
    assert "highest" in edge_note("pair", [Outcome(0.003, 0.1), Outcome(0.01, 0.3)])
    assert "lowest" in edge_note("pair", [Outcome(0.003, 0.4), Outcome(0.01, 0.3)])
    assert edge_note("pair", [Outcome(0.01, 0.3)]) is None
    assert edge_note("pair", [Outcome(0.01, None), Outcome(0.03, None)]) is None


def test_the_table_has_a_line_a_run(tmp_path):
    path = tmp_path / "search.csv"
    searched = {
        "pair": [Outcome(0.003, 0.25), Outcome(0.01, None)],
        "focus_ranking": [Outcome(0.003, 0.25), Outcome(0.01, 0.5)],
    }
    write_search(path, searched, {"pair": None, "focus_ranking": 32}, seed=4)
    assert path.read_text().splitlines() == [
        "method,ratio,learning_rate,seed,held_out_map,chosen",
        "pair,,0.003,4,0.250000,1",
        "pair,,0.01,4,,0",
        "focus_ranking,32,0.003,4,0.250000,0",
        "focus_ranking,32,0.01,4,0.500000,1",
    ]


def test_reads_the_best_of_a_history(tmp_path):
    assert held_out_map(tmp_path) is None
    held_out = [{"step": 1, "map": 0.3}, {"step": 2, "map": 0.2}]
    (tmp_path / "history.json").write_text(json.dumps({"held_out": held_out, "best": held_out[0]}))
    assert held_out_map(tmp_path) == 0.3


def test_remembers_why_a_run_came_to_nothing(tmp_path):
    assert why_stopped(tmp_path) is None
    about = {"method": "pair", "ratio": None, "seed": 1, "learning_rate": 0.01}
    record_stop(tmp_path, about, ValueError("the loss is nan"))
    assert why_stopped(tmp_path) == "the loss is nan"
    assert json.loads((tmp_path / "stopped.json").read_text()) == about | {"error": "the loss is nan"}
