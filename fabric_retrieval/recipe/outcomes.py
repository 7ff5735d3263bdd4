"""What a run of a search came to: `outcome.json` in its folder."""

import json
import shutil

from fabric_retrieval.atomic import replacing
from fabric_retrieval.errors import UserError
from fabric_retrieval.flags import training_config
from fabric_retrieval.recipe.plan import flags_of

FILE = "outcome.json"
MEASURES = ("map", "recall@16", "hit_rate@1")
LARGE = ("checkpoints", "events", "untrained", "saved_model", "clusters", "neighbours")


def read_outcome(run):
    """Of a finished `Run`, a dict of "held_out": `MEASURES` and "step", or None if its training came to
    nothing, then "error"; and "seconds". None if it is not finished.

    Raises:
        UserError: the run was made with other flags than it would be now.
    """
    path = run.folder / FILE
    if not path.exists():
        return None
    outcome = json.loads(path.read_text())
    here = flags_of(run.config)
    there = flags_of(training_config("--run_dir=unused")) | outcome["flags"]  # flags may be newer than it
    lines = [
        f"  --{name}: {there.get(name)} there, {value} here"
        for name, value in here.items()
        if there.get(name) != value
    ]
    if lines:
        raise UserError(
            f"{run.folder} holds a run with other flags:\n"
            + "\n".join(lines)
            + "\nGive another --recipe_dir, or remove that folder to train it anew."
        )
    return outcome


def write_outcome(run, seconds, error=None):
    """Keeps what the run's history tells, the best of its evaluations, or with what error it ended."""
    held_out = None
    if error is None:
        history = run.folder / "history.json"
        if not history.exists():
            raise UserError(
                f"Nothing was held out in {run.folder}: --holdout={run.config.holdout:g} of the fabrics of "
                f"{run.config.dataset} is too little."
            )
        best = json.loads(history.read_text())["best"]
        held_out = {name: best[name] for name in (*MEASURES, "step")}
    with replacing(run.folder / FILE) as temporary:
        outcome = {"held_out": held_out, "error": error, "seconds": seconds, "flags": flags_of(run.config)}
        temporary.write_text(json.dumps(outcome, indent=1))


def remove_models(run):
    """Removes what is large of a finished run."""
    for name in LARGE:
        shutil.rmtree(run.folder / name, ignore_errors=True)
