"""What fabric-index remove takes out, and what it refuses."""

import shutil

import pytest

from fabric_retrieval.errors import UserError
from fabric_retrieval.search import removing
from fabric_retrieval.search.adding import add_folder


@pytest.fixture
def filled(index, photos, describer):
    add_folder(index, photos, describer.open)
    return index


def of(fabric):
    return [f"{fabric}/{shot}.jpg" for shot in range(4)]


def test_of_fabric(filled):
    assert removing.of_fabric(filled, "cloth-03") == of("cloth-03")
    with pytest.raises(UserError, match=r"--fabric=silk: .* no image of such a fabric"):
        removing.of_fabric(filled, "silk")


def test_of_folder(filled, photos, tmp_path):
    assert len(removing.of_folder(filled, photos)) == 32
    shutil.rmtree(photos)
    assert len(removing.of_folder(filled, photos)) == 32
    with pytest.raises(UserError, match=f"its folders are: {photos}"):
        removing.of_folder(filled, tmp_path / "other")


def test_gone(filled, photos):
    assert removing.gone(filled) == []
    shutil.rmtree(photos / "cloth-03")
    (photos / "cloth-05/2.jpg").unlink()
    assert removing.gone(filled) == [*of("cloth-03"), "cloth-05/2.jpg"]


@pytest.mark.parametrize("empty", [True, False])
def test_a_folder_that_is_gone_as_a_whole_may_be_a_disk_that_is_not_mounted(filled, photos, empty):
    shutil.rmtree(photos)
    if empty:
        photos.mkdir()
    with pytest.raises(UserError, match=f"{'empty' if empty else 'not there'}: is its disk mounted"):
        removing.gone(filled)


def test_unknown_ids_are_refused_by_name(filled):
    removing.check_known(filled, of("cloth-03"))
    with pytest.raises(UserError, match="'x0', 'x1', 'x2', 'x3', 'x4' and 2 more; nothing was removed"):
        removing.check_known(filled, [*of("cloth-03"), *(f"x{number}" for number in range(7))])
