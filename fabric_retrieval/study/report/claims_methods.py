"""Claims that compare methods: focus ranking above all, all above Alex, the gap with distractors, ranks.

A claim over all other methods asks for an interval above 0 over each of them; the least number is shown.
"""

from fabric_retrieval.study.report.claims import (
    Claim,
    Part,
    absent,
    dim_label,
    gap,
    gaps,
    least,
    of_all_parts,
    points,
    unmeasured,
)
from fabric_retrieval.study.report.figures import COMPACT, KS, RECALL
from fabric_retrieval.study.report.names import CLUSTERING, FOCUS, OF_PAPER, TRAINED, label_of, measure_label
from fabric_retrieval.study.report.verdicts import above, all_of, any_of, most_of

MEASURES = (RECALL, "map", *CLUSTERING)
DIMS = (None, COMPACT)  # each method's own dimension, and that of Figure 3b
OTHERS = tuple(method for method in OF_PAPER if method != FOCUS)
ABOVE = "interval above 0"
ABOVE_EACH = "interval above 0, over each other method"


def focus_ranking_above_all(measured):
    """Sections 5.3 and 6: "superior performance over existing metric embedding methods"."""
    parts = [_lead(measured, measure, dim) for measure in MEASURES for dim in DIMS]
    text = f"Focus ranking is above every other method{absent(measured, OF_PAPER)}"
    return of_all_parts("1", text, "section 5.3, Figures 3 to 5", parts)


def focus_ranking_above_all_at_each_k(measured):
    """Section 5.3: "superior performance over the other methods at each value of K"."""
    parts = [_lead(measured, f"recall@{k}", COMPACT) for k in KS]
    text = f"Focus ranking is above every other method at each K{absent(measured, OF_PAPER)}"
    return of_all_parts("9", text, "section 5.3, Figure 3b", parts)


def focus_ranking_above_semi_hard(measured):
    """Not in the paper: its triplets are drawn at random, today's users mine them."""
    parts = [
        _compared(measured, FOCUS, "triplet_semi_hard", measure, dim) for measure in MEASURES for dim in DIMS
    ]
    return of_all_parts("1 *", "Focus ranking is above the semi-hard triplet", "not in it", parts)


def trained_above_alex(measured):
    """Section 5.3: "all the other tested models perform well beyond the Alex baseline one"."""
    parts = []
    for measure in (RECALL, "map"):
        gains = {method: gap(measured, method, "alex", measure, None) for method in TRAINED}
        found = {method: draws for method, draws in gains.items() if draws is not None}
        label, condition = dim_label(measured, None), "each method's interval above 0"
        if not found:
            parts.append(unmeasured("the least gain over Alex", measure, label, condition=condition))
            continue
        method, gain = least(found)
        verdict = all_of([above(draws) for draws in found.values()])
        text = f"{measure_label(measure)}, the least gain over Alex: {label_of(method)}"
        parts.append(Part(text, measure, label, "test", gain, condition, verdict))
    text = f"Every trained method is above Alex{absent(measured, OF_PAPER)}"
    return of_all_parts("2", text, "section 5.3, Figures 3 and 4", parts)


def gap_widens_with_distractors(measured):
    """Section 5.3: with 100,000 distractors it leads "by an even larger margin"."""
    parts = [_widening(measured, dim) for dim in DIMS]
    text = "Focus ranking's lead over each other method grows with distractors in the gallery"
    return of_all_parts("4", text + absent(measured, OF_PAPER), "section 5.3, Figure 8", parts)


def softmax_above_pair_in_some(measured):
    """Section 5.3: Softmax "can outperform the pair model in some measures"."""
    parts = [_compared(measured, "softmax", "pair", measure, None) for measure in MEASURES]
    verdict = any_of([part.verdict for part in parts])
    headline = _standing(parts, verdict, lambda part: part.value.mean if part.value else -1)
    text = "Softmax is above pair in some measures (in one at least)"
    return Claim("7", text, "section 5.3", parts, verdict, headline)


def triplet_second_in_most(measured):
    """Section 5.3: "the triplet model's performance ranks second in most measures"."""
    parts = [_second(measured, measure) for measure in MEASURES]
    verdict = most_of([part.verdict for part in parts])
    text = f"Triplet is second in most measures (more than half of four){absent(measured, OF_PAPER)}"
    return Claim("8", text, "section 5.3", parts, verdict, _standing(parts, verdict))


def _standing(parts, verdict, order=lambda part: 0):
    """Position of the part that stands for a claim: one with its verdict, if any; of these by order."""
    return max(range(len(parts)), key=lambda number: (parts[number].verdict == verdict, order(parts[number])))


def _compared(measured, method, other, measure, dim):
    draws = gap(measured, method, other, measure, dim)
    text = f"{measure_label(measure)}, {label_of(method)} minus {label_of(other)}".replace(" *", "")
    label = dim_label(measured, dim)
    return Part(text, measure, label, "test", draws, ABOVE, above(draws))


def _lead(measured, measure, dim):
    """Focus ranking minus the best other."""
    found, label = gaps(measured, FOCUS, OTHERS, measure, dim), dim_label(measured, dim)
    text = f"{measure_label(measure)}, focus ranking minus "
    if not found:
        return unmeasured(f"{text}the best other", measure, label, condition=ABOVE_EACH)
    other, lead = least(found)
    verdict = all_of([above(draws) for draws in found.values()])
    return Part(text + label_of(other), measure, label, "test", lead, ABOVE_EACH, verdict)


def _second(measured, measure):
    """Triplet minus the best of those that are neither it nor focus ranking."""
    rest = [method for method in OTHERS if method != "triplet"]
    found, label = gaps(measured, "triplet", rest, measure, None), dim_label(measured, None)
    behind = gap(measured, FOCUS, "triplet", measure, None)
    condition = "interval above 0, over each of the rest, and focus ranking's lead over it too"
    text = f"{measure_label(measure)}, triplet minus "
    if not found or behind is None:
        return unmeasured(f"{text}the best of the rest", measure, label, condition=condition)
    other, lead = least(found)
    verdict = all_of([above(draws) for draws in (*found.values(), behind)])
    note = f"focus ranking minus triplet {points(behind)}"
    return Part(text + label_of(other), measure, label, "test", lead, condition, verdict, note=note)


def _widening(measured, dim):
    """The least growth of focus ranking's lead over another method, once distractors are in the gallery."""
    without, beside = (
        gaps(measured, FOCUS, OTHERS, RECALL, dim, gallery) for gallery in ("test", "distractors")
    )
    growths = {other: beside[other] - without[other] for other in beside.keys() & without.keys()}
    label = dim_label(measured, dim)
    condition = "interval above 0, over each other method, and with distractors still ahead of each"
    text = f"{RECALL}, the lead with distractors minus the lead without"
    if not growths:
        return unmeasured(text, RECALL, label, "distractors", condition)
    other, growth = least(growths)
    verdict = all_of([above(draws) for draws in (*growths.values(), *beside.values())])
    note = f"without {points(without[other])}, with distractors {points(beside[other])}"
    text = f"{text}, over {label_of(other)}"
    return Part(text, RECALL, label, "distractors", growth, condition, verdict, note=note)
