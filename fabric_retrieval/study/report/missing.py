"""What a study has not measured (yet)."""

import numpy as np

from fabric_retrieval.study.report.figures import COMPACT, KS, RECALL
from fabric_retrieval.study.report.measured import has
from fabric_retrieval.study.report.names import FOCUS, METHODS, label_of


def missing(measured):
    """Sentences, one a thing that the report would show and the study lacks; [] for a complete study."""
    study = measured.study
    absent = [label_of(method) for method in METHODS if method not in study.methods]
    lacking = [f"Methods not evaluated: {', '.join(absent)}."] if absent else []
    wanted = study.settings.get("ratios") or KS
    ratios = [ratio for ratio in wanted if ratio not in study.ratios]
    if ratios:
        lacking.append(f"Focus ranking not evaluated at the ratios {', '.join(f'1:{r}' for r in ratios)}.")
    if FOCUS in study.methods and study.main_ratio != max(KS):
        lacking.append(
            f"Focus ranking stands at 1:{study.main_ratio} in the comparison; the paper's is 1:32."
        )
    if "rgb_histogram" not in study.references:
        lacking.append("The reference row rgb_histogram is not there.")
    lacking += _seeds(study)
    compared = study.methods.values()
    names = sorted(label_of(group.method) for group in compared if not has(group, RECALL, "distractors"))
    if names:
        lacking.append(f"Not measured with distractors (Figure 8): {', '.join(names)}.")
    if not any(COMPACT in group.dims for group in study.methods.values()):
        lacking.append(f"Nothing was measured at {COMPACT} dimensions (Figures 3b, 8b, 9b).")
    for number in ("6", "7"):
        if number not in study.pictures:
            lacking.append(f"The pictures of Figure {number} are not there.")
    for rows, file in ((study.search, "search.csv"), (study.timing, "timing.csv")):
        if not rows:
            lacking.append(f"{file} is not there.")
    return lacking if study.settings else [*lacking, "study.json, the settings, is not there."]


def _seeds(study):
    trained = [group for group in study.methods.values() if group.trained]
    if not trained:
        return []
    counts = {label_of(group.method): len(group.seeds) for group in trained}
    wanted = study.settings.get("seeds", max(counts.values()))
    wanted = len(wanted) if isinstance(wanted, list) else int(np.max(wanted))
    fewer = [f"{name} {count}" for name, count in counts.items() if count < wanted]
    sentences = [f"Fewer than {wanted} seeds so far: {', '.join(fewer)}."] if fewer else []
    if max(counts.values()) == 1:
        sentences.append("One seed: intervals are over fabrics only, and F1 and NMI have none.")
    return sentences
