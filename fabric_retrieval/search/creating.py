"""An empty index for a model, and how sure its answers will be: by a run's held-out fabrics."""

import os
from pathlib import Path

from absl import flags

from fabric_retrieval import flags as flag_groups
from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.by_pattern import Patterns
from fabric_retrieval.evaluation.embedder import Embedder
from fabric_retrieval.evaluation.features import load_or_compute
from fabric_retrieval.evaluation.measured import collection_of
from fabric_retrieval.evaluation.run_folder import open_run
from fabric_retrieval.search.describer import description, open_model
from fabric_retrieval.search.index import create_index
from fabric_retrieval.search.manifest import MANIFEST
from fabric_retrieval.search.matching import match_of
from fabric_retrieval.search.sureness import Calibration

HELD_OUT = ("query", "gallery")  # splits of the fabrics that a run is not trained on


def create_for_model(location, saved_model, kind="auto"):
    """Makes an empty index for the vectors of a SavedModel and returns it, open.

    Args:
        location, kind: as of `index.create_index`.
        saved_model: its folder or grpc://host:port[/name], which the index remembers, and what it was trained
            for, "fabric" or "pattern", as its setting "match".

    Raises:
        UserError: no exported model there, or as `create_index`.
    """
    describer = open_model(saved_model)
    where = str(saved_model) if "://" in str(saved_model) else os.path.abspath(saved_model)
    settings = {"saved_model": where, "roots": {}, "match": match_of(describer.metadata)}
    return create_index(location, description(describer, settings), kind)


def create_for_run(location, run_dir, kind="auto"):
    """As `create_for_model` of a run's model; the index can then tell how sure its answers are.

    Raises:
        UserError: no finished run; its held-out fabrics are too few or cannot be prepared again; or as
            `create_for_model`.
    """
    if (Path(location).expanduser() / MANIFEST).is_file():  # known before the held-out fabrics are embedded
        raise UserError(f"There is an index in {location} already: add to it, or give another folder.")
    calibration = calibrated(run_dir)
    index = create_for_model(location, Path(run_dir) / "saved_model", kind)
    index.calibration = calibration
    index.save()
    return index


def calibrated(run_dir):
    """The `Calibration` by a run's held-out fabrics. Raises UserError: as `create_for_run`."""
    parts = held_out(run_dir)
    if len(parts) < len(HELD_OUT):
        raise UserError(
            f"{run_dir} holds out no fabrics with photographs to ask for. For an index that cannot say how "
            f"sure it is: --saved_model={run_dir}/saved_model."
        )
    query, gallery = (parts[split] for split in HELD_OUT)
    return Calibration.fit(
        query.features, query.fabrics, gallery.features, gallery.fabrics, query.groups, gallery.groups
    )


def held_out(run_dir):
    """{split: `Features`} of the fabrics that a finished run was not trained on, as eval.py keeps them there.

    Of a run for patterns `fabrics` are the patterns, where the collection knows colourways: what counts as
    right for it. Asked for among fabrics, of which several may be of one pattern, it is then as sure or surer
    than it says.

    Raises:
        UserError: no finished run, or its collection cannot be prepared again.
    """
    run = open_run(run_dir)
    embedder = Embedder(run / "saved_model")
    builder = collection_of(embedder.metadata, data_flags(run / "flags.txt"))
    method = embedder.metadata["flags"].get("method", "model")  # eval.py's name for them
    parts = {
        split: load_or_compute(embedder, method, builder, split, run / "features")
        for split in HELD_OUT
        if split in builder.info.splits
    }
    if match_of(embedder.metadata) == "pattern":
        patterns = Patterns.read(builder).of
        parts = {split: part._replace(fabrics=patterns[split]) for split, part in parts.items()}
    return parts


def data_flags(path):
    """dict of `fird.prepare`'s arguments as a run's flags.txt has them; defaults where it does not."""
    values, stored = flags.FlagValues(), flag_groups.read_flags(path)
    flag_groups.define_data_flags(values)
    values(["flags", *(f"--{name}={value}" for name, value in stored.items() if name in values)])
    return {flag.name: flag.value for flag in values.flags_by_module_dict()[flag_groups.__name__]}
