"""Where a study's numbers come from: initial weights, data, machine; as sentences."""

from fabric_retrieval.study.report.folder import is_chosen
from fabric_retrieval.study.report.names import FOCUS


def weights(study):
    """What gave the initial weights: "a network that classifies `fird/pretrain` (2,000 steps), not ..."."""
    file, pretrain = study.settings.get("weights"), study.settings.get("pretrain")
    if file:
        name, _, digest = file.partition(", sha256 ")
        return f"the file `{name}`{f' (SHA-256 {digest[:12]}...)' if digest else ''}"
    if not isinstance(pretrain, dict):
        return "not recorded"
    steps = f" ({pretrain['steps']:,} steps)" if "steps" in pretrain else ""
    return f"a network that classifies `{pretrain.get('dataset', 'fird/pretrain')}`{steps}, not ImageNet"


def distractors(study):
    """Their number in the gallery; 0 of a study without."""
    return max(group.distractors for group in study.groups)


def weights_and_data(study):
    """A sentence each."""
    data = f"`{study.settings['dataset']}`" if "dataset" in study.settings else "not recorded"
    return f"Initial weights of all methods: {weights(study)}. Data: {data}."


def origin(study):
    """The line below every table of results: initial weights, data, and seeds where these are few."""
    text = (
        f"{weights_and_data(study)[:-1]}, {len(set(study.fabrics.tolist())):,} test fabrics, "
        f"{distractors(study):,} distractors."
    )
    trained = [len(group.seeds) for group in study.methods.values() if group.trained]
    if trained and min(trained) == 1:
        text += " A method with one seed has intervals over fabrics only, and none of F1 and NMI."
    return text


def ratios_rate(study):
    """The learning rate of the ratio analysis (Figure 9), whose ratios are not searched one by one."""
    rates = {group.learning_rate for group in study.ratios.values()}
    searched = {row["ratio"] for row in study.search if row["method"] == FOCUS and is_chosen(row)}
    if len(rates) != 1 or len(searched) != 1:
        return ""
    return f"all ratios at the learning rate chosen at 1:{searched.pop()}, {rates.pop():g}"


def made(study):
    """Date, machine and versions of study.json; "" where it has none."""
    date, machine = study.settings.get("date"), study.settings.get("machine") or {}
    versions = study.settings.get("versions") or {}
    parts = [f"begun {date}"] if date else []
    if machine:
        system = f", {machine['system']}" if machine.get("system") else ""
        parts.append(f"on {machine.get('cores', '?')} cores ({machine.get('processor', '?')}{system})")
    if versions:
        parts.append("with " + ", ".join(f"{name} {version}" for name, version in versions.items()))
    return f"The study was {' '.join(parts)}." if parts else ""
