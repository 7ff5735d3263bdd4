"""An export → MODELS/NAME/VERSION/, as TensorFlow Serving wants it."""

import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.embedder import fingerprint
from fabric_retrieval.export import METADATA
from fabric_retrieval.serving import EXPORT_FINGERPRINT
from fabric_retrieval.serving.about import add_about
from fabric_retrieval.serving.warmup import FILE, warmup_photographs, write_warmup
from fird.folders import one_at_a_time

NAME = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)  # it stands in URLs
UNFINISHED = ".laying-out-"  # TF Serving looks at names only that are numbers
# Of saved_model.pb, which becomes another; TensorFlow does not need it.
CHECKSUM = "fingerprint.pb"


def lay_out(saved_model, models, name="fabric", version=0, warmup_photos=()):
    """Copies a SavedModel to MODELS/NAME/VERSION/, all at once or not at all: a server may be running.

    The copy has the signature `about` besides its own, and requests to warm up with.

    Args:
        saved_model: folder of the export, RUN/saved_model.
        models: folder of all models; made if need be.
        name: of the model. version: int from 1, 0 for the next; a server takes the highest.
        warmup_photos: paths of photographs to warm up with; drawn ones if empty.

    Returns:
        `Path` of the version's folder.

    Raises:
        UserError: no such model, or one that is laid out already; a name that is none for a URL; a version
            that is there; an unreadable photograph; tensorflow-serving-api is not installed.
    """
    saved_model, metadata = _open(saved_model)
    if not NAME.fullmatch(name):
        raise UserError(f"--name={name}: expected letters, digits, '.', '_' and '-', the first no sign.")
    photographs = warmup_photographs(warmup_photos)
    model = Path(models) / name
    with one_at_a_time(model):
        _sweep(model)
        target = model / str(version or max(versions(model), default=0) + 1)
        if target.exists():
            raise UserError(
                f"{target} is there already, and a server may have it open: "
                "leave out --version, or give another."
            )
        temporary = Path(tempfile.mkdtemp(dir=model, prefix=UNFINISHED))
        try:
            _fill(temporary, saved_model, metadata, name, photographs)
            _settle(temporary)
            os.replace(temporary, target)
        except BaseException:
            shutil.rmtree(temporary)
            raise
    return target


def versions(model):
    """The versions, ascending, that the folder of a model holds."""
    return sorted(int(path.name) for path in Path(model).iterdir() if path.name.isdecimal())


def _open(saved_model):
    saved_model = Path(saved_model)
    if not (saved_model / "saved_model.pb").is_file():
        raise UserError(f"--saved_model={saved_model}: no SavedModel there; train.py makes RUN/saved_model.")
    if not (saved_model / METADATA).is_file():
        raise UserError(f"{saved_model} holds no {METADATA}: export the run again.")
    metadata = json.loads((saved_model / METADATA).read_text())
    if "dimension" not in metadata:
        raise UserError(f"The {METADATA} of {saved_model} names no dimension: export the run again.")
    if EXPORT_FINGERPRINT in metadata:
        raise UserError(f"{saved_model} is laid out already: copy that folder, or give RUN/saved_model.")
    return saved_model, metadata


def _fill(folder, saved_model, metadata, name, photographs):
    origin = fingerprint(saved_model)
    shutil.copytree(saved_model, folder, ignore=shutil.ignore_patterns(CHECKSUM), dirs_exist_ok=True)
    add_about(folder / "saved_model.pb", origin, metadata)
    (folder / METADATA).write_text(json.dumps(metadata | {EXPORT_FINGERPRINT: origin}, indent=2))
    (folder / FILE).parent.mkdir(exist_ok=True)
    write_warmup(folder / FILE, name, photographs)


def _settle(folder):
    """Has every file on the disk before the folder gets its name."""
    for path in folder.rglob("*"):
        if path.is_file():
            with open(path, "r+b") as file:
                os.fsync(file.fileno())


def _sweep(model):
    for left in model.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left)
