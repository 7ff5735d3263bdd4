import pytest

from fabric_retrieval.study.plan import Part, Run
from fabric_retrieval.study.timing import Timing, duration, left_in_words, time_left


def run(method, seed, stage="seeds"):
    return Part(stage, Run(method, 0.01, seed))


def test_costs_are_summed_over_starts(tmp_path, monkeypatch):
    clock = iter([100.0, 107.0, 500.0, 503.5])
    monkeypatch.setattr("fabric_retrieval.study.timing.time.monotonic", lambda: next(clock))
    path = tmp_path / "timing.csv"
    with pytest.raises(KeyboardInterrupt), Timing(path).measuring("pretrain"):
        raise KeyboardInterrupt
    with Timing(path).measuring("pretrain"):
        pass
    assert path.read_text() == "part,seconds\npretrain,10.5\n"


def test_costs_are_written_while_a_part_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("fabric_retrieval.study.timing.BEAT", 0.01)
    path = tmp_path / "timing.csv"
    with Timing(path).measuring("pretrain"):
        while not path.exists():
            pass
        assert path.read_text().startswith("part,seconds\npretrain,")


def test_time_left_by_the_median_of_the_same_kind():
    finished = [run("pair", seed) for seed in range(3)] + [Part("evaluation", "rgb_histogram")]
    seconds = {"pair-lr0.01-seed0": 60, "pair-lr0.01-seed1": 70, "pair-lr0.01-seed2": 500}
    seconds |= {"evaluation rgb_histogram": 20, "pair-lr0.01-seed3": 30}
    to_do = [run("pair", 3), run("pair", 4), run("softmax", 0), Part("evaluation", Run("alex", None, 0))]
    # 70 - 30 that seed 3 has had, 70, 70 as of any training, 20
    assert time_left(finished, to_do, seconds) == (200, True)


def test_a_kind_of_which_nothing_is_finished_is_unknown():
    to_do = [run("pair", 1), Part("evaluation", "rgb_histogram"), Part("report", "report")]
    assert time_left([run("pair", 0)], to_do, {"pair-lr0.01-seed0": 60}) == (60, False)
    assert time_left([], [Part("report", "report")], {}) == (0, True)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (45, "45 s"), (92, "1 min 32 s"), (119.7, "2 min 0 s"), (7530, "2 h 5 min")],
)
def test_durations_in_words(seconds, words):
    assert duration(seconds) == words


def test_time_left_in_words():
    assert left_in_words(123, True) == "about 2 min 0 s left"
    assert left_in_words(42, False) == "at least 42 s left"
    assert left_in_words(0.3, True) == "about 0 s left"
    assert left_in_words(0, False) == left_in_words(0.04, False) == "time left not known yet"
