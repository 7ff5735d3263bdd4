"""fabric-search: tables, JSON and pictures of answers, and what it says of photographs that it cannot use."""

import io
import json

import numpy as np
import pytest
import tensorflow as tf
from absl import flags
from PIL import Image

from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.embedder import Embedder
from fabric_retrieval.search import montage
from fabric_retrieval.search.commands import search as command


@pytest.fixture
def ask(sure_index):
    """Calls the command; returns the bad photographs."""

    def call(*arguments):
        values = flags.FlagValues()
        command.define_flags(values)
        paths = values(["fabric-search", f"--index={sure_index}", *map(str, arguments)])[1:]
        return command.search(paths, values)

    return call


@pytest.fixture
def answers(ask, capsys):
    """The answers, parsed."""

    def call(*arguments):
        ask("--json", *arguments)
        return json.loads(capsys.readouterr().out)

    return call


def test_a_photograph_of_the_catalogue_finds_itself(answers, photographs, small_run):
    path = photographs / "cloth-05/2.jpg"
    found = answers(path, "--k=96")
    assert found["model"] == Embedder(small_run / "saved_model").fingerprint
    (answer,) = found["answers"]
    assert answer["photograph"] == str(path)
    first = answer["fabrics"][0]
    assert (first["rank"], first["fabric"], first["distance"]) == (1, "cloth-05", pytest.approx(0, abs=1e-6))
    assert first["images"][0]["id"] == "cloth-05/2.jpg"
    assert first["images"][0]["metadata"]["path"] == "cloth-05/2.jpg"
    assert 0 < answer["sureness"] < 1
    assert 0 < answer["in_catalogue"] < 1
    assert answer["none_of_ours"] == (answer["in_catalogue"] < 0.5)


def test_fabrics_are_ranked_as_by_brute_force(answers, photographs, small_run):
    query, files = photographs / "cloth-11/0.jpg", sorted(photographs.rglob("*.jpg"))
    embedder = Embedder(small_run / "saved_model")
    vectors = np.concatenate([embedder(tf.constant([path.read_bytes()])) for path in [query, *files]])
    distances = ((vectors[1:].astype(np.float64) - vectors[0]) ** 2).sum(1)
    near = np.argsort(distances, kind="stable")[:10]
    expected = {}
    for row in near:
        expected.setdefault(files[row].parent.name, []).append(distances[row])

    (answer,) = answers(query, "--k=10")["answers"]
    assert [fabric["fabric"] for fabric in answer["fabrics"]] == list(expected)
    for fabric, own in zip(answer["fabrics"], expected.values(), strict=True):
        assert fabric["near"] == len(own)
        assert [image["distance"] for image in fabric["images"]] == pytest.approx(own, rel=1e-2, abs=1e-5)


def side_by_side(photographs, path):
    """A picture of two cloths, cloth-03 left and cloth-08 right, each 96 x 96."""
    picture = Image.new("RGB", (192, 96))
    for left, name in ((0, "cloth-03/1.jpg"), (96, "cloth-08/2.jpg")):
        with Image.open(photographs / name) as image:
            picture.paste(image, (left, 0))
    picture.save(path)
    return path


@pytest.mark.parametrize(
    ("crop", "best"), [("0,0,96,96", "cloth-03/1.jpg"), ("96,0,96,96", "cloth-08/2.jpg")]
)
def test_a_region_is_what_is_searched(answers, photographs, tmp_path, crop, best):
    found = answers(side_by_side(photographs, tmp_path / "two.png"), f"--crop={crop}")
    assert found["crop"] == [int(number) for number in crop.split(",")]
    assert found["answers"][0]["fabrics"][0]["images"][0]["id"] == best


def test_a_table_for_people(ask, photographs, capsys):
    assert ask(photographs / "cloth-05/2.jpg", photographs / "cloth-06/0.jpg", "--k=12") == []
    first, second = capsys.readouterr().out.split("\n\n")
    for text, name in ((first, "cloth-05"), (second, "cloth-06")):
        lines = text.splitlines()
        assert lines[0].startswith(f"{photographs / name}")
        assert lines[1].split() == ["rank", "fabric", "distance", "sure", "images", "near"]
        assert lines[2].split()[:2] == ["1", name]
        assert sum(int(line.split()[-1]) for line in lines[2:]) == 12


