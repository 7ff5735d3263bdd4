"""Variants against the base: means over seeds, and differences paired by seed."""

import statistics
from dataclasses import dataclass

from scipy.stats import t as student

from fabric_retrieval.recipe.outcomes import MEASURES
from fabric_retrieval.recipe.plan import images_of
from fabric_retrieval.recipe.variants import BASE, Variant

LEVEL = 0.95


@dataclass(frozen=True)
class Gap:
    """A mean difference to the base, and its interval (low, high); None from one seed."""

    mean: float
    interval: tuple[float, float] | None

    @property
    def verdict(self):
        """ "better" or "worse" if the interval says so, else ""."""
        if self.interval is None or self.interval[0] <= 0 <= self.interval[1]:
            return ""
        return "better" if self.mean > 0 else "worse"


@dataclass(frozen=True)
class Row:
    """What is known of a variant.

    Attributes:
        measured: dict of measure to a dict of seed to value.
        errors: dict of seed to why a run came to nothing.
        gaps: dict of measure to `Gap`, over the seeds that the base has, too; empty without any.
        seconds: the median over seeds of what a run took. images: that a run sees.
    """

    variant: Variant
    measured: dict
    errors: dict
    gaps: dict
    seconds: float
    images: int

    def mean(self, measure):
        """Over seeds; None if all runs came to nothing."""
        values = self.measured[measure].values()
        return statistics.fmean(values) if values else None


def make_rows(runs, outcomes):
    """List of `Row` of the variants of which a run is finished, in the order of the plan.

    Args:
        runs: list of `Run`. outcomes: dict of run's name to outcome, of the finished ones.
    """
    finished = {}
    for run in runs:
        if run.name in outcomes:
            finished.setdefault(run.variant, []).append((run, outcomes[run.name]))
    rows = {variant: _row(variant, of_variant) for variant, of_variant in finished.items()}
    base = next((row for variant, row in rows.items() if variant.name == BASE), None)
    return [_with_gaps(row, base) if base and row is not base else row for row in rows.values()]


def gap(ours, theirs):
    """`Gap` between two dicts of seed to value, over the seeds of both; None without any.

    Runs of one seed train on and measure the same fabrics, so differences are taken seed by seed; the
    interval is Student's, of their mean. A seed draws initial weights, batches and held-out fabrics.
    """
    differences = [ours[seed] - theirs[seed] for seed in sorted(ours.keys() & theirs.keys())]
    if not differences:
        return None
    mean, count = statistics.fmean(differences), len(differences)
    if count == 1:
        return Gap(mean, None)
    error = statistics.stdev(differences) / count**0.5
    half = float(student.ppf((1 + LEVEL) / 2, count - 1)) * error
    return Gap(mean, (mean - half, mean + half))


def _row(variant, finished):
    measured = {
        measure: {run.seed: o["held_out"][measure] for run, o in finished if o["held_out"]}
        for measure in MEASURES
    }
    return Row(
        variant,
        measured,
        errors={run.seed: o["error"] for run, o in finished if o["error"]},
        gaps={},
        seconds=statistics.median(o["seconds"] for _, o in finished),
        images=images_of(finished[0][0].config),
    )


def _with_gaps(row, base):
    gaps = {measure: gap(row.measured[measure], base.measured[measure]) for measure in MEASURES}
    gaps = {measure: found for measure, found in gaps.items() if found}
    return Row(row.variant, row.measured, row.errors, gaps, row.seconds, row.images)
