"""A whole, tiny search: real trainings, which are not done twice."""

import json

import pytest

from fabric_retrieval.errors import UserError
from fabric_retrieval.recipe.outcomes import write_outcome
from fabric_retrieval.recipe.plan import make_plan
from fabric_retrieval.recipe.start import start


@pytest.fixture
def search(settings, tiny_collections):
    """Makes or goes on with a search; returns the names of the runs that it trained."""

    def run(*changes, **variants):
        made = settings(f"--data_dir={tiny_collections}", "--only=rate", *changes, **variants)
        lines = []
        start(made, make_plan(made), say=lines.append)
        return [line.split()[1] for line in lines if line.startswith("[")]

    return run


def test_trains_what_is_missing(search, tmp_path):
    folder = tmp_path / "recipe"
    assert search("--seeds=0") == ["base-seed0", "faster-seed0", "far_too_fast-seed0"]
    for name in ("base", "faster"):
        run_dir = folder / "runs" / f"{name}-seed0"
        assert {path.name for path in run_dir.iterdir()} == {
            "flags.txt",
            "history.json",
            "outcome.json",
            "units.png",
        }
        best = json.loads((run_dir / "history.json").read_text())["best"]
        outcome = json.loads((run_dir / "outcome.json").read_text())
        assert outcome["held_out"] == {name: best[name] for name in outcome["held_out"]}
        assert outcome["seconds"] > 0
    stopped = json.loads((folder / "runs" / "far_too_fast-seed0" / "outcome.json").read_text())
    assert "--learning_rate" in stopped["error"]

    assert search("--seeds=0") == []
    assert search("--seeds=0,1", "--only=faster") == ["base-seed1", "faster-seed1"]
    rows = json.loads((folder / "recipe.json").read_text())["rows"]
    assert [(row["name"], sorted(row["measured"]["map"])) for row in rows] == [
        ("base", ["0", "1"]),
        ("faster", ["0", "1"]),
    ]
    with pytest.raises(UserError, match=r"faster-seed0.*\n  --learning_rate: 0.02 there, 0.03 here"):
        search("--seeds=0", variants="[rate]\nfaster: --learning_rate=0.03\n")


def test_a_variant_that_cannot_be_trained_does_not_stop_the_others(settings, tiny_collections, tmp_path):
    made = settings(
        f"--data_dir={tiny_collections}",
        "--seeds=0",
        variants="[rate]\nlost: --weights=nowhere.npy\nfaster: --learning_rate=0.02\n",
    )
    runs = make_plan(made)
    for run in runs[::2]:  # base and faster are finished
        run.folder.mkdir(parents=True)
        best = {"step": 2, "map": 0.5, "recall@16": 0.75, "hit_rate@1": 0.25}
        (run.folder / "history.json").write_text(json.dumps({"held_out": [best], "best": best}))
        write_outcome(run, seconds=7.0)
    lines = []
    with pytest.raises(SystemExit, match="lost-seed0"):
        start(made, runs, say=lines.append)
    assert "lost-seed0 ... cannot be trained" in lines[0]
    page = (tmp_path / "recipe" / "recipe.md").read_text()
    assert "| faster | `--learning_rate=0.02` | 50.0 | +0.0 |" in page
    assert "Not run yet: lost-seed0." in page
