"""What a study has not measured: not yet, or because training came to nothing."""

from fabric_retrieval.study.report.figures import COMPACT, KS, RECALL
from fabric_retrieval.study.report.folder import is_chosen
from fabric_retrieval.study.report.measured import has
from fabric_retrieval.study.report.names import FOCUS, MAIN_RATIO, METHODS, REFERENCE, label_of
from fabric_retrieval.study.report.tables import name_of


def missing(measured):
    """Sentences, one a thing that the report would show and the study lacks; [] for a complete study."""
    study = measured.study
    lacking = _methods(study)
    wanted = study.settings.get("ratios") or KS
    ratios = [ratio for ratio in wanted if ratio not in study.ratios]
    if ratios:
        lacking.append(f"Focus ranking not evaluated at the ratios {', '.join(f'1:{r}' for r in ratios)}.")
    failed = [r for r in ratios if any(run.startswith(f"{FOCUS}-ratio{r}-") for run in study.stopped)]
    if failed:
        lacking.append(f"Its training came to nothing at {', '.join(f'1:{r}' for r in failed)}.")
    if FOCUS in study.methods and study.main_ratio != MAIN_RATIO:
        lacking.append(
            f"Focus ranking stands at 1:{study.main_ratio} in the comparison; the paper's is 1:{MAIN_RATIO}."
        )
    if REFERENCE not in study.references:
        lacking.append(f"The reference row {label_of(REFERENCE)} is not there.")
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


def _methods(study):
    absent = [method for method in METHODS if method not in study.methods]
    searched, chosen = (
        {row["method"] for row in rows} for rows in (study.search, filter(is_chosen, study.search))
    )
    failed = [label_of(method) for method in absent if method in searched - chosen]
    others = [label_of(method) for method in absent if method not in searched - chosen]
    sentences = [f"Methods not evaluated: {', '.join(others)}."] if others else []
    if failed:
        sentences.append(f"Training came to nothing at every learning rate searched: {', '.join(failed)}.")
    return sentences


def _seeds(study):
    """Of each trained group: the seeds that came to nothing, those that are yet to come, and lone ones."""
    trained = [group for group in study.groups if group.trained]
    most = max((len(group.seeds) for group in trained), default=0)
    wanted = study.settings.get("seeds") or range(most)
    sentences, later = [], []
    for group in trained:
        absent = [seed for seed in wanted if seed not in group.seeds]
        stopped = [seed for seed in absent if group.run(seed) in study.stopped]
        name = name_of(group, study.main_ratio)
        if stopped:
            sentences.append(
                f"{name}: {len(stopped)} of {len(wanted)} seeds came to nothing (the loss diverged or the "
                "embedding collapsed), so its numbers are of the seeds that survived. "
                + " ".join(f"Seed {seed}: {_first(study.stopped[group.run(seed)])}" for seed in stopped)
            )
        if len(absent) > len(stopped):
            later.append(f"{name} {len(absent) - len(stopped)}")
    if later:
        sentences.append(f"Of {len(wanted)} seeds not evaluated (yet): {', '.join(later)}.")
    if most == 1:
        sentences.append("One seed: intervals are over fabrics only, and F1 and NMI have none.")
    return sentences


def _first(text):
    """The first sentence."""
    return f"{text.partition('. ')[0].rstrip('.')}."
