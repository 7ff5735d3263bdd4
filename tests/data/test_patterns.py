"""Patterns: by a table, and as a run is trained on them."""

from pathlib import Path

import numpy as np
import pytest

import fird
from fabric_retrieval.data.collection import load_collection
from fabric_retrieval.data.patterns import judged_by_pattern, patterns
from fabric_retrieval.flags import training_config
from fabric_retrieval.rendering.collection import COLLECTIONS
from fabric_retrieval.training.setup import load_material

FABRICS = np.array(["a", "b", "c", "d", "e"])
FAMILY = np.array(["a", "a", "c", "c", ""])
DIFFERS_IN = np.array(["colourway", "colourway", "weave", "weave", ""])


def test_only_colourways_share_a_pattern():
    assert patterns(FABRICS, FAMILY, DIFFERS_IN).tolist() == ["a", "a", "c", "d", "e"]


def test_other_colourways_are_the_answers_where_some_are_known():
    groups = np.array(["", "", "g", "g", ""])
    classes, apart = judged_by_pattern(FABRICS, groups, patterns(FABRICS, FAMILY, DIFFERS_IN))
    assert (classes.tolist(), apart.tolist()) == (["a", "a", "c", "d", "e"], FABRICS.tolist())


def test_without_colourways_all_stays_as_it_was():
    alone = np.array(["b", "c", "d"])  # of the family of a, but the only one there
    of_pattern = patterns(alone, FAMILY[1:4], DIFFERS_IN[1:4])
    assert of_pattern.tolist() == ["a", "c", "d"]
    classes, apart = judged_by_pattern(alone, np.array(["", "g", "g"]), of_pattern)
    assert (classes.tolist(), apart.tolist()) == (alone.tolist(), ["", "g", "g"])


@pytest.fixture(scope="module")
def material(tiny_collections):
    """Functions of --match to the training material of the tiny collection."""

    def load(match):
        arguments = ("--dataset=fird/rendered_tiny", f"--data_dir={tiny_collections}", "--run_dir=x")
        arguments += ("--input_size=67", "--holdout=0")
        return load_material(training_config(*arguments, f"--match={match}"))

    return load


def test_a_run_for_patterns_has_one_class_for_all_colourways(material):
    by_fabric, by_pattern = material("fabric"), material("pattern")
    np.testing.assert_array_equal(by_fabric.images.image_ids, by_pattern.images.image_ids)
    drawn = COLLECTIONS["rendered_tiny"]
    of_pattern = []
    for fabric in by_fabric.images.fabrics.tolist():
        family, differs_in = drawn.family(int(fabric))
        of_pattern.append(family if differs_in == "colourway" else fabric)
    _, expected = np.unique(of_pattern, return_inverse=True)
    assert len(by_pattern.index) == len(by_fabric.index) - 1  # two of its six training fabrics are colourways
    np.testing.assert_array_equal(by_pattern.labels, expected)


def test_images_of_a_fabric_are_a_group_then(tiny_collections, tmp_path):
    builder = fird.prepare("fird/rendered_tiny", data_dir=str(tiny_collections))
    plain = load_collection(builder, "train", 40, cache_dir=tmp_path)
    images = load_collection(builder, "train", 40, cache_dir=tmp_path, match="pattern")
    np.testing.assert_array_equal(images.groups, plain.fabrics)
    assert (plain.groups == "").all()


def test_the_configuration_is_the_best_one_but_for_its_colours(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[2])
    best, own = (
        vars(training_config(f"--flagfile=configs/{name}.flags", "--run_dir=x"))
        for name in ("best", "pattern")
    )
    changed = {"match": "pattern", "grey": True, "augment_colour": 1.0}
    assert {name: own[name] for name in own if own[name] != best[name]} == changed | {"taps": own["taps"]}
    assert [tap for tap in best["taps"].split(",") if tap not in ("colours", "images")] == own["taps"].split(
        ","
    )
