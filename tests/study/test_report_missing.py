"""What the report says of seeds, ratios and methods that the study lacks."""

import pytest
from study.synthetic_study import write_study

from fabric_retrieval.study.report.folder import read_study
from fabric_retrieval.study.report.measured import Measured
from fabric_retrieval.study.report.missing import missing
from fabric_retrieval.study.search import record_stop

NAN = ValueError("The loss is nan at step 5 (gradient norm 1e+05). Lower --learning_rate.")


@pytest.fixture
def study(tmp_path):
    """A finished one."""
    return write_study(tmp_path, ratios=(1, 8, 16), how={"fabrics": 9, "queries": 2})


def stop(study, run):
    (study / "runs" / run).mkdir(parents=True)
    record_stop(study / "runs" / run, {}, NAN)


def said(study):
    return missing(Measured(read_study(study), resamples=2))


def test_a_study_lacks_what_it_was_told_to_measure(study):
    assert said(study) == ["Focus ranking not evaluated at the ratios 1:2, 1:4."]


def test_a_seed_that_diverged_is_not_one_that_is_yet_to_come(study):
    (study / "evaluations" / "triplet-ratio1-seed1.npz").unlink()
    (study / "evaluations" / "pair-seed2.npz").unlink()
    (study / "evaluations" / "focus_ranking-ratio8-seed0.npz").unlink()
    (study / "evaluations" / "focus_ranking-ratio8-seed2.npz").unlink()
    stop(study, "triplet-ratio1-seed1")
    stop(study, "focus_ranking-ratio8-seed2")
    assert said(study)[1:] == [
        "triplet: 1 of 3 seeds came to nothing (the loss diverged or the embedding collapsed), so its "
        "numbers are of the seeds that survived. Seed 1: The loss is nan at step 5 (gradient norm 1e+05).",
        "focus ranking 1:8: 1 of 3 seeds came to nothing (the loss diverged or the embedding collapsed), so "
        "its numbers are of the seeds that survived. "
        "Seed 2: The loss is nan at step 5 (gradient norm 1e+05).",
        "Of 3 seeds not evaluated (yet): pair 1, focus ranking 1:8 1.",
    ]


def test_a_ratio_and_a_method_that_came_to_nothing_are_named(study):
    stop(study, "focus_ranking-ratio4-lr0.01-seed0")
    for path in study.glob("evaluations/softmax-*"):
        path.unlink()
    path = study / "search.csv"
    lines = path.read_text().splitlines()
    kept = [line for line in lines if not line.startswith("softmax")]
    path.write_text("\n".join([*kept, "softmax,,0.001,0,,0", "softmax,,0.01,0,,0"]))
    assert said(study) == [
        "Training came to nothing at every learning rate searched: Softmax.",
        "Focus ranking not evaluated at the ratios 1:2, 1:4.",
        "Its training came to nothing at 1:4.",
    ]
