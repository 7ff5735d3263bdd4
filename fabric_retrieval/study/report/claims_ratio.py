"""Claims on the ratio of positives to negatives (section 5.4)."""

import itertools
import math

from fabric_retrieval.study.report.claims import Part, dim_label, of_all_parts, points, unmeasured
from fabric_retrieval.study.report.figures import COMPACT, RECALL
from fabric_retrieval.study.report.intervals import combined
from fabric_retrieval.study.report.origin import ratios_rate
from fabric_retrieval.study.report.verdicts import above, all_of, within

LAST, BEYOND = 16, 32
# The paper calls the step from 16 to 32 "negligible" without a number; the least difference that it reports
# as one is 1.7 points (pair 83.9, Magnet 85.6).
NEGLIGIBLE = 0.01


def recall_rises_with_the_ratio(measured):
    """Section 5.4: "obvious improvement consistently when increasing the ratio from 1:1 to 16:1"."""
    parts = [part for dim in (None, COMPACT) for part in (_rise(measured, dim), _least_step(measured, dim))]
    text = f"{RECALL} rises with every doubling of the ratio from 1:1 to 1:{LAST}{_rate(measured)}"
    return of_all_parts("5a", text, "section 5.4, Figure 9", parts)


def recall_flattens(measured):
    """Section 5.4: "the improvement [...] when increasing the ratio from 16:1 to 32:1 is negligible"."""
    parts = [part for dim in (None, COMPACT) for part in (_last_step(measured, dim), _slower(measured, dim))]
    text = f"It flattens from 1:{LAST} to 1:{BEYOND}"
    return of_all_parts("5b", text, "section 5.4, Figure 9", parts)


def _rate(measured):
    rate = ratios_rate(measured.study)
    return f" ({rate})" if rate else ""


def _recalls(measured, dim):
    """Dict of ratio → `Draws`, ascending."""
    found = {ratio: measured.of(group, RECALL, dim) for ratio, group in measured.study.ratios.items()}
    return {ratio: draws for ratio, draws in found.items() if draws is not None}


def _steps(recalls):
    """The gains between neighbouring ratios up to `LAST`: dict of (ratio, next) → `Draws`."""
    ratios = [ratio for ratio in recalls if ratio <= LAST]
    return {pair: recalls[pair[1]] - recalls[pair[0]] for pair in itertools.pairwise(ratios)}


def _rise(measured, dim):
    recalls, label, condition = _recalls(measured, dim), dim_label(measured, dim), "interval above 0"
    text = f"{RECALL} at 1:{LAST} minus at 1:1"
    if not {1, LAST} <= set(recalls):
        return unmeasured(text, RECALL, label, condition=condition)
    value = recalls[LAST] - recalls[1]
    note = "; ".join(f"1:{ratio} {100 * draws.mean:.1f}" for ratio, draws in recalls.items())
    return Part(text, RECALL, label, "test", value, condition, above(value), note=f"{note} %")


def _least_step(measured, dim):
    steps, label = _steps(_recalls(measured, dim)), dim_label(measured, dim)
    condition = "each step's interval above 0"
    if not steps:
        return unmeasured(f"{RECALL}, the least gain of a step", RECALL, label, condition=condition)
    before, after = min(steps, key=lambda pair: steps[pair].mean)
    text = f"{RECALL}, the least gain of a step: 1:{before} → 1:{after}"
    verdict = all_of([above(gain) for gain in steps.values()])
    note = "; ".join(f"1:{one} → 1:{two} {points(gain)}" for (one, two), gain in steps.items())
    value = steps[before, after]
    return Part(text, RECALL, label, "test", value, condition, verdict, note=note)


def _last_step(measured, dim):
    recalls, label = _recalls(measured, dim), dim_label(measured, dim)
    text = f"{RECALL} at 1:{BEYOND} minus at 1:{LAST}"
    condition = f"interval within ±{100 * NEGLIGIBLE:.0f} point"
    if not {LAST, BEYOND} <= set(recalls):
        return unmeasured(text, RECALL, label, condition=condition)
    value = recalls[BEYOND] - recalls[LAST]
    return Part(text, RECALL, label, "test", value, condition, within(value, NEGLIGIBLE))


def _slower(measured, dim):
    recalls, label, condition = _recalls(measured, dim), dim_label(measured, dim), "interval above 0"
    text = f"{RECALL}, mean gain of a doubling up to 1:{LAST} minus gain from there to 1:{BEYOND}"
    if not {1, LAST, BEYOND} <= set(recalls):
        return unmeasured(text, RECALL, label, condition=condition)
    doublings = math.log2(LAST)
    value = combined(
        lambda one, last, beyond: (last - one) / doublings - (beyond - last),
        recalls[1],
        recalls[LAST],
        recalls[BEYOND],
    )
    return Part(text, RECALL, label, "test", value, condition, above(value))
