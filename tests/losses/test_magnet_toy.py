"""Magnet on the toy problem: trained with clusters refreshed on the way, as in a run, it finds the answer."""

import numpy as np
import pytest
from losses.toy import held_out, network, toy_problem, train

from fabric_retrieval.data.clusters import cluster_fabrics
from fabric_retrieval.data.magnet_batch import magnet_batch
from fabric_retrieval.losses import MagnetLoss

REFRESH_EVERY = 50


@pytest.mark.parametrize(("per_fabric", "norm"), [(2, "none"), (1, "l2")])
def test_solves_the_toy_problem(per_fabric, norm):
    problem, model = toy_problem(0), network(0)
    loss = MagnetLoss(embedding_norm=norm)
    untrained = held_out(model, problem)["map"]
    refreshed = {}

    def draw(number):
        if number % REFRESH_EVERY == 0:
            features = np.asarray(loss.seen(model(problem.images)))
            refreshed[number] = cluster_fabrics(features, problem.index, per_fabric, seed=0)
        return magnet_batch(problem.index, refreshed[max(refreshed)], 0, number, size=10, examples=4)

    first, last = train(model, problem, loss, draw)
    assert last < first / 2
    assert untrained < 0.1
    assert held_out(model, problem)["map"] > 0.5

    assert sorted(refreshed) == [0, 50, 100, 150]
    assert refreshed[150].loss.mean() < refreshed[0].loss.mean() / 2  # over the whole training set
