"""The report's intervals against enumeration, another implementation and known coverage."""

import itertools

import numpy as np
import pytest

from fabric_retrieval.evaluation.bootstrap import confidence_intervals
from fabric_retrieval.study.report.intervals import Resampling, relative_loss


def every_resample(values, fabrics):
    """All equally likely resamples' numbers: each draw of fabrics with each draw of seeds, one by one."""
    seeds, names = len(values), sorted(set(fabrics))
    numbers = []
    for drawn in itertools.product(names, repeat=len(names)):
        queries = [query for name in drawn for query, fabric in enumerate(fabrics) if fabric == name]
        of_seed = [sum(row[query] for query in queries) / len(queries) for row in values]
        centre = sum(of_seed) / seeds
        for chosen in itertools.product(range(seeds), repeat=seeds):
            mean = sum(of_seed[seed] for seed in chosen) / seeds
            numbers.append(centre + (seeds / (seeds - 1)) ** 0.5 * (mean - centre))
    return np.array(numbers)


def test_seeds_and_fabrics_are_drawn_as_enumeration_draws_them():
    rng = np.random.default_rng(3)
    fabrics = ["a", "a", "a", "b", "c", "c", "d", "d"]  # of unequal size
    values = rng.normal(size=(3, 8))
    expected = every_resample(values.tolist(), fabrics)
    draws = Resampling(fabrics, resamples=60000).of_queries(values, "pair")
    assert draws.mean == pytest.approx(values.mean())
    assert draws.resampled.mean() == pytest.approx(expected.mean(), abs=0.01)
    assert draws.resampled.std() == pytest.approx(expected.std(), rel=0.02)
    np.testing.assert_allclose(draws.interval, np.quantile(expected, [0.025, 0.975]), atol=0.03)


def test_one_seed_has_the_interval_over_fabrics_that_an_evaluation_prints():
    rng = np.random.default_rng(0)
    fabrics = np.repeat(np.arange(80), 3)
    values = rng.normal(size=(1, 240)) + np.repeat(rng.normal(size=80), 3)
    ours = Resampling(fabrics, resamples=20000).of_queries(values, "pair").interval
    ((low, high),) = confidence_intervals(values.T, fabrics, resamples=20000, seed=5)
    np.testing.assert_allclose(ours, (low, high), atol=0.01)


@pytest.mark.parametrize(("seeds", "seed_spread"), [(1, 0.0), (3, 0.0), (3, 0.12)])
def test_the_true_mean_is_inside_about_95_times_in_100(seeds, seed_spread):
    rng = np.random.default_rng(7)
    fabrics = np.repeat(np.arange(60), 2)  # standard error of the fabrics: 1 / √60 = 0.13
    inside, worlds = 0, 150
    for world in range(worlds):
        shared = np.repeat(rng.normal(size=60), 2)
        values = shared + rng.normal(0, seed_spread, (seeds, 1)) + rng.normal(0, 0.2, (seeds, 120))
        low, high = Resampling(fabrics, 300, seed=world).of_queries(values, "pair").interval
        inside += low < 0 < high
    assert 0.90 <= inside / worlds <= 0.99


def test_more_fabrics_and_more_seeds_make_it_narrower():
    rng = np.random.default_rng(0)

    def width(seeds, fabrics):
        values = rng.normal(size=(seeds, 1)) * 0.3 + rng.normal(size=fabrics)
        return np.ptp(Resampling(np.arange(fabrics), 200).of_queries(values, "pair").interval)

    assert np.mean([width(3, 400) for _ in range(9)]) < np.mean([width(3, 40) for _ in range(9)])
    assert np.mean([width(9, 400) for _ in range(9)]) < np.mean([width(2, 400) for _ in range(9)])


def test_a_gap_is_paired_over_fabrics():
    rng = np.random.default_rng(0)
    hard = rng.normal(size=(1, 50))
    resampling = Resampling(np.arange(50))
    low, high = resampling.of_queries(hard, "pair").interval
    better = resampling.of_queries(hard + 0.01 + rng.normal(0, 0.01, 50), "triplet")
    gap = better - resampling.of_queries(hard, "pair")
    assert high - low > 0.4
    assert 0 < gap.interval[0] < gap.mean < gap.interval[1] < 0.02


def test_one_method_keeps_its_seeds_and_two_methods_draw_their_own():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(3, 1)) + rng.normal(size=(3, 40))
    resampling = Resampling(np.arange(40))
    at_full, at_16 = resampling.of_queries(values, "pair"), resampling.of_queries(0.75 * values, "pair")
    np.testing.assert_allclose(relative_loss(at_full, at_16).interval, [0.25, 0.25])
    assert np.ptp((at_full - resampling.of_queries(values, "triplet")).interval) > 0.5


def test_f1_has_students_interval_over_seeds():
    resampling = Resampling(np.arange(4), resamples=4000)
    draws = resampling.of_seeds([0.2, 0.3, 0.4], "pair")
    half = 4.303 * 0.1 / np.sqrt(3)  # t of 2 degrees of freedom, from a table
    np.testing.assert_allclose(draws.interval, [0.3 - half, 0.3 + half], atol=1e-3)
    exact = resampling.of_seeds([0.1], "alex", trained=False)
    np.testing.assert_allclose((draws - exact).interval, [0.2 - half, 0.2 + half], atol=1e-3)


def test_one_seed_of_f1_says_nothing_of_others():
    resampling = Resampling(np.arange(4))
    one = resampling.of_seeds([0.2], "pair")
    assert one.mean == 0.2
    assert one.interval is None
    assert (one - resampling.of_seeds([0.1], "alex", trained=False)).interval is None


def test_the_seed_decides():
    values = np.random.default_rng(0).normal(size=(3, 40))
    first, again, other = (
        Resampling(np.arange(40), seed=seed).of_queries(values, "pair").interval for seed in (0, 0, 1)
    )
    assert first == again != other
