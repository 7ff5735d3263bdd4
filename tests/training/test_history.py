import json

from fabric_retrieval.training.history import History


def test_best_is_the_highest_map_of_equals_the_later(tmp_path):
    history = History(tmp_path / "history.json", done=0)
    for step, score in ((100, 0.2), (200, 0.5), (300, 0.5), (400, 0.4)):
        history.add(step, {"map": score})
    assert json.loads((tmp_path / "history.json").read_text())["best"] == {"step": 300, "map": 0.5}


def test_a_continued_run_forgets_what_came_after_its_checkpoint(tmp_path):
    """A run killed at step 250 whose checkpoint is of step 150 measures step 200 once more."""
    path = tmp_path / "history.json"
    first = History(path, done=0)
    first.add(100, {"map": 0.1})
    first.add(200, {"map": 0.9})
    again = History(path, done=150)
    again.add(200, {"map": 0.3})
    assert json.loads(path.read_text()) == {
        "held_out": [{"step": 100, "map": 0.1}, {"step": 200, "map": 0.3}],
        "best": {"step": 200, "map": 0.3},
    }
