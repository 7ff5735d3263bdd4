"""Confidence intervals over fabrics."""

import numpy as np

from fabric_retrieval.evaluation import retrieval_metrics
from fabric_retrieval.evaluation.bootstrap import confidence_intervals


def test_the_interval_is_that_of_the_mean_of_independent_fabrics():
    rng = np.random.default_rng(0)
    values = rng.normal(3, 2, size=(400, 1))
    ((low, high),) = confidence_intervals(values, np.arange(400), resamples=4000)
    half = 1.96 * values.std() / np.sqrt(400)
    np.testing.assert_allclose([low, high], [values.mean() - half, values.mean() + half], atol=0.02)


def test_queries_of_one_fabric_are_not_independent():
    rng = np.random.default_rng(0)
    values = np.repeat(rng.normal(size=100), 9)[:, np.newaxis]
    widths = [
        np.ptp(confidence_intervals(values, labels)[0])
        for labels in (np.repeat(np.arange(100), 9), np.arange(900))
    ]
    assert 2.5 < widths[0] / widths[1] < 3.5  # sqrt(9)


def test_the_mean_lies_inside_and_the_seed_decides():
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(60, 3)), np.arange(60) % 6
    first, again = (
        retrieval_metrics(features[:30], labels[:30], features[30:], labels[30:], seed=4) for _ in "ab"
    )
    assert first == again
    for name in ("recall@1", "hit_rate@1", "map", "map_trapezoid", "map_at_r"):
        low, high = first[f"{name}_ci95"]
        assert 0 <= low <= first[name] <= high <= 1


def test_one_fabric_has_no_interval():
    measured = retrieval_metrics(np.zeros((2, 1)), [0, 0], np.zeros((2, 1)), [0, 1])
    assert measured["map_ci95"] is None
    assert confidence_intervals(np.ones((4, 1)), np.arange(4), resamples=0) is None
