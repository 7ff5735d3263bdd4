from types import SimpleNamespace

import pytest

from fabric_retrieval.training.run_folder import OtherFlagsError, check_run_folder, open_run_folder


def config(folder, **changes):
    return SimpleNamespace(
        **{"run_dir": str(folder), "steps": 5, "grey": False, "photos_dir": None} | changes
    )


def test_flags_are_written_as_a_flagfile(tmp_path):
    folder = open_run_folder(config(tmp_path / "a" / "run"))
    assert (folder / "flags.txt").read_text().splitlines() == [
        "--grey=false",
        f"--run_dir={folder}",
        "--steps=5",
    ]


def test_the_same_flags_continue(tmp_path):
    check_run_folder(config(tmp_path))
    open_run_folder(config(tmp_path))
    check_run_folder(config(tmp_path))


def test_a_flag_that_is_newer_than_the_run_had_its_default_there(tmp_path):
    open_run_folder(config(tmp_path))
    check_run_folder(config(tmp_path, scales="1"))
    with pytest.raises(OtherFlagsError, match=r"--scales: 1 there, 1,0\.5 here"):
        check_run_folder(config(tmp_path, scales="1,0.5"))


def test_where_things_lie_may_change(tmp_path):
    open_run_folder(config(tmp_path / "run"))
    (tmp_path / "run").rename(tmp_path / "moved")
    check_run_folder(config(tmp_path / "moved", data_dir="elsewhere"))


def test_a_check_writes_nothing(tmp_path):
    check_run_folder(config(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_other_flags_are_refused_by_name(tmp_path):
    open_run_folder(config(tmp_path))
    with pytest.raises(
        OtherFlagsError, match=r"--photos_dir: not set there, x here\n  --steps: 5 there, 6 here"
    ):
        check_run_folder(config(tmp_path, steps=6, photos_dir="x"))
