"""The difficulty table on six images whose neighbours are seen at a glance, and on fird/rendered_tiny."""

import json

import numpy as np
import pytest

from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation import difficulty_report as report
from fabric_retrieval.evaluation.by_factor import bins_of, measure, relatives_in_gallery, top_1_errors
from fabric_retrieval.evaluation.difficulty import _write, difficulty
from fabric_retrieval.evaluation.drawn import DrawnTestHalf
from fabric_retrieval.evaluation.factors import Facts, factors, terciles
from fabric_retrieval.evaluation.features import Features
from fabric_retrieval.evaluation.judgements import Judgements
from fabric_retrieval.evaluation.references import references
from fabric_retrieval.reference_rows import NAMES

# Fabrics on a line; "a" and "b" are of one family, "c" of another whose relatives are elsewhere, "d" of none.
QUERIES = [("a", 0.9), ("b", 1.0), ("c", 5.4), ("d", 8.0)]
GALLERY = [("a", 0.0), ("b", 1.0), ("c", 7.0), ("d", 5.0)]
FAMILIES = {"a": "f", "b": "f", "c": "g", "d": ""}
DIFFERS = {"a": "colourway", "b": "colourway", "c": "motif scale", "d": ""}


def side(images, split, **conditions):
    names = np.array([fabric for fabric, _ in images])
    features = Features(
        np.array([[place] for _, place in images], np.float32),
        np.array(["abcd".index(fabric) for fabric in names]),
        np.array([f"{split}{number}" for number in range(len(images))]),
        names,
        np.full(len(images), ""),
    )
    facts = Facts(
        {name: np.array(values, float) for name, values in conditions.items()},
        names,
        np.array([FAMILIES[fabric] for fabric in names]),
        np.array([DIFFERS[fabric] for fabric in names]),
    )
    return features, facts


def judge(queries, gallery):
    pairs = zip((queries.labels, queries.ids), (gallery.labels, gallery.ids), strict=True)
    return Judgements(*(column for pair in pairs for column in pair), None, None)


@pytest.fixture
def case():
    queries, query_facts = side(QUERIES, "q", scale=[1, 2, 3, 4], wrinkle=[0.1, 0.2, 0.3, np.nan])
    gallery, gallery_facts = side(GALLERY, "g", scale=[2, 2, 1, 1], wrinkle=[0.5, 0, 0, 0])
    return queries, gallery, query_facts, gallery_facts, judge(queries, gallery)


def test_first_neighbours_and_whose_they_are(case):
    # a's first neighbour is b (its family); c's is d; d's is c; b's is right.
    assert top_1_errors(*case) == {
        "errors": 3 / 4,
        "neighbour_of_query's_family": 1 / 3,
        "query_in_a_family": 2 / 3,
        "query_with_relatives": 1 / 3,
        "all_queries_in_a_family": 3 / 4,
        "all_queries_with_relatives": 2 / 4,
    }


def test_without_errors_shares_are_none(case):
    _, gallery, _, gallery_facts, _ = case
    found = top_1_errors(
        gallery._replace(ids=np.array(list("wxyz"))), gallery, gallery_facts, gallery_facts, case[-1]
    )
    assert found["errors"] == 0
    assert found["query_in_a_family"] is None


def test_relatives_are_other_fabrics(case):
    assert relatives_in_gallery(*case[2:4]).tolist() == [True, True, False, False]


def test_measures_of_bins(case):
    queries, gallery, _, _, judgements = case
    bins = [("made", "a and b", np.array([1, 1, 0, 0], bool)), ("made", "none", np.zeros(4, bool))]
    rows = measure("line", queries, gallery, bins, judgements, bootstrap=50)
    # The only answer comes first for b, second for the others.
    assert [(row["bin"], row["queries"], row["recall@1"], row["map"]) for row in rows] == [
        ("", 4, 0.25, (0.5 + 1 + 0.5 + 0.5) / 4),
        ("a and b", 2, 0.5, 0.75),
    ]
    low, high = rows[0]["map_ci95"]
    assert 0.5 <= low <= rows[0]["map"] <= high <= 1