def test_bad_photographs_are_told_and_the_others_answered(ask, photographs, tmp_path, capsys):
    (tmp_path / "letter.jpg").write_text("dear")
    bad = ask(tmp_path / "letter.jpg", photographs / "cloth-05/2.jpg", tmp_path / "none.jpg")
    assert [path for path, _ in bad] == [str(tmp_path / "letter.jpg"), str(tmp_path / "none.jpg")]
    assert "not a JPEG" in bad[0][1]
    assert bad[1][1] == "cannot be read (No such file or directory)"
    assert capsys.readouterr().out.startswith(str(photographs / "cloth-05/2.jpg"))


def test_bad_photographs_are_in_the_json_too(answers, tmp_path):
    (tmp_path / "letter.jpg").write_text("dear")
    found = answers(tmp_path / "letter.jpg")
    assert found["answers"] == []
    assert [bad["photograph"] for bad in found["not_searched"]] == [str(tmp_path / "letter.jpg")]


def test_a_region_outside_is_told_with_the_size(ask, photographs):
    ((_, reason),) = ask(photographs / "cloth-05/2.jpg", "--crop=50,50,60,60")
    assert "96x96" in reason
    with pytest.raises(UserError, match="four whole numbers"):
        ask(photographs / "cloth-05/2.jpg", "--crop=50,50")


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_a_montage_has_a_line_a_photograph(ask, answers, photographs, tmp_path, ending):
    paths = [photographs / "cloth-05/2.jpg", photographs / "cloth-06/0.jpg"]
    fabrics = [len(answer["fabrics"]) for answer in answers(*paths)["answers"]]
    ask(*paths, f"--montage={tmp_path / 'found'}.{ending}")
    with Image.open(tmp_path / f"found.{ending}") as picture:
        step = montage.SIDE + montage.GAP
        columns = 1 + min(8, max(fabrics))
        assert picture.size == (
            columns * step + 2 * montage.GAP,
            montage.GAP + 2 * (step + montage.CAPTION),
        )
        shown = np.asarray(picture.convert("RGB"), int)
    for line, path in enumerate(paths):
        with Image.open(path) as image:
            expected = np.asarray(image.resize((montage.SIDE, montage.SIDE), Image.Resampling.LANCZOS), int)
        top = montage.GAP + line * (step + montage.CAPTION)
        for left in (montage.GAP, 2 * montage.GAP + step):  # itself, and itself as the first that was found
            square = shown[top : top + montage.SIDE, left : left + montage.SIDE]
            assert np.abs(square - expected).mean() < 12
    assert [path.name for path in tmp_path.iterdir()] == [f"found.{ending}"]


@pytest.mark.parametrize("name", ["found.gif", "found", "missing/found.png", "folder.png"])
def test_a_montage_that_cannot_be_written_is_refused_first(ask, photographs, tmp_path, name):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(UserError, match="--montage="):
        ask(photographs / "cloth-05/2.jpg", f"--montage={tmp_path / name}")


def test_photographs_that_are_gone_are_grey_in_a_montage():
    sheet = montage.draw([montage.Row(Image.new("RGB", (40, 20), "red"), "query", [(None, "gone")])])
    pixels = np.asarray(sheet)
    left = 2 * montage.GAP + montage.SIDE + montage.GAP
    square = pixels[montage.GAP : montage.GAP + montage.SIDE, left : left + montage.SIDE]
    assert (square == 200).all()
    # A wide picture stands in the middle of its square.
    rows = (pixels[montage.GAP : montage.GAP + montage.SIDE, montage.GAP] == (255, 0, 0)).all(-1)
    assert np.flatnonzero(rows).tolist() == list(range(50, 150))


def test_captions_stay_below_their_pictures():
    row = montage.Row(Image.new("RGB", (9, 9)), "x" * 500, [(None, "y\n" * 9)])
    pixels = np.asarray(montage.draw([row]))
    below = pixels[montage.GAP + montage.SIDE :]
    assert (below[:, montage.GAP : montage.GAP + montage.SIDE] < 128).any()
    assert (below[:, montage.GAP + montage.SIDE : 2 * montage.GAP + montage.SIDE] == 255).all()


def test_json_and_montage_exclude_each_other(sure_index):
    values = flags.FlagValues()
    command.define_flags(values)
    with pytest.raises(flags.IllegalFlagValueError, match="either --json or --montage"):
        values(["fabric-search", f"--index={sure_index}", "--json", "--montage=found.png"])


def test_the_content_says_what_a_photograph_is_not_the_name(answers, photographs, tmp_path):
    with Image.open(photographs / "cloth-05/2.jpg") as image:
        file = io.BytesIO()
        image.save(file, "PNG")
    (tmp_path / "really.jpg").write_bytes(file.getvalue())
    (answer,) = answers(tmp_path / "really.jpg")["answers"]
    assert answer["fabrics"][0]["images"][0]["id"] == "cloth-05/2.jpg"
