"""Which collection is measured on: the one of the training, as it was prepared then."""

import shutil

import pytest
from PIL import Image

import fird
from fabric_retrieval.data.collection import load_collection, split_fingerprint
from fabric_retrieval.evaluation.measured import collection_of, other_images


@pytest.fixture
def data(tmp_path):
    """`fird.prepare`'s arguments for four fabrics of two photographs."""
    for number in range(8):
        path = tmp_path / "photos" / f"fabric {number % 4}" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (number, 0, 0)).save(path)
    return {"photos_dir": str(tmp_path / "photos"), "data_dir": str(tmp_path / "data"), "workers": 1}


@pytest.fixture
def metadata(data):
    """What a model says that was trained on them."""
    builder = fird.prepare(**data)
    return {
        "dataset": builder.info.full_name,
        "dataset_fingerprint": split_fingerprint(builder, "train"),
    }


def add_photograph(data):
    for fabric in range(4):
        Image.new("RGB", (9, 9)).save(f"{data['photos_dir']}/fabric {fabric}/new.png")


def ids(builder, tmp_path):
    return [
        load_collection(builder, split, 8, cache_dir=tmp_path / "pixels").image_ids.tolist()
        for split in ("train", "query", "gallery")
    ]


def test_a_folder_that_has_changed_or_is_gone_changes_nothing(data, metadata, tmp_path):
    expected = ids(fird.prepare(**data), tmp_path)
    add_photograph(data)
    assert ids(collection_of(metadata, data), tmp_path) == expected
    shutil.rmtree(data["photos_dir"])
    builder = collection_of(metadata, data)
    assert ids(builder, tmp_path) == expected
    assert builder.info.full_name == metadata["dataset"]
    assert other_images(metadata, builder) == []


def test_a_collection_that_was_removed_is_prepared_again(data, metadata):
    shutil.rmtree(data["data_dir"])
    builder = collection_of(metadata, data)
    assert builder.info.full_name == metadata["dataset"]
    assert other_images(metadata, builder) == []


def test_other_images_are_remarked_on(data, metadata):
    add_photograph(data)
    (note,) = other_images(metadata, fird.prepare(**data))
    assert metadata["dataset"] in note
    assert "if they show fabrics it was trained on, the figures are too good" in note
    assert not other_images(metadata | {"step": 0}, fird.prepare(**data))  # nothing was
