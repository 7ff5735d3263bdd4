"""Trained with its own sampler, every loss finds what tells fabrics apart; an untrained network does not."""

import pytest
from losses.toy import held_out, measured, network, toy_problem, train

from fabric_retrieval.data.pairs import independent_pairs, shared_pairs
from fabric_retrieval.data.shuffled import shuffled_batch
from fabric_retrieval.data.units import shared_batch
from fabric_retrieval.losses import FocusRankingLoss, PairLoss, SoftmaxLoss, TripletLoss

PROBLEM = toy_problem(0)
BATCH = {"fabrics": 10, "images": 4}


def units(ratio):
    return lambda number: shared_batch(PROBLEM.index, 0, number, ratio=ratio, **BATCH)


def pairs(number):
    return shared_pairs(PROBLEM.index, 0, number, **BATCH)


def own_pairs(number):
    return independent_pairs(PROBLEM.index, 0, number, pairs=20)


def shuffled(number):
    return shuffled_batch(PROBLEM.index, 0, number, images=40)


def case(name, *arguments, slow=False):
    return pytest.param(*arguments, id=name, marks=[pytest.mark.slow] if slow else [])


CASES = [
    case("softmax", SoftmaxLoss(60, dropout=0.2), shuffled, "labels"),
    case("softmax-without-dropout", SoftmaxLoss(60), shuffled, "labels", slow=True),
    case("pair", PairLoss(), pairs, "units"),
    case("pair-l2", PairLoss(embedding_norm="l2"), pairs, "units"),
    case("pair-independent", PairLoss(), own_pairs, "units", slow=True),
    case("triplet", TripletLoss(1.0), units(1), "units"),
    case("triplet-l2", TripletLoss(0.3, embedding_norm="l2"), units(1), "units"),
    case("triplet-semi-hard", TripletLoss(1.0, mining="semi_hard"), units(36), "units"),
    case("triplet-semi-hard-l2", TripletLoss(0.3, 1.0, "l2", "semi_hard"), units(36), "units", slow=True),
    case("focus-ranking", FocusRankingLoss(), units(32), "units"),
    case("focus-ranking-l2", FocusRankingLoss(10.0, "l2"), units(32), "units"),
]


def test_the_problem_has_an_answer_that_the_untrained_network_does_not_know():
    """Chance is 0.025: one fabric of 40."""
    assert measured(PROBLEM.oracle, PROBLEM.held_out_labels)["map"] > 0.9
    assert measured(PROBLEM.held_out, PROBLEM.held_out_labels)["map"] < 0.1
    assert held_out(network(0), PROBLEM)["map"] < 0.1


@pytest.mark.parametrize(("loss", "draw", "targets"), CASES)
def test_solves_the_toy_problem(loss, draw, targets):
    model = network(0)
    first, last = train(model, PROBLEM, loss, draw, targets)
    assert last < first / 2
    assert held_out(model, PROBLEM)["map"] > 0.5
