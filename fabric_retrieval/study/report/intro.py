"""The report's first sentences: what was measured, which method is ahead, what cannot be compared."""

from fabric_retrieval.study.report.claims import points
from fabric_retrieval.study.report.departures import departures
from fabric_retrieval.study.report.figures import RECALL
from fabric_retrieval.study.report.names import label_of
from fabric_retrieval.study.report.origin import distractors, weights
from fabric_retrieval.study.report.tables import percent


def answer(measured):
    """The two best methods and the reference rows."""
    study = measured.study
    found = [(measured.of(group, RECALL), group) for group in study.methods.values()]
    found = sorted(((draws, group) for draws, group in found if draws), key=lambda pair: -pair[0].mean)
    if not found:
        return f"{RECALL} was not measured."
    (best, first), *others = found
    text = f"Highest {RECALL} at the full dimension: {label_of(first.method)}, {percent(best)} %"
    if others:
        second, group = others[0]
        text += f", {points(best - second)} points above {label_of(group.method)}"
    for reference in study.references.values():
        draws = measured.of(reference, RECALL)
        if draws:
            text += f"; without any network, {label_of(reference.method)}: {percent(draws)} %"
    return f"{text}."


def what(study):
    """What was trained and measured on what."""
    trained = [group for group in study.methods.values() if group.trained]
    counts = sorted({len(group.seeds) for group in trained})
    seeds = "none trained"
    if counts:
        seeds = f"{' or '.join(map(str, counts))} seed{'' if counts == [1] else 's'} each"
    return (
        f"{len(study.methods)} methods on the same network from the same initial weights, {seeds}; "
        f"{len(study.fabrics):,} queries of {len(set(study.fabrics.tolist())):,} fabrics that no network has "
        f"seen in training; {distractors(study):,} distractors (the paper: 100,000). After section 5 of Deng "
        "et al., Learning Deep Similarity Models with Focus Ranking for Fabric Image Retrieval."
    )


def difference(study):
    """How the study differs from the paper's experiment, so that nobody compares what cannot be."""
    own = sorted({group.dims[0] for group in study.methods.values()}, reverse=True)
    network = "its features have the paper's 4,096 dimensions"
    if own and own != [4096]:
        network = f"a smaller network ({' or '.join(f'{dim:,}' for dim in own)} features, not 4,096)"
    dataset = study.settings.get("dataset", "fird")
    made = "drawn" if dataset.startswith("fird/rendered") else "others"
    letter = "; ".join(said for said, _ in departures(study))
    return (
        f"Not the paper's data: its photographs were never published, these are {made} (`{dataset}`"
        f"{_proportions(study)}); {network}; initial weights: {weights(study)}. "
        + (f"The training is not the paper's letter either: {letter}. " if letter else "")
        + "So levels say nothing beside the paper's, only the order of the methods and the gaps between them "
        "do."
    )


def _proportions(study):
    images = study.settings.get("images", {})
    train, test = (images.get(split, {}).get("fabrics") for split in ("train", "gallery"))
    if not train or not test:
        return ""
    shares = {config.get("holdout") for config in (study.settings.get("configs") or {}).values()}
    held_out = f" ({100 * shares.pop():g} % of them held out)" if len(shares) == 1 and all(shares) else ""
    return (
        f", {train:,} fabrics to train on{held_out} and {test:,} to test, {train / test:.2g} to 1, "
        "in the paper 1 to 1"
    )
