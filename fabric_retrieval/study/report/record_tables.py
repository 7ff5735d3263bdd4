"""Tables of how a study was made: search, flags, settings, time."""

from fabric_retrieval.study.report.document import Table
from fabric_retrieval.study.report.folder import is_chosen
from fabric_retrieval.study.report.names import FOCUS, METHODS, label_of
from fabric_retrieval.study.report.origin import weights_and_data
from fabric_retrieval.study.timing import duration

# Of study.json: shown as a table of their own or elsewhere.
APART = ("configs", "pretrain", "search_notes", "format", "command", "shown", "notes")
DRAWN_AT_MOST = 60  # photographs a second and core: three times what drawing reaches (README, "Results")


def search(study):
    """The search over learning rates."""
    rows = []
    for row in study.search:
        ratio = row.get("ratio", "")
        name = label_of(row["method"]) + (f" 1:{ratio}" if row["method"] == FOCUS and ratio else "")
        rate = f"{float(row['learning_rate']):g}"
        found = row.get("held_out_map", "")
        score = f"{100 * float(found):.1f}" if found else "came to nothing"
        rows.append([name, rate, row.get("seed", ""), score, "chosen" if is_chosen(row) else ""])
    head = ["method", "learning rate", "seed", "mAP, held-out training fabrics", ""]
    return Table(head, rows, note=weights_and_data(study))


def timing(study):
    """What each kind of part took, and the whole; the parts one by one are in timing.csv."""
    kinds = {}
    for row in study.timing:
        kinds.setdefault(_kind(row["part"]), []).append(float(row["seconds"]))
    ready = [kind for kind, seconds in kinds.items() if _was_ready(study, kind, sum(seconds))]
    rows = [
        [f"{kind}, found ready" if kind in ready else kind, str(len(seconds)), duration(sum(seconds))]
        for kind, seconds in kinds.items()
    ]
    every = [second for seconds in kinds.values() for second in seconds]
    total = f"total{', without drawing what was found ready' if ready else ''}"
    rows.append([total, str(len(every)), duration(sum(every))])
    notes = [f"Found ready, so drawn before and not in the total: {', '.join(ready)}."] if ready else []
    if isinstance(study.settings.get("pretrain"), dict):
        name = study.settings["pretrain"].get("dataset", "those of pretraining")
        notes.append(f"Whether the photographs of {name} were drawn or found ready is not recorded.")
    return Table(["part", "number", "time"], rows, file="timing.csv", note=" ".join(notes))


def settings(study):
    """study.json, a line a setting, without the training flags."""
    shown = {name: value for name, value in study.settings.items() if name not in APART and value is not None}
    return Table(["setting", "value"], [[name, text] for name, text in _flat(shown)], words=2)


def flags(study):
    """The training flags in which the methods or the pretraining differ, and the others as text.

    Returns:
        (`Table` with a column a method, "--flag=value ..." of those that all of them share); None where
        study.json has none.
    """
    configs = study.settings.get("configs") or {}
    columns = {method: configs[method] for method in METHODS if method in configs}
    if isinstance(study.settings.get("pretrain"), dict):
        columns = {"pretraining": study.settings["pretrain"]} | columns
    if not columns:
        return None
    names = sorted({name for config in columns.values() for name in config})
    values = {name: [_shown(config.get(name, "")) for config in columns.values()] for name in names}
    differing = {name: found for name, found in values.items() if len(set(found)) > 1}
    head = ["flag", *(label_of(name) if name in METHODS else name for name in columns)]
    rows = [[f"`--{name}`", *found] for name, found in differing.items()]
    shared = " ".join(f"--{name}={found[0]}" for name, found in values.items() if name not in differing)
    return Table(head, rows), shared


def _kind(part):
    """ "evaluation" of "evaluation pair-lr0.01-seed0", "train pair" of "pair-lr0.01-seed0"."""
    if part.startswith("evaluation "):
        return "evaluation"
    method = part.partition("-lr")[0].partition("-ratio")[0]
    return f"train {label_of(method)}" if "-lr" in part and method in METHODS else part


def _was_ready(study, part, seconds):
    """Was a collection opened faster than it can be drawn? False where study.json does not tell its size."""
    splits = study.settings.get("fingerprints", {}).get(part, ())
    photographs = sum(study.settings.get("images", {}).get(split, {}).get("images", 0) for split in splits)
    cores = study.settings.get("machine", {}).get("cores", 1)
    return photographs > DRAWN_AT_MOST * cores * seconds


def _flat(settings, prefix=""):
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}: ")
        else:
            yield f"{prefix}{name}", _shown(value)


def _shown(value):
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
