"""How the report reads a study's folder, and what it tells of how the study was made."""

from dataclasses import replace

import pytest
from study.synthetic_study import evaluation, write_study

from fabric_retrieval.errors import UserError
from fabric_retrieval.study.evaluations import save
from fabric_retrieval.study.report import departures, intro, origin, record_tables
from fabric_retrieval.study.report.folder import read_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return read_study(write_study(tmp_path_factory.mktemp("study")))


def test_methods_stand_in_the_papers_order_and_the_main_ratio_among_them(study):
    order = ["alex", "softmax", "pair", "triplet", "triplet_semi_hard", "magnet", "focus_ranking"]
    assert list(study.methods) == order
    assert study.methods["focus_ranking"].ratio == 32
    assert list(study.ratios) == [1, 2, 4, 8, 16, 32]
    assert list(study.references) == ["rgb_histogram"]
    assert study.methods["pair"].seeds == [0, 1, 2]
    assert [group.trained for group in study.groups].count(False) == 2


def test_time_is_summed_by_kind_of_part(study):
    table = record_tables.timing(study)
    assert [
        row for row in table.rows if row[0] in ("train pair", "train focus ranking", "evaluation", "total")
    ] == [
        ["train pair", "2", "1 h 0 min"],
        ["train focus ranking", "1", "40 min 5 s"],
        ["evaluation", "2", "22 s"],
        ["total", "7", "2 h 1 min"],
    ]


@pytest.mark.parametrize(("photographs", "ready"), [(12_000, True), (1_600, False)])
def test_a_collection_that_was_not_drawn_is_said_to_be_missing_from_the_total(study, photographs, ready):
    """42.5 s on two cores: 12,000 photographs are 141 a second and core, 1,600 are 19, as fast as drawing."""
    splits = {"train": {"images": photographs // 2}, "query": {"images": photographs // 2}}
    more = {"fingerprints": {"fird/rendered": dict.fromkeys(splits, "ab")}, "images": splits}
    table = record_tables.timing(replace(study, settings=study.settings | more))
    assert (["fird/rendered, found ready", "1", "42 s"] in table.rows) == ready
    assert table.rows[-1][0] == ("total, without drawing what was found ready" if ready else "total")
    assert "photographs of fird/pretrain were drawn or found ready is not recorded" in table.note
    assert ("not in the total: fird/rendered." in table.note) == ready


def test_flags_that_differ_have_a_column_a_method(study):
    table, shared = record_tables.flags(study)
    assert table.head == ["flag", "pretraining", "pair", "focus ranking"]
    assert ["`--steps`", "900", "600", "600"] in table.rows
    assert shared == "--input_size=115"
    assert not any("configs" in name for name, _ in record_tables.settings(study).rows)


def test_weights_of_a_file_are_named_with_their_digest(study):
    digest = "0123456789abcdef" * 4
    other = replace(study, settings=study.settings | {"weights": f"bvlc_alexnet.npy, sha256 {digest}"})
    said = "the file `bvlc_alexnet.npy` (SHA-256 0123456789ab...)"
    assert f"initial weights: {said}. " in intro.difference(other)
    assert f"Initial weights of all methods: {said}." in origin.origin(other)
    assert "fird/pretrain" not in intro.difference(other) + origin.origin(other)


def test_the_letter_that_the_training_leaves_is_told_by_its_flags(study):
    paper = {
        "embedding_norm": "none",
        "distance_scale": 1.0,
        "reduction": "sum",
        "units": "independent",
        "dropout": 0.5,
        "feature_norm": "same",
    }
    ours = {"embedding_norm": "l2", "distance_scale": 10.0, "dropout": 0.0, "schedule": "cosine"}
    magnet = {"refresh_every": 50, "clusters_per_fabric": 1}
    configs = {"pair": paper, "focus_ranking": paper | ours, "magnet": paper | magnet}

    def told(**configs):
        return departures.departures(replace(study, settings={"configs": configs}))

    assert told(pair=paper, magnet=paper) == []
    assert told(**configs) == [
        ("embeddings of unit length in the loss, not as the network gives them", ["focus ranking"]),
        ("distances in the loss times 10", ["focus ranking"]),
        ("dropout 0, not AlexNet's 0.5", ["focus ranking"]),
        (
            "a cosine schedule of the learning rate, where the paper gives its first value only",
            ["focus ranking"],
        ),
        ("features of unit length when they are searched", ["focus ranking"]),
    ]
    other = replace(study, settings={"configs": configs})
    assert "not the paper's letter either: embeddings of unit length in the loss" in intro.difference(other)
    (sentence,) = departures.images_seen(other)
    assert "without gradients every 50 steps, to find its clusters anew (1 a fabric)" in sentence
    assert "letter" not in intro.difference(replace(study, settings={}))


def test_the_shares_of_training_and_test_fabrics_are_told(study):
    images = {"train": {"fabrics": 1075}, "gallery": {"fabrics": 430}}
    said = intro.difference(replace(study, settings=study.settings | {"images": images}))
    assert "1,075 fabrics to train on and 430 to test, 2.5 to 1, in the paper 1 to 1" in said
    more = {"images": images, "configs": {"pair": {"holdout": 0.1}, "alex": {"holdout": 0.1}}}
    said = intro.difference(replace(study, settings=study.settings | more))
    assert "1,075 fabrics to train on (10 % of them held out) and 430 to test" in said


def test_one_rate_of_all_ratios_is_told_only_where_it_was_chosen_at_one(study):
    assert origin.ratios_rate(study) == "all ratios at the learning rate chosen at 1:32, 0.01"
    assert origin.ratios_rate(replace(study, search=[])) == ""
    ratios = study.ratios | {1: study.ratios[1]._replace(learning_rate=0.5)}
    assert origin.ratios_rate(replace(study, ratios=ratios)) == ""


def test_what_cannot_be_reported_is_named(tmp_path):
    with pytest.raises(UserError, match="is no folder"):
        read_study(tmp_path / "none")
    with pytest.raises(UserError, match="holds no evaluation"):
        read_study(tmp_path)
    study = write_study(tmp_path, ("pair",), seeds=1, ratios=(), extras=False)
    other = evaluation("alex", 0.5, fabrics=9)
    save(other, study / "evaluations" / "alex.npz")
    with pytest.raises(UserError, match="alex-seed0 and pair-seed0 have different queries"):
        read_study(study)
    (study / "evaluations" / "alex.npz").write_bytes(b"no archive")
    with pytest.raises(UserError, match="cannot be read"):
        read_study(study)


def test_of_several_learning_rates_the_chosen_one_is_reported(tmp_path):
    for rate in (0.001, 0.01):
        one = evaluation("pair", 10 * rate, rate=rate, fabrics=9)
        one.about["name"] = f"pair-lr{rate}"
        save(one, tmp_path / "evaluations" / f"pair-lr{rate}.npz")
    with pytest.raises(UserError, match=r"pair .* several learning rates"):
        read_study(tmp_path)
    columns = "method,ratio,learning_rate,seed,held_out_map,chosen"
    (tmp_path / "search.csv").write_text(f"{columns}\npair,,0.001,0,0.2,True\npair,,0.01,0,0.1,False\n")
    assert read_study(tmp_path).methods["pair"].learning_rate == 0.001
