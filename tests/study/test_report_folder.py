"""How the report reads a study's folder, and what it tells of how the study was made."""

from dataclasses import replace

import pytest
from study.synthetic_study import evaluation, write_study

from fabric_retrieval.errors import UserError
from fabric_retrieval.study.evaluations import save
from fabric_retrieval.study.report import intro, origin, record_tables
from fabric_retrieval.study.report.folder import read_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return read_study(write_study(tmp_path_factory.mktemp("study")))


def test_methods_stand_in_the_papers_order_and_the_main_ratio_among_them(study):
    order = ["alex", "softmax", "pair", "magnet", "triplet", "triplet_semi_hard", "focus_ranking"]
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
        ["train pair", "2", "1 h 00 min"],
        ["train focus ranking", "1", "40 min 05 s"],
        ["evaluation", "2", "22.0 s"],
        ["total", "7", "2 h 01 min"],
    ]


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
    assert f"initial weights: {said}. So" in intro.difference(other)
    assert f"Initial weights of all methods: {said}." in origin.origin(other)
    assert "fird/pretrain" not in intro.difference(other) + origin.origin(other)


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
