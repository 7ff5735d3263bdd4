"""`fird` from one's own photographs: folders, CSVs, and what is wrong with them."""

import logging
import os

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

import fird
from fabric_retrieval.errors import UserError
from fird import fird_dataset_builder
from fird.checking import BadPhotographsError
from fird.splitting import split_photographs


def photo(path, value=0, size=(12, 10)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, 100, 200)).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    """Four fabrics of five photographs."""
    root = tmp_path / "photos"
    for fabric in ("ash", "birch wood", "Eiche größe", "木綿"):
        for i in range(5):
            photo(root / fabric / f"{i} a.jpg", value=20 * i)
    return root


@pytest.fixture
def prepared(tmp_path):
    def prepare(**options):
        builder = fird.prepare(data_dir=str(tmp_path / "data"), workers=1, **options)
        return {split: list(tfds.as_numpy(builder.as_dataset(split=split))) for split in builder.info.splits}

    return prepare


def ids(examples):
    return sorted(example["image_id"].decode() for example in examples)


def fabrics(examples):
    return {example["fabric"].decode() for example in examples}


def csv_file(tmp_path, text, name="photos.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_folder_is_split_by_fabric_and_then_by_image(folder, prepared):
    splits = prepared(photos_dir=folder)
    assert {name: len(examples) for name, examples in splits.items()} == {
        "train": 10,
        "query": 4,
        "gallery": 6,
    }
    assert fabrics(splits["query"]) == fabrics(splits["gallery"])
    assert not fabrics(splits["train"]) & fabrics(splits["query"])
    everything = [example for examples in splits.values() for example in examples]
    assert ids(everything) == sorted(f"{fabric}/{i} a.jpg" for fabric in os.listdir(folder) for i in range(5))
    for example in everything:
        names = sorted(["ash", "birch wood", "Eiche größe", "木綿"])
        assert names[example["label"]] == example["fabric"].decode()
        assert example["group"] == b""
        assert example["conditions"]["width"] == 12
        assert np.isnan(example["conditions"]["rotation_degrees"])


def test_jpeg_bytes_are_kept(folder, tmp_path):
    builder = fird.prepare(data_dir=str(tmp_path / "data"), photos_dir=folder, workers=1)
    undecoded = builder.as_dataset(
        split="train+query+gallery", decoders={"image": tfds.decode.SkipDecoding()}
    )
    for example in tfds.as_numpy(undecoded):
        assert example["image"] == (folder / example["image_id"].decode()).read_bytes()


def test_litter_is_ignored_and_sub_folders_belong_to_their_fabric(folder, prepared):
    for name in (
        ".DS_Store",
        "Thumbs.db",
        "ash/.hidden.jpg",
        "ash/desktop.ini",
        "__MACOSX/ash/0.jpg",
        ".git/x",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"litter")
    photo(folder / "ash/phone/2024/5.png")
    (folder / "ash/link.jpg").symlink_to(folder / "ash/0 a.jpg")
    (folder / "ash/loop").symlink_to(folder / "ash")
    splits = prepared(photos_dir=folder)
    of_ash = [i for examples in splits.values() for i in ids(examples) if i.startswith("ash/")]
    assert sorted(of_ash) == [*(f"ash/{i} a.jpg" for i in range(5)), "ash/link.jpg", "ash/phone/2024/5.png"]


@pytest.fixture
def bad_folder(folder):
    (folder / "ash/empty.jpg").write_bytes(b"")
    (folder / "ash/notes.txt").write_text("bought in May")
    whole = (folder / "ash/0 a.jpg").read_bytes()
    (folder / "birch wood/cut.jpg").write_bytes(whole[: len(whole) - 20])
    (folder / "ash/gone.jpg").symlink_to(folder / "nowhere.jpg")
    photo(folder / "lonely/0.jpg")
    (folder / "none").mkdir()
    photo(folder / "loose.jpg")
    return folder


EXPECTED_BAD = {
    "ash/empty.jpg": "empty file",
    "ash/notes.txt": "not a JPEG, PNG, BMP, WebP or TIFF image",
    "birch wood/cut.jpg": "truncated image",
    "ash/gone.jpg": "cannot be read (No such file or directory)",
    "fabric lonely": "1 usable photographs, at least 2 are needed",
    "none/": "holds no photographs",
    "loose.jpg": "lies in no fabric's folder",
}


def test_everything_bad_is_listed_at_once(bad_folder, tmp_path):
    with pytest.raises(BadPhotographsError) as caught:
        fird.prepare(data_dir=str(tmp_path / "data"), photos_dir=bad_folder, workers=2)
    assert dict(caught.value.bad) == EXPECTED_BAD
    for name, reason in EXPECTED_BAD.items():
        assert f"{name}: {reason}" in str(caught.value)
    assert "bad_photos=skip" in str(caught.value)
    assert not list((tmp_path / "data").rglob("*.tfrecord*"))


def test_however_many_are_bad_each_is_named():
    bad = [(f"ash/{i:03d}.jpg", "empty file") for i in range(300)]
    lines = str(BadPhotographsError(bad)).splitlines()
    assert lines[1:] == [f"  ash/{i:03d}.jpg: empty file" for i in range(300)]


def test_bad_photographs_can_be_skipped(bad_folder, prepared, caplog):
    with caplog.at_level(logging.WARNING):
        splits = prepared(photos_dir=bad_folder, bad_photos="skip")
    assert sum(map(len, splits.values())) == 20
    assert {example["label"] for examples in splits.values() for example in examples} == {0, 1, 2, 3}
    for name in EXPECTED_BAD:
        assert name in caplog.text


def test_unreadable_folder_is_listed(folder, tmp_path, monkeypatch):
    iterdir = type(folder).iterdir

    def refuse(path):
        if path.name == "ash":
            raise PermissionError(13, "Permission denied")
        return iterdir(path)

    monkeypatch.setattr(type(folder), "iterdir", refuse)
    with pytest.raises(BadPhotographsError, match=r"ash/: folder cannot be read \(Permission denied\)"):
        fird.prepare(data_dir=str(tmp_path / "data"), photos_dir=folder, workers=1)


@pytest.mark.parametrize("option", ["photos_dir", "photos_csv"])
def test_missing_places_are_named(option, tmp_path):
    with pytest.raises(FileNotFoundError, match=rf"{option}=.*nowhere"):
        fird.prepare(**{option: tmp_path / "nowhere"})


def test_unknown_collections_and_options_are_named(folder):
    with pytest.raises(ValueError, match=r"fird/nothing.*fird/rendered_mini"):
        fird.prepare("fird/nothing")
    with pytest.raises(ValueError, match=r"mnist.*fird/<config>"):
        fird.prepare("mnist")
    with pytest.raises(ValueError, match="bad_photos='ignore'"):
        fird.prepare(photos_dir=folder, bad_photos="ignore")


def test_one_fabric_cannot_be_split(tmp_path):
    for i in range(4):
        photo(tmp_path / "photos/ash" / f"{i}.jpg")
    with pytest.raises(ValueError, match="No photographs for query and gallery: 1 usable fabrics"):
        fird.prepare(data_dir=str(tmp_path / "data"), photos_dir=tmp_path / "photos", workers=1)


def test_two_fabrics_are_too_few_to_train(tmp_path):
    for i in range(8):
        photo(tmp_path / "photos" / ("ash", "elm")[i % 2] / f"{i}.jpg")
    with pytest.raises(
        UserError, match=r"Only one of 2 usable fabrics is to train on.* At least three fabrics"
    ):
        fird.prepare(data_dir=str(tmp_path / "data"), photos_dir=tmp_path / "photos", workers=1)


@pytest.mark.parametrize("splits", [("query", "gallery"), ("test", "test")])
def test_a_csv_gives_train_two_fabrics(splits, folder, tmp_path):
    rows = [f"ash/{i} a.jpg,a,train" for i in range(2)]
    rows += [f"birch wood/{i} a.jpg,b,{split}" for i, split in enumerate(splits)]
    text = "path,fabric,split\n" + "\n".join(rows)
    with pytest.raises(UserError, match=r"Only one of 2 usable fabrics is to train on: a\."):
        fird.prepare(
            photos_dir=folder, photos_csv=csv_file(tmp_path, text), data_dir=str(tmp_path / "data"), workers=1
        )


@pytest.mark.parametrize("manual", [None, "fird_photos", "other"])
def test_photographs_that_were_not_given_are_asked_for(manual, tmp_path):
    if manual:
        (tmp_path / "downloads/manual" / manual).mkdir(parents=True)
    with pytest.raises(UserError, match=r"downloads/manual/fird_photos|No photographs for train"):
        fird.prepare("fird/photos", data_dir=str(tmp_path))


def test_a_photograph_that_changes_meanwhile_is_named(folder, tmp_path, monkeypatch):
    photo(folder / "ash/5.png")
    usable = fird_dataset_builder.usable_photographs

    def then_damage(*arguments):
        found = usable(*arguments)
        (folder / "ash/5.png").write_bytes(b"")
        return found

    monkeypatch.setattr(fird_dataset_builder, "usable_photographs", then_damage)
    with pytest.raises(UserError, match=r"ash/5\.png: changed after it was checked: empty file"):
        fird.prepare(data_dir=str(tmp_path / "data"), photos_dir=folder, workers=1)


def test_name_follows_content_and_options(folder):
    def name(**options):
        return fird.PhotosConfig(photos_dir=str(folder), **options).name

    first = name()
    assert first == name()
    assert first.startswith("photos_")
    assert len(first) == len("photos_") + 10
    names = {first, name(split_seed=1), name(bad_photos="skip")}
    os.utime(folder / "ash/0 a.jpg", ns=(1, 1))
    names.add(name())
    photo(folder / "ash/9.jpg")
    names.add(name())
    assert len(names) == 5


def test_split_seed_moves_fabrics(folder):
    photographs = fird.PhotosConfig(photos_dir=str(folder)).listing().photographs
    trains = {tuple(split_photographs(photographs, seed)["train"]) for seed in range(6)}
    assert len(trains) > 1


def test_csv_without_splits_equals_the_folder(folder, prepared, tmp_path):
    rows = [f'"{path.relative_to(tmp_path)}","{path.parent.name}"' for path in sorted(folder.rglob("*.jpg"))]
    splits = prepared(photos_csv=csv_file(tmp_path, "\ufeffpath,fabric\n" + "\n".join(rows)))
    assert {name: len(examples) for name, examples in splits.items()} == {
        "train": 10,
        "query": 4,
        "gallery": 6,
    }


GIVEN = """fabric,split,group,path
a,train,,ash/0 a.jpg
a,train,,ash/1 a.jpg
d,train,,木綿/0 a.jpg
d,train,,木綿/1 a.jpg
b,query,g1,ash/2 a.jpg
b,gallery,g1,ash/3 a.jpg
b,gallery,g2,ash/4 a.jpg
c,Gallery,,birch wood/0 a.jpg
"""


def test_csv_gives_splits_and_groups(folder, prepared, tmp_path):
    splits = prepared(photos_dir=folder, photos_csv=csv_file(tmp_path, GIVEN))
    assert ids(splits["train"]) == ["ash/0 a.jpg", "ash/1 a.jpg", "木綿/0 a.jpg", "木綿/1 a.jpg"]
    assert ids(splits["query"]) == ["ash/2 a.jpg"]
    assert ids(splits["gallery"]) == [
        "ash/3 a.jpg",
        "ash/4 a.jpg",
        "birch wood/0 a.jpg",
    ]  # c: a lone distractor
    groups = {e["image_id"].decode(): e["group"].decode() for examples in splits.values() for e in examples}
    assert [groups[f"ash/{i} a.jpg"] for i in range(5)] == ["", "", "g1", "g1", "g2"]


def test_csv_may_leave_query_and_gallery_open(folder, prepared, tmp_path):
    rows = [f"birch wood/{i} a.jpg,b,test" for i in range(5)]
    rows += [f"{fabric}/{i} a.jpg,{fabric},train" for fabric in ("ash", "木綿") for i in range(5)]
    splits = prepared(
        photos_dir=folder, photos_csv=csv_file(tmp_path, "path,fabric,split\n" + "\n".join(rows))
    )
    assert {name: len(examples) for name, examples in splits.items()} == {
        "train": 10,
        "query": 2,
        "gallery": 3,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"line 1: no column path and fabric; found nothing"),
        ("path,cloth\n", r"line 1: no column fabric; found path,cloth"),
        ("path,fabric,colour\n", r"line 1: unknown column 'colour'"),
        ("path,fabric,path\n", r"line 1: a column occurs twice"),
        ("path,fabric\na.jpg,a\nb.jpg,\n", r"line 3, column fabric: empty"),
        ("path,fabric\n,a\n", r"line 2, column path: empty"),
        ("path,fabric,split\na.jpg,a,train\nb.jpg,a,tset\n", r"line 3, column split: 'tset'; expected train"),
        ("path,fabric\na, b.jpg,a\n", r"line 2: more values than columns"),
        ('path,fabric\n"a.jpg,a\n', r"line \d: unexpected end of data"),
    ],
)
def test_wrong_csvs_are_refused_by_line_and_column(text, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        fird.prepare(photos_csv=csv_file(tmp_path, text))


def test_csv_of_another_encoding(tmp_path):
    path = tmp_path / "latin.csv"
    path.write_bytes("path,fabric\nä.jpg,a\n".encode("latin-1"))
    with pytest.raises(ValueError, match="not UTF-8 text"):
        fird.prepare(photos_csv=path)


def test_rows_that_repeat_a_file_are_listed(folder, tmp_path):
    text = (
        "path,fabric\n"
        + "".join(f"ash/{i} a.jpg,a\nbirch wood/{i} a.jpg,b\n" for i in range(3))
        + "ash/1 a.jpg,b\n"
    )
    with pytest.raises(BadPhotographsError, match=r"ash/1 a\.jpg: line 8 of photos\.csv repeats line 4"):
        fird.prepare(
            photos_dir=folder, photos_csv=csv_file(tmp_path, text), data_dir=str(tmp_path / "data"), workers=1
        )


def test_fabrics_in_train_and_test_are_refused(folder, tmp_path):
    text = "path,fabric,split\nash/0 a.jpg,a,train\nash/1 a.jpg,a,query\n"
    with pytest.raises(ValueError, match=r"Fabric 'a'.*'query', 'train'"):
        fird.prepare(
            photos_dir=folder, photos_csv=csv_file(tmp_path, text), data_dir=str(tmp_path / "data"), workers=1
        )