def test_factors_against_hand_worked_pairs():
    queries, ours = side(
        [("a", 0)],
        "q",
        scale=[4],
        rotation_degrees=[350],
        wrinkle=[0.3],
        light_temperature_kelvin=[5000],
        exposure_stops=[-0.5],
        light_elevation_degrees=[30],
        illuminance_lux=[100],
    )
    gallery, theirs = side(
        [("a", 0), ("a", 1), ("b", 0)],
        "g",
        scale=[1, 16, 100],
        rotation_degrees=[10, 170, 0],
        wrinkle=[0.1, 0.9, 0.5],
        light_temperature_kelvin=[2500, 5000, 1],
        exposure_stops=[0.5, -1, 9],
        light_elevation_degrees=[30, 40, 0],
        illuminance_lux=[40, 1000, 1],
    )
    found, notes = factors(ours, theirs, judge(queries, gallery))
    expected = {"scale": 4, "rotation": (20 + 180) / 2, "wrinkle": (0.3 + 0.9) / 2}
    expected |= {"light_colour": (200 + 0) / 2, "exposure": (1 + 0.5) / 2, "light_height": 5}
    expected |= {"illuminance": (40 + 100) / 2}
    assert {name: values.item() for name, values in found.items()} == pytest.approx(expected)
    assert notes == ["light_softness: left out, light_ambient is not known of all images."]


def test_a_condition_that_is_unknown_of_one_image_is_left_out(case):
    _, _, ours, theirs, judgements = case
    bins, notes = bins_of(ours, theirs, judgements)
    assert {factor for factor, *_ in bins} == {"scale", "family", "differs_in"}
    assert any(note.startswith("wrinkle: left out") for note in notes)
    members = {(factor, label): where.tolist() for factor, label, where in bins}
    assert members["family", "member, none in the gallery"] == [False, False, True, False]
    assert members["differs_in", "colourway"] == [True, True, False, False]
    assert members["differs_in", "motif scale"] == [False, False, True, False]


def test_terciles_hold_a_third_each_and_no_unknown():
    values = np.array([5.0, 1, 2, np.nan, 3, 4, 6])
    assert [values[where].tolist() for _, _, where in terciles(values)] == [[1, 2], [3, 4], [5, 6]]
    assert [(low, high) for low, high, _ in terciles(np.ones(4))] == [(1, 1)]


def test_verdicts_name_what_is_not_met():
    rows = [
        {"row": "rgb_histogram", "factor": "all", "recall@16": 0.4},
        {"row": "gist", "factor": "all", "recall@16": 0.8},
        {"row": "untrained", "factor": "all", "recall@16": 0.9},
    ]
    errors = {
        "rgb_histogram": {
            "query_in_a_family": 0.6,
            "neighbour_of_query's_family": 0.2,
            "all_queries_in_a_family": 0.5,
        }
    }
    lines = report.verdicts(rows, errors)
    assert [line.split(":")[0] for line in lines] == ["met", "NOT MET", "met", "NOT MET"]
    assert "(gist)" in lines[1]


def test_every_row_on_a_prepared_collection(tiny_collections, tmp_path, capsys):
    import fird

    builder = fird.prepare("fird/rendered_tiny", data_dir=str(tiny_collections))
    rows = references(builder, NAMES, workers=2)
    results = difficulty(builder, rows, tmp_path / "features", bootstrap=20)
    _write(results, tmp_path)
    stored = json.loads((tmp_path / "results.json").read_text())
    assert stored["data"]["images"] == {"query": 13, "gallery": 20}
    overall = {row["row"]: row for row in stored["rows"] if row["factor"] == "all"}
    assert list(overall) == list(NAMES)
    assert all(0 < row["map"] <= 1 for row in overall.values())
    lines = (tmp_path / "results.csv").read_text().splitlines()
    assert len(lines) == 1 + 3 * len(stored["rows"])
    printed = capsys.readouterr().out
    assert all(name in printed for name in (*NAMES, "rotation", "errors", "meant to be"))


def test_drawn_test_half_is_that_of_the_builder(tiny_collections):
    import fird
    from fabric_retrieval.data.collection import encoded_images

    builder = fird.prepare("fird/rendered_tiny", data_dir=str(tiny_collections))
    collection = builder.builder_config.collection
    drawn = DrawnTestHalf(collection, workers=1)
    for split in ("query", "gallery"):
        images = [
            {example["image_id"].decode(): example["image"] for example in examples}
            for examples in (encoded_images(source, split).as_numpy_iterator() for source in (builder, drawn))
        ]
        assert images[0] == images[1]
    # It has no training images.
    with pytest.raises(UserError, match=r"nothing to measure\. sift_bow: left out"):
        difficulty(drawn, references(drawn, ["sift_bow"]))
