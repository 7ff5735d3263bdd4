"""The words on how a study's flags were found: from --notes into study.json."""

from pathlib import Path

import pytest
from absl import flags

from fabric_retrieval.errors import UserError
from fabric_retrieval.flags import METHODS
from fabric_retrieval.study.configs import method_config
from fabric_retrieval.study.flags import define_flags, settings_of
from fabric_retrieval.study.start import content_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def content(monkeypatch):
    """What study.json holds of the shipped study, with changes."""
    monkeypatch.chdir(ROOT)

    def make(*changes):
        values = flags.FlagValues()
        define_flags(values)
        values(["study", "--flagfile=configs/study.flags", "--study_dir=unused", *changes])
        settings = settings_of(values)
        configs = {"pair": method_config("pair", settings.configs, settings.train, run_dir="unused")}
        return content_of(settings, configs)

    return make


def test_the_shipped_study_tells_how_its_flags_were_found(content):
    notes = content()["notes"]
    assert notes == (ROOT / "configs/study_notes.md").read_text(encoding="utf-8").strip()
    for fact in ("was given up", ".505", ".587", ".288 at 0.5", "no machine with a GPU"):
        assert fact in " ".join(notes.split())


def test_the_longer_study_is_the_shipped_one_with_four_times_the_steps(content, tmp_path):
    weights = tmp_path / "weights"  # of the study before it, which has not been run here
    weights.write_bytes(b"")
    short, longer = content(), content("--flagfile=configs/study_longer.flags", f"--weights={weights}")
    assert longer["configs"]["pair"]["steps"] == 4 * short["configs"]["pair"]["steps"] == 1200
    assert longer["dims"] == short["dims"]
    assert longer["notes"] == (ROOT / "configs/study_longer_notes.md").read_text(encoding="utf-8").strip()


def test_the_shipped_study_compares_in_the_papers_order(content):
    assert content()["methods"] == METHODS


def test_notes_that_cannot_be_read_are_refused_before_anything_is_done(content, tmp_path):
    with pytest.raises(UserError, match=r"--notes=.*none.md: expected a text file"):
        content(f"--notes={tmp_path / 'none.md'}")
    empty = tmp_path / "empty.md"
    empty.write_text(" \n")
    with pytest.raises(UserError, match=r"--notes=.*empty.md: the file is empty"):
        content(f"--notes={empty}")
