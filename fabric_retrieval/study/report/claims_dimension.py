"""Claims on what reducing the dimension costs."""

from fabric_retrieval.study.report.claims import (
    Part,
    absent,
    dim_label,
    least,
    of,
    of_all_parts,
    points,
    unmeasured,
)
from fabric_retrieval.study.report.figures import RECALL
from fabric_retrieval.study.report.intervals import relative_loss
from fabric_retrieval.study.report.names import (
    CLASSIFIED,
    CLUSTERING,
    METRIC,
    OF_PAPER,
    label_of,
    measure_label,
)
from fabric_retrieval.study.report.verdicts import above, all_of, below

SMALL, SMALLEST = 16, 8
# "Nearly fixed" in Figure 3a is less than what sets its methods apart: 83.9 (pair) to 88.5 (triplet) is 5 %.
LITTLE = 0.05
# A "severe drop" is more than the choice among the embeddings decides: twice the 11 % from 83.9 to 93.9.
MUCH = 0.20


def metric_loses_little(measured):
    """Section 5.3: down to 16 dimensions embeddings are "nearly fixed", the others have "a severe drop"."""
    parts = [_apart(measured)]
    for method in METRIC:
        parts.append(
            _loss(measured, method, f"interval below {100 * LITTLE:.0f} %", lambda loss: below(loss, LITTLE))
        )
    for method in CLASSIFIED:
        parts.append(
            _loss(measured, method, f"interval above {100 * MUCH:.0f} %", lambda loss: above(loss, MUCH))
        )
    text = (
        f"From the full dimension to {SMALL}, metric embeddings lose little {RECALL}, Alex and Softmax much"
    )
    return of_all_parts("3", text + absent(measured, OF_PAPER), "section 5.3, Figure 3a", parts)


def pair_least_sensitive(measured):
    """Section 5.3: "the pair model's performance is the least sensitive to feature dimension changes"."""
    measures = (RECALL, "map", *CLUSTERING)
    parts = [_insensitive(measured, measure, dim) for measure in measures for dim in (SMALL, SMALLEST)]
    text = f"Pair is the least sensitive to the dimension{absent(measured, OF_PAPER)}"
    return of_all_parts("6", text, "section 5.3, Figures 3a, 4 and 5", parts)


def losses(measured, measure, dim, methods):
    """Dict of method → `Draws` of its relative loss from its own dimension to `dim`, where measured.

    Relative, as a method that is low everywhere has little to lose.
    """
    found = {}
    for method in methods:
        full, reduced = of(measured, method, measure, None), of(measured, method, measure, dim)
        if full is not None and reduced is not None and full.mean > 0:
            found[method] = relative_loss(full, reduced)
    return found


def _loss(measured, method, condition, verdict):
    text = f"{RECALL} lost, {label_of(method)}"
    label = f"{dim_label(measured, None)} → {SMALL}"
    found = losses(measured, RECALL, SMALL, [method])
    if not found:
        return unmeasured(text, RECALL, label, condition=condition)
    full, reduced = of(measured, method, RECALL, None), of(measured, method, RECALL, SMALL)
    note = f"{100 * full.mean:.1f} → {100 * reduced.mean:.1f} %: {points(full - reduced)} points"
    loss = found[method]
    return Part(text, RECALL, label, "test", loss, condition, verdict(loss), "relative", note)


def _apart(measured):
    """The least loss of the classified minus the greatest of the embeddings, without any threshold."""
    metric, classified = (losses(measured, RECALL, SMALL, methods) for methods in (METRIC, CLASSIFIED))
    label = f"{dim_label(measured, None)} → {SMALL}"
    condition = "interval above 0, for each pair of them"
    if not metric or not classified:
        text = "least loss of Alex and Softmax minus greatest of the embeddings"
        return unmeasured(text, RECALL, label, condition=condition)
    greatest = max(metric, key=lambda method: metric[method].mean)
    lower, loss = least(classified)
    apart = [one - other for one in classified.values() for other in metric.values()]
    text = f"{RECALL} lost, least of Alex and Softmax ({label_of(lower)}) minus "
    text += f"greatest of the embeddings ({label_of(greatest)})"
    verdict = all_of([above(draws) for draws in apart])
    value = loss - metric[greatest]
    return Part(text, RECALL, label, "test", value, condition, verdict, "relative")


def _insensitive(measured, measure, dim):
    found = losses(measured, measure, dim, OF_PAPER)
    others = {method: loss for method, loss in found.items() if method != "pair"}
    label = f"{dim_label(measured, None)} → {dim}"
    condition = "interval above 0, over each other method"
    if "pair" not in found or not others:
        text = f"{measure_label(measure)} lost, least of the others minus pair"
        return unmeasured(text, measure, label, condition=condition)
    other, lost = least(others)
    text = f"{measure_label(measure)} lost, least of the others ({label_of(other)}) minus pair"
    verdict = all_of([above(loss - found["pair"]) for loss in others.values()])
    note = f"pair loses {100 * found['pair'].mean:.1f} %, {label_of(other)} {100 * lost.mean:.1f} %"
    return Part(text, measure, label, "test", lost - found["pair"], condition, verdict, "relative", note)
