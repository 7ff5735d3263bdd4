"""Judging by pattern, against a table worked out by hand."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

import fird
from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation import retrieval_metrics
from fabric_retrieval.evaluation.by_pattern import Patterns
from fabric_retrieval.evaluation.features import Features
from fabric_retrieval.evaluation.run import evaluate

CONFIG = {
    "out_dir": None,
    "dims": [],
    "ks": [1, 2],
    "ties": "break",
    "seed": 0,
    "bootstrap": 10,
    "kmeans_restarts": 1,
    "batch_size": 8,
    "references": [],
}
# Fabrics a, b and c are colourways of one pattern; d and e differ in their weave; f is of no family.
FAMILY = {"a": "a", "b": "a", "c": "a", "d": "d", "e": "d", "f": ""}
DIFFERS_IN = {"a": "colourway", "b": "colourway", "c": "colourway", "d": "weave", "e": "weave", "f": ""}
# (fabric, place on a line), by ascending id
QUERY = [("a", 0.0), ("d", 10.0)]
GALLERY = [("a", 0.1), ("b", 2.0), ("c", 4.0), ("d", 3.0), ("f", 1.0)]


class OnALine:
    """As much of a builder as facts are read from."""

    def __init__(self, splits):
        self._columns = {
            split: {
                "image": [b""] * len(images),
                "image_id": [f"{split}/{number}" for number in range(len(images))],
                "fabric": [fabric for fabric, _ in images],
                "family": [FAMILY[fabric] for fabric, _ in images],
                "differs_in": [DIFFERS_IN[fabric] for fabric, _ in images],
            }
            for split, images in splits.items()
        }
        self.info = SimpleNamespace(splits=splits)

    def as_dataset(self, split, decoders=None, shuffle_files=False):
        return tf.data.Dataset.from_tensor_slices(self._columns[split])


def features(images, split):
    fabrics = np.array([fabric for fabric, _ in images])
    ids = np.array([f"{split}/{number}" for number in range(len(images))])
    places = np.array([[place] for _, place in images], np.float32)
    return Features(
        places, np.unique(fabrics, return_inverse=True)[1], ids, fabrics, np.full(len(images), "")
    )


def measured(query, gallery):
    patterns = Patterns.read(OnALine({"query": query, "gallery": gallery}))
    parts = {"query": features(query, "query"), "gallery": features(gallery, "gallery")}
    parts = patterns.judge(parts)
    one, other = parts["query"], parts["gallery"]
    return patterns, retrieval_metrics(
        one.features,
        one.labels,
        other.features,
        other.labels,
        (1, 2),
        one.ids,
        other.ids,
        query_groups=one.groups,
        gallery_groups=other.groups,
        bootstrap=0,
    )


def test_other_colourways_are_right_and_the_own_fabric_does_not_count():
    patterns, found = measured(QUERY, GALLERY)
    # a at 0: its own at 0.1 is left out; then f at 1, b at 2, d at 3, c at 4. b has rank 2, c rank 4.
    # d at 10: its own is left out, and e, of another weave, is another pattern: no answer, in no mean.
    assert found["map"] == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert (found["recall@1"], found["recall@2"], found["hit_rate@2"]) == (0, 1 / 2, 1)
    assert (found["queries"], found["queries_without_relevant"]) == (1, 1)
    assert patterns.answerable().tolist() == [True, False]


def test_a_fabric_of_another_weave_is_wrong():
    _, found = measured([("d", 0.0), ("a", 9.0)], [("d", 0.0), ("e", 1.0), ("b", 3.0)])
    # d has no answer; a at 9 finds b at 3 first, before e and d.
    assert (found["queries"], found["map"]) == (1, 1)


def test_colourways_that_were_trained_on_are_told():
    patterns = Patterns.read(OnALine({"train": [("c", 0), ("e", 0)], "query": QUERY, "gallery": GALLERY}))
    assert patterns.trained_on().tolist() == [True, False]


def run_evaluation(collection, run_dir, trained_for=None, **changes):
    if trained_for:
        path = run_dir / "saved_model/metadata.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"match": trained_for}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fird, "prepare", lambda **data: collection)
        config = SimpleNamespace(run_dir=run_dir, **(CONFIG | {"match": None} | changes))
        return evaluate(config, {}, other=True)


def make_colourways(collection):
    """Test fabrics 6 and 7, and 8 and 9, are colourways of one pattern each; 10 and 11 of none."""
    for examples in collection.examples.values():
        for example in examples:
            first = example["label"] // 2 * 2
            known = example["label"] in (6, 7, 8, 9)
            example["family"] = f"fabric-{first}" if known else ""
            example["differs_in"] = "colourway" if known else ""


def test_a_run_for_patterns_is_measured_by_pattern(collection, run_dir, capsys):
    make_colourways(collection)
    results = run_evaluation(collection, run_dir, trained_for="pattern")
    (row,) = results["rows"]
    assert (row["queries"], row["queries_without_relevant"]) == (8, 4)
    assert row["hit_rate@1"] < 1  # by colour, other colourways are not nearest
    assert results["settings"]["match"] == "pattern"
    assert row["kmeans"]["clusters"] == 4  # patterns
    assert "Judged by pattern" in capsys.readouterr().out
    assert "match" in results["definitions"]
    assert run_evaluation(collection, run_dir, match="fabric")["rows"][0]["queries"] == 12


def test_where_no_colourways_are_known_it_is_measured_by_fabric(collection, run_dir):
    by_fabric = run_evaluation(collection, run_dir, match="fabric")
    results = run_evaluation(collection, run_dir, trained_for="pattern")
    assert results["rows"] == by_fabric["rows"]
    assert any("no colourways are known" in note for note in results["notes"])
    with pytest.raises(UserError, match=r"--match=pattern: of none of the 12 queries"):
        run_evaluation(collection, run_dir, match="pattern")
