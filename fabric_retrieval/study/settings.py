"""study.json: what a study was made with. Its folder goes on with the same settings and refuses others."""

import datetime
import hashlib
import importlib
import json
import platform
from pathlib import Path

import fabric_retrieval
from fabric_retrieval.atomic import replacing
from fabric_retrieval.errors import UserError
from fabric_retrieval.processes import count_cores

FILE = "study.json"
# May grow: what is there stays what it is, and the new ones are added to it.
GROWING = ("methods", "ratios", "seeds", "learning_rates")
SETTINGS = (
    *GROWING,
    "dims",
    "ks",
    "dataset",
    "test_fabrics",
    "distractors",
    "kmeans_restarts",
    "batch_size",
    "pretrain",
    "weights",
    "configs",
)
PACKAGES = ("tensorflow", "keras", "tensorflow_datasets", "numpy", "sklearn")


def differences(there, here):
    """Lines that name what differs between two dicts of settings; [] if the study can go on.

    `configs` and `pretrain` are compared flag by flag; the lists of `GROWING` may be longer here, with the
    same first seed.
    """
    lines = []
    for name in SETTINGS:
        old, new = there.get(name), here.get(name)
        if name == "configs":
            for method in old.keys() & new.keys():
                lines += _of_flags(f"flags of {method}", old[method], new[method])
        elif isinstance(old, dict) and isinstance(new, dict):
            lines += _of_flags(f"flags of {name}", old, new)
        elif name in GROWING and set(old) <= set(new) and (name != "seeds" or old[0] == new[0]):
            continue
        elif old != new:
            lines.append(f"  --{name}: {_shown(old)} there, {_shown(new)} here")
    return lines


def check_study(folder, settings):
    """Checks that a folder holds no study, or one with these settings; writes nothing.

    Args:
        folder: of the study.
        settings: dict with the keys `SETTINGS`, and others that are only told.

    Raises:
        UserError: names every setting that differs.
    """
    if not (Path(folder) / FILE).exists():
        return
    lines = differences(read(folder), json.loads(json.dumps(settings)))
    if lines:
        raise UserError(
            f"{folder} holds a study with other settings:\n"
            + "\n".join(lines)
            + "\nGive another --study_dir, or the settings of that study."
        )


def open_study(folder, settings):
    """Writes study.json into a study's folder, made where missing; arguments and errors of `check_study`."""
    check_study(folder, settings)
    there = read(folder) if (Path(folder) / FILE).exists() else {}
    date = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    first = {"format": 1, "date": date, "machine": machine(), "versions": versions()}
    Path(folder).mkdir(parents=True, exist_ok=True)
    write(folder, first | there | settings)


def write(folder, content):
    """Writes study.json."""
    with replacing(Path(folder) / FILE) as temporary:
        temporary.write_text(json.dumps(content, indent=1))


def read(folder):
    """The content of study.json."""
    return json.loads((Path(folder) / FILE).read_text())


def add(folder, **more):
    """Adds to study.json what became known since."""
    write(folder, read(folder) | more)


def digest(path):
    """Name and sha256 of a file of weights, or of a finished run's; None of None."""
    if path is None:
        return None
    path = Path(path)
    if path.is_dir():
        files = sorted((path / "saved_model" / "variables").glob("*"))
    else:
        files = [path] if path.is_file() else []
    if not files:
        raise UserError(f"--weights={path}: expected a file of weights or the folder of a finished run.")
    found = hashlib.sha256()
    for file in files:
        found.update(file.read_bytes())
    return f"{path.name}, sha256 {found.hexdigest()}"


def machine():
    """What the study runs on: `cores` (int) and `processor` (str)."""
    return {"cores": count_cores(), "processor": _processor(), "system": platform.platform()}


def versions():
    """Names of packages to their versions."""
    found = {name: importlib.import_module(name).__version__ for name in PACKAGES}
    return {"fabric_retrieval": fabric_retrieval.__version__, "python": platform.python_version(), **found}


def _processor():
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _of_flags(what, old, new):
    return [
        f"  {what}: --{name}: {_shown(old.get(name))} there, {_shown(new.get(name))} here"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def _shown(value):
    if value is None:
        return "not set"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
