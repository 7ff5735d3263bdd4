"""A folder into an index: nothing is embedded twice, whatever has happened to its files."""

import hashlib
import io
import os
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from search.commands.making import Counting, cloth, fill, png_header

from fabric_retrieval.data.photographs import read_photograph
from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.embedder import Embedder
from fabric_retrieval.search.adding import Summary, add_folder
from fabric_retrieval.search.catalogue import photograph_path, roots
from fabric_retrieval.search.index import Item, create_index, open_index


def files(folder):
    """Id → bytes of all files of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def new_picture(seed):
    return next(cloth(np.random.default_rng(seed), 1))


def not_needed():
    raise AssertionError("the model was opened")


@pytest.fixture
def filled(index, photos, describer):
    """The index with all of the photographs, of which the describer no longer knows."""
    add_folder(index, photos, describer.open)
    describer.seen.clear()
    describer.opened = 0
    return index


def test_every_photograph_is_embedded_once(index, photos, describer, small_run):
    summary = add_folder(index, photos, describer.open)
    stored = files(photos)
    assert summary == Summary(32, 0, 0, 0, [], [])
    assert sorted(describer.seen) == sorted(stored.values())  # upright JPEGs go in as they are
    assert describer.opened == 1
    items = list(index.items())
    assert [item.image_id for item in items] == sorted(stored)
    embedder = Embedder(small_run / "saved_model")
    for item in items:
        data = stored[item.image_id]
        assert item.fabric == item.image_id.split("/")[0]
        assert photograph_path(index, item) == photos.resolve() / item.image_id
        assert (item.metadata["width"], item.metadata["height"]) == (96, 96)
        found = (photos / item.image_id).stat()
        assert item.metadata["file"] == {
            "size": len(data),
            "mtime_ns": found.st_mtime_ns,
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        vector = embedder(tf.constant([data]))[0]
        np.testing.assert_allclose(index.get(item.image_id)[1], vector, rtol=1e-4, atol=1e-5)


def test_the_second_time_nothing_is_read(filled, photos, tmp_path):
    again = add_folder(filled, photos, not_needed)
    assert again == Summary(0, 0, 32, 0, [], [])
    with open_index(tmp_path / "index") as saved:
        assert saved.count() == 32


def test_only_what_is_new_or_has_changed_is_embedded(filled, photos, describer):
    changed, new = photos / "cloth-01/2.jpg", photos / "new cloth/größe.jpg"
    changed.write_bytes(new_picture(7))
    new.parent.mkdir()
    new.write_bytes(new_picture(8))
    os.utime(photos / "cloth-03/0.jpg", ns=(1, 1))  # another time, the same bytes
    (photos / "cloth-00/1.jpg").unlink()
    shutil.rmtree(photos / "cloth-07")
    before = filled.get("cloth-01/2.jpg")[1]

    summary = add_folder(filled, photos, describer.open)
    gone = ["cloth-00/1.jpg", *(f"cloth-07/{shot}.jpg" for shot in range(4))]
    assert summary == Summary(1, 1, 26, 0, gone, [])
    assert sorted(describer.seen) == sorted([changed.read_bytes(), new.read_bytes()])
    assert filled.count() == 33
    assert not np.allclose(filled.get("cloth-01/2.jpg")[1], before, rtol=1e-4)
    assert filled.get("cloth-03/0.jpg")[0].metadata["file"]["mtime_ns"] == 1

    summary = add_folder(filled, photos, not_needed, remove_gone=True)
    assert summary == Summary(0, 0, 28, 5, [], [])
    assert [item.image_id for item in filled.items()] == sorted(files(photos))


def test_the_same_size_and_time_with_other_bytes_is_what_is_not_noticed(filled, photos):
    path = photos / "cloth-00/0.jpg"
    found, data = path.stat(), path.read_bytes()
    path.write_bytes(data[:-1] + b"\0")
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert add_folder(filled, photos, not_needed).unchanged == 32


def test_the_same_size_with_another_time_is_compared_by_its_bytes(filled, photos, describer):
    path = photos / "cloth-00/0.jpg"
    data = path.read_bytes()
    os.utime(path, ns=(5, 5))
    assert add_folder(filled, photos, not_needed).changed == 0
    other = data[:15] + bytes([data[15] ^ 1]) + data[16:]  # the pixels a centimetre, of which nothing depends
    path.write_bytes(other)
    os.utime(path, ns=(6, 6))
    assert add_folder(filled, photos, describer.open).changed == 1
    assert filled.get("cloth-00/0.jpg")[0].metadata["file"]["sha256"] == hashlib.sha256(other).hexdigest()


def test_bad_files_are_listed_with_the_reason_and_left_out(index, photos, describer):
    whole = (photos / "cloth-00/0.jpg").read_bytes()
    (photos / "cloth-00/truncated.jpg").write_bytes(whole[: len(whole) // 2])
    (photos / "cloth-00/empty.jpg").write_bytes(b"")
    (photos / "cloth-01/notes.txt").write_text("bought in May")
    (photos / "cloth-01/bomb.png").write_bytes(png_header(60_000, 60_000))
    (photos / "cloth-02/gone.jpg").symlink_to(photos / "nowhere.jpg")
    os.mkfifo(photos / "cloth-02/pipe.jpg")
    (photos / "loose.jpg").write_bytes(whole)
    (photos / "none").mkdir()
    summary = add_folder(index, photos, describer.open, batch_size=5)
    reasons = dict(summary.bad)
    assert "too many pixels" in reasons.pop("cloth-01/bomb.png")
    assert reasons == {
        "cloth-00/truncated.jpg": "truncated image",
        "cloth-00/empty.jpg": "empty file",
        "cloth-01/notes.txt": "not a JPEG, PNG, BMP, WebP or TIFF image",
        "cloth-02/gone.jpg": "cannot be read (No such file or directory)",
        "cloth-02/pipe.jpg": "not a file",
        "loose.jpg": "lies in no fabric's folder",
        "none/": "holds no photographs",
    }
    assert summary.added == index.count() == 32
    assert add_folder(index, photos, not_needed).bad == summary.bad  # not even the model is needed to say so


def test_photographs_are_embedded_upright(index, photos, describer):
    turned = Image.Exif()
    turned[0x0112] = 6
    path = photos / "cloth-00/turned.jpg"
    with Image.open(photos / "cloth-00/0.jpg") as image:
        image.save(path, exif=turned, quality=95)
    data, path = path.read_bytes(), photos / "cloth-00/scan.png"
    with Image.open(photos / "cloth-00/1.jpg") as image:
        image.resize((60, 96)).save(path)
    add_folder(index, photos, describer.open)
    upright = read_photograph(data)[0]
    assert upright != data
    assert upright in describer.seen
    assert read_photograph(path)[0] in describer.seen
    metadata = index.get("cloth-00/scan.png")[0].metadata
    assert (metadata["width"], metadata["height"]) == (60, 96)


def test_a_photograph_that_has_become_bad_keeps_its_older_entry(filled, photos):
    path = photos / "cloth-05/3.jpg"
    before = filled.get("cloth-05/3.jpg")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    summary = add_folder(filled, photos, not_needed, remove_gone=True)
    assert summary.bad == [("cloth-05/3.jpg", "truncated image (the index keeps what it had)")]
    assert summary.removed == 0
    after = filled.get("cloth-05/3.jpg")
    assert after[0] == before[0]
    np.testing.assert_array_equal(after[1], before[1])


def test_what_the_model_refuses_is_a_bad_photograph(index, photos, described):
    class Damaging(Counting):
        """Gives the model one photograph with its end cut off, which Pillow has not seen."""

        def __call__(self, images):
            return super().__call__([image[:-200] if image == refused else image for image in images])

    refused = (photos / "cloth-02/1.jpg").read_bytes()
    summary = add_folder(index, photos, Damaging(described).open)
    assert [name for name, _ in summary.bad] == ["cloth-02/1.jpg"]
    assert summary.added == index.count() == 31


def test_a_model_that_does_not_answer_ends_the_addition_and_keeps_what_was_saved(index, photos, described):
    class AwayError(UserError):
        pass

    class Away(Counting):
        def __call__(self, images):
            if len(self.seen) >= 16:
                raise AwayError("no answer")
            return super().__call__(images)

    model = Away(described)
    with pytest.raises(AwayError):
        add_folder(index, photos, model.open, batch_size=8, save_every=8)
    assert len(model.seen) == 16
    with open_index(index.location) as saved:
        assert saved.count() == 16


def test_other_metadata_of_an_image_outlive_a_change(filled, photos, describer):
    item, vector = filled.get("cloth-01/2.jpg")
    filled.add([item._replace(metadata=item.metadata | {"article": "4711"})], vector[None])
    (photos / "cloth-01/2.jpg").write_bytes(new_picture(7))
    assert add_folder(filled, photos, describer.open).changed == 1
    metadata = filled.get("cloth-01/2.jpg")[0].metadata
    assert metadata["article"] == "4711"
    assert metadata["file"]["size"] == len(new_picture(7))


def test_a_folder_that_was_moved_is_not_embedded_again(filled, photos, tmp_path):
    moved = photos.rename(tmp_path / "elsewhere")
    assert add_folder(filled, moved, not_needed) == Summary(0, 0, 32, 0, [], [])
    for item in filled.items():
        assert photograph_path(filled, item) == moved.resolve() / item.image_id
    assert list(roots(filled).values()) == [str(photos.resolve()), str(moved.resolve())]


def test_two_folders_are_kept_apart(filled, photos, describer, tmp_path):
    other = fill(tmp_path / "other", fabrics=1, shots=2, seed=9)
    (other / "cloth-00").rename(other / "cloth-99")
    (other / "cloth-01").mkdir()
    (other / "cloth-01/2.jpg").write_bytes(new_picture(7))
    summary = add_folder(filled, other, describer.open, remove_gone=True)
    clash = f"the index has this id of another image: {photos.resolve() / 'cloth-01/2.jpg'}"
    assert summary == Summary(2, 0, 0, 0, [], [("cloth-01/2.jpg", clash)])
    assert filled.count() == 34
    assert add_folder(filled, photos, not_needed, remove_gone=True).removed == 0


def test_images_that_came_from_no_folder_are_left_alone(filled, photos):
    vector = filled.get("cloth-00/0.jpg")[1]
    filled.add([Item("by hand", "velvet"), Item("cloth-00/9.jpg", "velvet")], np.stack([vector, vector]))
    (photos / "cloth-00/9.jpg").write_bytes(new_picture(3))
    summary = add_folder(filled, photos, not_needed, remove_gone=True)
    reason = "the index has this id of another image: added without a folder"
    assert summary == Summary(0, 0, 32, 0, [], [("cloth-00/9.jpg", reason)])
    assert filled.get("by hand")[0].fabric == "velvet"


@pytest.mark.parametrize("name", ["missing", "empty", "flat"])
def test_folders_without_photographs_of_fabrics_are_refused(filled, name, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat/1.jpg").write_bytes(new_picture(1))
    with pytest.raises(UserError, match="no such folder" if name == "missing" else "one sub-folder"):
        add_folder(filled, tmp_path / name, not_needed, remove_gone=True)
    assert filled.count() == 32


def test_a_folder_that_is_suddenly_empty_is_no_reason_to_remove_everything(filled, photos):
    for path in photos.iterdir():
        shutil.rmtree(path)
    with pytest.raises(UserError, match="holds no photographs"):
        add_folder(filled, photos, not_needed, remove_gone=True)
    assert filled.count() == 32


def test_names_that_are_no_text_are_listed(index, photos, describer):
    os.rename(os.fsencode(photos / "cloth-00/0.jpg"), os.fsencode(photos / "cloth-00") + b"/\xff.jpg")
    summary = add_folder(index, photos, describer.open)
    assert summary.bad == [("cloth-00/\\udcff.jpg", "its name is not UTF-8 text")]
    assert summary.added == 31


def test_batches_and_savings_change_nothing_but_rounding(index, photos, describer, tmp_path):
    add_folder(index, photos, describer.open)
    with create_index(tmp_path / "other", index.description) as other:
        add_folder(other, photos, describer.open, batch_size=3, save_every=4)
        assert list(other.items()) == list(index.items())
        for item in index.items():
            vectors = [each.get(item.image_id)[1] for each in (index, other)]
            np.testing.assert_allclose(*vectors, rtol=1e-4, atol=1e-5)


def test_transparency_and_kinds_of_files(index, tmp_path, describer):
    folder = tmp_path / "kinds/linen"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for kind, mode in (("png", "RGBA"), ("bmp", "RGB"), ("webp", "RGB"), ("tiff", "L")):
        shape = (40, 50) if mode == "L" else (40, 50, len(mode))
        Image.fromarray(rng.integers(0, 256, shape, np.uint8), mode).save(folder / f"0.{kind}")
    assert add_folder(index, tmp_path / "kinds", describer.open).added == 4
    for data in describer.seen:
        with Image.open(io.BytesIO(data)) as image:
            assert (image.format, image.size) == ("JPEG", (50, 40))
