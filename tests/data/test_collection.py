import numpy as np
import pytest
import tensorflow as tf

import fird
from fabric_retrieval.data.collection import encoded_images, load_collection
from fabric_retrieval.data.preprocessing import decode_and_resize
from fabric_retrieval.errors import UserError


@pytest.fixture(scope="module")
def builder(tiny_collections):
    return fird.prepare("fird/rendered_tiny", data_dir=str(tiny_collections))


def test_images_in_the_order_of_their_ids(builder, tmp_path):
    images = load_collection(builder, "query", 40, cache_dir=tmp_path)
    assert list(images.image_ids) == sorted(images.image_ids)
    for example in encoded_images(builder, "query").as_numpy_iterator():
        row = list(images.image_ids).index(example["image_id"].decode())
        assert images.fabrics[row] == example["fabric"].decode()
        np.testing.assert_array_equal(images.pixels[row], decode_and_resize(example["image"], 40))


def test_pixels_are_decoded_once(builder, tmp_path):
    load_collection(builder, "query", 40, cache_dir=tmp_path)
    (path,) = tmp_path.iterdir()
    written = path.stat().st_mtime_ns
    load_collection(builder, "query", 40, cache_dir=tmp_path)
    assert [path.stat().st_mtime_ns for path in tmp_path.iterdir()] == [written]


def test_sizes_splits_and_grey_are_kept_apart(builder, tmp_path):
    colour = load_collection(builder, "query", 40, cache_dir=tmp_path)
    grey = load_collection(builder, "query", 40, grey=True, cache_dir=tmp_path)
    assert load_collection(builder, "query", 41, cache_dir=tmp_path).pixels.shape[1:] == (41, 41, 3)
    assert len(load_collection(builder, "gallery", 40, cache_dir=tmp_path).pixels) != len(colour.pixels)
    assert (grey.pixels[..., 0] == grey.pixels[..., 2]).all()
    assert (colour.pixels[..., 0] != colour.pixels[..., 2]).any()


def test_an_interrupted_decoding_leaves_nothing(builder, tmp_path, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(np.lib.format, "open_memmap", interrupt)
    with pytest.raises(KeyboardInterrupt):
        load_collection(builder, "query", 40, cache_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_image_that_cannot_be_read_is_named(builder, tmp_path, monkeypatch):
    good = tf.io.encode_jpeg(np.zeros((8, 8, 3), np.uint8)).numpy()
    stored = {
        "image": [good, good, b"no image", good],
        "image_id": ["d", "b", "c", "a"],
        "fabric": ["x", "x", "y", "y"],
        "group": [""] * 4,
    }
    broken = tf.data.Dataset.from_tensor_slices(stored)
    monkeypatch.setattr("fabric_retrieval.data.collection.encoded_images", lambda *_: broken)
    with pytest.raises(UserError, match=r"Image 'c' of split 'query' cannot be read: .*image"):
        load_collection(builder, "query", 40, cache_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(builder, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot be kept in .*file/pixels \(.*\); give another --data_dir"):
        load_collection(builder, "query", 40, cache_dir=tmp_path / "file/pixels")
