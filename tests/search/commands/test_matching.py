"""Searching by fabric or by pattern, and with several views."""

import json
import shutil

import numpy as np
import pytest
from absl import flags
from PIL import Image

from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.embedder import Embedder
from fabric_retrieval.search.adding import add_folder
from fabric_retrieval.search.commands import search as command
from fabric_retrieval.search.creating import create_for_model, held_out
from fabric_retrieval.search.describer import open_model
from fabric_retrieval.search.matching import check_pattern_index
from fabric_retrieval.search.views import MOST


@pytest.fixture(scope="module")
def pattern_model(small_run, tmp_path_factory):
    """The run's model, as if it had been trained for patterns."""
    folder = tmp_path_factory.mktemp("pattern") / "saved_model"
    shutil.copytree(small_run / "saved_model", folder)
    metadata = json.loads((folder / "metadata.json").read_text())
    (folder / "metadata.json").write_text(json.dumps(metadata | {"match": "pattern"}))
    return folder


@pytest.fixture(scope="module")
def pattern_index(pattern_model, photographs, tmp_path_factory):
    """Location of an index of all photographs by that model."""
    location = tmp_path_factory.mktemp("patterns") / "index"
    with create_for_model(location, pattern_model) as index:
        add_folder(index, photographs, lambda: open_model(pattern_model))
    return location


@pytest.fixture
def answers(sure_index, capsys):
    """The answers of a command line, parsed."""

    def call(*arguments):
        values = flags.FlagValues()
        command.define_flags(values)
        line = ["fabric-search", f"--index={sure_index}", "--json", *map(str, arguments)]
        command.search(values(line)[1:], values)
        return json.loads(capsys.readouterr().out)

    return call


def test_an_index_knows_what_its_model_was_trained_for(small_run, pattern_model, tmp_path):
    with create_for_model(tmp_path / "one", small_run / "saved_model") as index:
        assert index.settings["match"] == "fabric"
        with pytest.raises(UserError, match="not trained for patterns"):
            check_pattern_index(index)
    with create_for_model(tmp_path / "other", pattern_model) as index:
        assert index.settings["match"] == "pattern"
        check_pattern_index(index)


def test_held_out_photographs_of_ones_own_are_judged_by_fabric(small_run, pattern_model, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(small_run, run, ignore=shutil.ignore_patterns("saved_model", "features"))
    shutil.copytree(pattern_model, run / "saved_model")
    for split, part in held_out(run).items():
        assert part.fabrics.tolist() == held_out(small_run)[split].fabrics.tolist()


def test_match_says_which_index_is_asked(answers, photographs, pattern_index, small_run, pattern_model):
    photograph, patterns = photographs / "cloth-05/2.jpg", f"--pattern_index={pattern_index}"
    for arguments, match, model in (
        ([], "fabric", small_run / "saved_model"),
        (["--match=fabric", patterns], "fabric", small_run / "saved_model"),
        (["--match=pattern", patterns], "pattern", pattern_model),
    ):
        found = answers(photograph, *arguments)
        assert (found["match"], found["model"]) == (match, Embedder(model).fingerprint)
        assert found["answers"][0]["fabrics"][0]["fabric"] == "cloth-05"


def test_without_an_index_of_patterns_it_says_what_is_needed(answers, photographs, sure_index):
    with pytest.raises(UserError, match=r"--match=pattern needs --pattern_index.*configs/pattern\.flags"):
        answers(photographs / "cloth-05/2.jpg", "--match=pattern")
    with pytest.raises(UserError, match="not trained for patterns"):
        answers(photographs / "cloth-05/2.jpg", "--match=pattern", f"--pattern_index={sure_index}")


def test_with_four_views_it_does_not_matter_how_the_cloth_lies(answers, photographs, tmp_path):
    upright, turned = tmp_path / "upright.png", tmp_path / "turned.png"
    with Image.open(photographs / "cloth-05/2.jpg") as image:
        image.save(upright)
        image.transpose(Image.Transpose.ROTATE_90).save(turned)

    def distances(path, views):
        found = answers(path, f"--views={views}", "--k=96")
        assert found["views"] == views
        images = [image for fabric in found["answers"][0]["fabrics"] for image in fabric["images"]]
        return np.array([image["distance"] for image in sorted(images, key=lambda image: image["id"])])

    one, four = (np.abs(distances(upright, views) - distances(turned, views)).mean() for views in (1, 4))
    assert four < 0.1 * one  # not 0: views are JPEGs


def test_each_of_several_photographs_has_its_own_views(answers, photographs):
    paths = [photographs / f"cloth-{number:02d}/1.jpg" for number in range(12)]
    together = answers(*paths, f"--views={MOST}")["answers"]
    for path, answer in list(zip(paths, together, strict=True))[::5]:
        (alone,) = answers(path, f"--views={MOST}")["answers"]
        assert answer["photograph"] == alone["photograph"]
        assert answer["fabrics"][0]["distance"] == pytest.approx(alone["fabrics"][0]["distance"], abs=1e-5)
