"""Files that are there whole or not at all."""

import os

import pytest

from fabric_retrieval.atomic import replacing


def test_what_was_written_replaces_the_file_with_the_mode_of_any_other(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    before = os.umask(0o027)
    try:
        with replacing(path) as temporary:
            temporary.write_text("new")
            assert path.read_text() == "old"
    finally:
        os.umask(before)
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("written", [True, False])
def test_after_an_error_the_file_is_what_it_was(tmp_path, error, written):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail():
        with replacing(path) as temporary:
            if written:
                temporary.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
