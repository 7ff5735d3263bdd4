"""Claims that compare methods: focus ranking above all, all above Alex, the gap with distractors, ranks."""

from fabric_retrieval.study.report.claims import (
    Claim,
    Part,
    absent,
    best,
    dim_label,
    gap,
    of_all_parts,
    points,
    unmeasured,
)
from fabric_retrieval.study.report.figures import COMPACT, RECALL
from fabric_retrieval.study.report.names import CLUSTERING, FOCUS, OF_PAPER, TRAINED, label_of, measure_label
from fabric_retrieval.study.report.verdicts import above, all_of, any_of, most_of

MEASURES = (RECALL, "map", *CLUSTERING)
DIMS = (None, COMPACT)  # each method's own dimension, and that of Figure 3b
OTHERS = tuple(method for method in OF_PAPER if method != FOCUS)
ABOVE = "interval above 0"


def focus_ranking_above_all(measured):
    """Sections 5.3 and 6: "superior performance over existing metric embedding methods"."""
    parts = [_lead(measured, measure, dim) for measure in MEASURES for dim in DIMS]
    text = f"Focus ranking is above every other method{absent(measured, OF_PAPER)}"
    return of_all_parts("1", text, "section 5.3, Figures 3 to 5", parts)


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
        gaps = {method: gap(measured, method, "alex", measure, None) for method in TRAINED}
        found = {method: draws for method, draws in gaps.items() if draws is not None}
        label = dim_label(measured, None)
        if not found:
            parts.append(unmeasured("the least gain over Alex", measure, label, condition=ABOVE))
            continue
        least = min(found, key=lambda method: found[method].mean)
        verdict = all_of([above(draws) for draws in found.values()])
        text = f"{measure_label(measure)}, the least gain over Alex: {label_of(least)}"
        condition = "each method's interval above 0"
        parts.append(Part(text, measure, label, "test", found[least], condition, verdict))
    text = f"Every trained method is above Alex{absent(measured, OF_PAPER)}"
    return of_all_parts("2", text, "section 5.3, Figures 3 and 4", parts)


def gap_widens_with_distractors(measured):
    """Section 5.3: with 100,000 distractors it leads "by an even larger margin"."""
    parts = [_widening(measured, dim) for dim in DIMS]
    text = "Focus ranking's lead over the next best grows with distractors in the gallery"
    return of_all_parts("4", text, "section 5.3, Figure 8", parts)


def softmax_above_pair_in_some(measured):
    """Section 5.3: Softmax "can outperform the pair model in some measures"."""
    parts = [_compared(measured, "softmax", "pair", measure, None) for measure in MEASURES]
    verdict = any_of([part.verdict for part in parts])
    headline = _standing(parts, verdict, lambda part: part.value.mean if part.value else -1)
    text = "Softmax is above pair in some measures (in one at least)"
    return Claim("7", text, "section 5.3", parts, verdict, headline)


def triplet_second_in_most(measured):
    """Section 5.3: "the triplet model's performance ranks second in most measures"."""
    rest = [method for method in OTHERS if method != "triplet"]
    parts = []
    for measure in MEASURES:
        other = best(measured, rest, measure, None)
        label = dim_label(measured, None)
        lead = gap(measured, "triplet", other, measure, None)
        behind = gap(measured, FOCUS, "triplet", measure, None)
        condition = "interval above 0, and focus ranking's lead over it too"
        name = label_of(other) if other else "the best of the rest"
        text = f"{measure_label(measure)}, triplet minus {name}"
        if lead is None or behind is None:
            parts.append(unmeasured(text, measure, label, condition=condition))
            continue
        note = f"focus ranking minus triplet {points(behind)}"
        verdict = all_of([above(lead), above(behind)])
        parts.append(Part(text, measure, label, "test", lead, condition, verdict, note=note))
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


def _lead(measured, measure, dim, gallery="test"):
    """Focus ranking minus the best other; holds where it is above each of them."""
    gaps = [gap(measured, FOCUS, other, measure, dim, gallery) for other in OTHERS]
    verdict = all_of([above(draws) for draws in gaps if draws is not None])
    other = best(measured, OTHERS, measure, dim, gallery)
    draws = gap(measured, FOCUS, other, measure, dim, gallery)
    name = label_of(other) if other else "the best other"
    text = f"{measure_label(measure)}, focus ranking minus {name}"
    condition = "interval above 0, over each other method"
    return Part(text, measure, dim_label(measured, dim), gallery, draws, condition, verdict)


def _widening(measured, dim):
    without, beside = (_lead(measured, RECALL, dim, gallery) for gallery in ("test", "distractors"))
    condition = "interval above 0, and with distractors still ahead of each other method"
    text = f"{RECALL}, the lead with distractors minus the lead without"
    if without.value is None or beside.value is None:
        return unmeasured(text, RECALL, dim_label(measured, dim), "distractors", condition)
    widening = beside.value - without.value
    note = f"{without.text.partition(', ')[2]} {points(without.value)}; "
    note += f"with distractors {beside.text.partition(', ')[2]} {points(beside.value)}"
    verdict = all_of([above(widening), beside.verdict])
    label = dim_label(measured, dim)
    return Part(text, RECALL, label, "distractors", widening, condition, verdict, note=note)
