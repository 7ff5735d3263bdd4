"""The claims' verdicts on studies whose answer is known."""

import numpy as np
import pytest
from study.synthetic_study import CLASSIFIED_KEPT, LEVELS, METRIC_KEPT, RATIOS, write_study

from fabric_retrieval.study.evaluations import load, load_all, save
from fabric_retrieval.study.report import verdicts
from fabric_retrieval.study.report.all_claims import all_claims
from fabric_retrieval.study.report.claims import rows, shown
from fabric_retrieval.study.report.folder import read_study
from fabric_retrieval.study.report.intervals import Draws
from fabric_retrieval.study.report.measured import Measured
from fabric_retrieval.study.report.verdicts import FAILS, HOLDS, OPEN, UNMEASURED

SMALL = {"fabrics": 30, "queries": 2}


def claims_of(folder, **changes):
    """Claims by number, of a synthetic study with these changes."""
    changes["how"] = SMALL | changes.get("how", {})
    write_study(folder, extras=False, **changes)
    return {claim.number: claim for claim in all_claims(Measured(read_study(folder)))}


@pytest.fixture(scope="module")
def as_in_the_paper(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    return folder, claims_of(folder)


def test_in_the_papers_world_every_claim_holds(as_in_the_paper):
    verdicts = {number: claim.verdict for number, claim in as_in_the_paper[1].items()}
    assert verdicts == dict.fromkeys(["1", "1 *", "2", "3", "4", "5a", "5b", "6", "7", "8", "9"], HOLDS)


def test_numbers_are_differences_of_the_evaluations_means(as_in_the_paper):
    folder, claims = as_in_the_paper
    found = load_all(folder).values()

    def recall(method, dim, ratio, gallery="test"):
        chosen = [one for one in found if (one.about["method"], one.about["ratio"]) == (method, ratio)]
        return np.mean([one.of("recall@16", dim, gallery) for one in chosen])

    lead = recall("focus_ranking", 1024, 32) - recall("triplet", 1024, 1)
    growths = {}
    for method, ratio in {"alex": None, "softmax": None, "pair": None, "triplet": 1, "magnet": None}.items():
        leads = [
            recall("focus_ranking", 1024, 32, gallery) - recall(method, 1024, ratio, gallery)
            for gallery in ("test", "distractors")
        ]
        growths[method] = leads[1] - leads[0]
    assert claims["1"].parts[0].value.mean == pytest.approx(lead, abs=1e-6)
    assert "triplet" in claims["1"].parts[0].text
    assert claims["4"].parts[0].value.mean == pytest.approx(min(growths.values()), abs=1e-6)
    assert min(growths, key=growths.get) == "alex"  # the lowest has least to lose
    assert claims["4"].parts[0].text.endswith("over Alex")
    lost = {part.text: part.value.mean for part in claims["3"].parts}
    softmax = 1 - recall("softmax", 16, None) / recall("softmax", 1024, None)
    assert lost["recall@16 lost, Softmax"] == pytest.approx(softmax, abs=1e-6)
    assert softmax == pytest.approx(1 - CLASSIFIED_KEPT[4], abs=1e-3)
    gain = recall("focus_ranking", 256, 32) - recall("focus_ranking", 256, 16)
    assert claims["5b"].parts[2].value.mean == pytest.approx(gain, abs=1e-6)


METRIC = ("pair", "magnet", "triplet", "focus_ranking")
WORLDS = {
    "triplet is best": ({"levels": {"triplet": 0.92}}, {"1": FAILS, "8": FAILS, "2": HOLDS}),
    "Alex is best": ({"levels": {"alex": 0.92}, "kept": {"alex": METRIC_KEPT}}, {"1": FAILS, "2": FAILS}),
    "embeddings lose much": (
        {"kept": dict.fromkeys(METRIC, CLASSIFIED_KEPT)},
        {"3": "holds 2 of 7, does not hold 4, cannot be told 1", "1": HOLDS},
    ),
    "Alex and Softmax lose little": (
        {"kept": {"alex": METRIC_KEPT, "softmax": METRIC_KEPT}},
        {"3": "holds 4 of 7, does not hold 2, cannot be told 1"},
    ),
    "the lead shrinks": ({"distracted": {"focus_ranking": 0.75}}, {"4": FAILS, "1": HOLDS}),
    "behind with distractors, less than without": (
        {
            "levels": {"focus_ranking": 0.66},
            "distracted": {"triplet": 0.7, "focus_ranking": 0.74, "magnet": 0.2, "softmax": 0.2, "pair": 0.2},
        },
        {"4": FAILS},
    ),
    "the lead grows over the next best only": ({"distracted": {"magnet": 0.99}}, {"4": FAILS, "1": HOLDS}),
    "behind at K = 1": (
        {"at_first": {"focus_ranking": 0.5}},
        {"1": HOLDS, "9": "holds 4 of 6, does not hold 2"},
    ),
    "pair loses most": ({"kept": {"pair": (*CLASSIFIED_KEPT[:4], 0.3, 0.2)}}, {"6": FAILS}),
    "Softmax below pair": ({"levels": {"softmax": 0.5}}, {"7": FAILS}),
    "triplet is third": ({"levels": {"triplet": 0.64}}, {"8": FAILS, "1": HOLDS}),
    "semi-hard is best": ({"levels": {"triplet_semi_hard": 0.92}}, {"1 *": FAILS, "1": HOLDS}),
    "recall falls with the ratio": (
        {"ratio_levels": {1: 0.84, 2: 0.82, 4: 0.8, 8: 0.78, 16: 0.76}},
        {"5a": FAILS, "5b": FAILS},
    ),
    "one step down": (
        {"ratio_levels": {8: 0.74}},
        {"5a": "holds 2 of 4, does not hold 2", "5b": HOLDS},
    ),
    "no flattening": ({"ratio_levels": {16: 0.77, 8: 0.75, 4: 0.73, 2: 0.71, 1: 0.69}}, {"5b": FAILS}),
}


@pytest.mark.parametrize("world", WORLDS)
def test_in_another_world_the_claim_fails(tmp_path, world):
    changes, expected = WORLDS[world]
    ratios = tuple(RATIOS) if "ratio_levels" in changes else ()
    claims = claims_of(tmp_path, ratios=ratios, **changes)
    assert {number: claims[number].verdict for number in expected} == expected


def test_within_the_noise_nothing_can_be_told(tmp_path):
    claims = claims_of(tmp_path, ratios=(), levels=dict.fromkeys(LEVELS, 0.6), how={"seed_spread": 0.02})
    assert OPEN in claims["1"].verdict
    assert HOLDS not in claims["1"].verdict
    assert HOLDS not in claims["2"].verdict


def test_one_seed_tells_of_recall_but_not_of_f1(tmp_path):
    claims = claims_of(tmp_path, seeds=1)
    of_measure = {part.measure: part.verdict for part in claims["1"].parts}
    assert of_measure == {"recall@16": HOLDS, "map": HOLDS, "f1": OPEN, "nmi": OPEN}
    assert claims["1"].verdict == "holds 4 of 8, cannot be told 4"


def test_what_was_not_measured_is_said(tmp_path):
    claims = claims_of(tmp_path, ratios=(), methods=("pair", "focus_ranking"), how={"distractors": 0})
    assert {claims[number].verdict for number in ("2", "4", "5a", "5b", "7", "8", "1 *")} == {UNMEASURED}
    assert claims["1"].verdict == HOLDS
    assert "without Alex, Softmax, triplet, Magnet" in claims["1"].text
    assert all(row["value"] is None for row in rows([claims["4"]]))


def test_triplet_is_second_only_where_it_is_above_each_of_the_rest(tmp_path):
    """Pair is behind triplet by its mean, and so uncertain that it may be ahead."""
    study = write_study(tmp_path, extras=False, ratios=(), how=SMALL)
    for path in study.glob("evaluations/pair-*"):
        one = load(path)
        shift = [-0.3, 0.0, 0.3][one.about["seed"]]
        save(
            one._replace(values=one.values + np.float32(shift), f1=one.f1 + shift, nmi=one.nmi + shift), path
        )
    claim = {claim.number: claim for claim in all_claims(Measured(read_study(study)))}["8"]
    assert claim.verdict == OPEN
    assert {part.text.partition("minus ")[2] for part in claim.parts} == {"Magnet"}
    assert all(part.value.interval[0] > 0 for part in claim.parts)


def test_pair_is_compared_on_every_measure(tmp_path):
    claim = claims_of(tmp_path, methods=("alex", "pair", "triplet"), ratios=())["6"]
    assert [part.measure for part in claim.parts][::2] == ["recall@16", "map", "f1", "nmi"]


def test_the_number_that_stands_for_a_claim_has_its_verdict(tmp_path):
    study = write_study(tmp_path, ("softmax", "pair"), ratios=(), extras=False, how=SMALL)
    for path in study.glob("evaluations/softmax-*"):  # the greatest gap by far, and the least certain
        one = load(path)
        save(one._replace(f1=one.f1 + [0.1, 0.2, 0.9][one.about["seed"]]), path)
    claim = {claim.number: claim for claim in all_claims(Measured(read_study(study)))}["7"]
    means = {part.measure: part.value.mean for part in claim.parts}
    assert max(means, key=means.get) == "f1"
    assert claim.verdict == HOLDS
    assert claim.parts[claim.headline].verdict == HOLDS
    assert claim.parts[claim.headline].measure == max(means.keys() - {"f1"}, key=means.get)


def test_a_number_that_did_not_vary_is_not_certain(tmp_path):
    study = write_study(tmp_path, ("softmax", "pair"), ratios=(), extras=False, how=SMALL)
    for path in study.glob("evaluations/*"):
        one = load(path)
        save(one._replace(nmi=np.full(len(one.dims), 0.9 if "softmax" in path.name else 0.1)), path)
    claims = {claim.number: claim for claim in all_claims(Measured(read_study(study)))}
    part = claims["7"].parts[-1]
    assert (part.measure, part.verdict, shown(part)) == ("nmi", OPEN, "+80.0 (no interval) points")


def draws(low, high):
    return Draws((low + high) / 2, np.linspace(low, high, 1001))


def test_an_interval_tells_only_what_it_excludes():
    assert verdicts.above(draws(1, 2)) == HOLDS
    assert verdicts.above(draws(-2, -1)) == FAILS
    assert verdicts.above(draws(-1, 2)) == OPEN
    assert verdicts.above(Draws(3.0, None)) == OPEN
    assert verdicts.above(Draws(3.0, np.full(9, 3.0))) == OPEN
    assert verdicts.within(Draws(0.0, np.zeros(9)), 1) == OPEN
    assert verdicts.above(None) == UNMEASURED
    assert verdicts.below(draws(1, 2), 3) == HOLDS
    assert verdicts.below(draws(1, 2), 0) == FAILS
    assert [verdicts.within(draws(*ends), 1) for ends in ((-0.5, 0.5), (0.5, 1.5), (2, 3), (-3, -2))] == [
        HOLDS,
        OPEN,
        FAILS,
        FAILS,
    ]


def test_verdicts_combine_as_and_or_and_most():
    assert verdicts.all_of([HOLDS, OPEN, FAILS]) == FAILS
    assert verdicts.all_of([HOLDS, OPEN]) == OPEN
    assert verdicts.all_of([HOLDS, HOLDS]) == HOLDS
    assert verdicts.all_of([]) == UNMEASURED
    assert verdicts.any_of([FAILS, OPEN, HOLDS]) == HOLDS
    assert verdicts.any_of([FAILS, OPEN]) == OPEN
    assert verdicts.any_of([FAILS, UNMEASURED]) == FAILS
    assert verdicts.most_of([HOLDS, HOLDS, HOLDS, FAILS]) == HOLDS
    assert verdicts.most_of([HOLDS, HOLDS, FAILS, FAILS]) == FAILS
    assert verdicts.most_of([HOLDS, HOLDS, OPEN, FAILS]) == OPEN
    assert verdicts.most_of([UNMEASURED] * 4) == UNMEASURED
