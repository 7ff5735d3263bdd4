"""A search from its first run to its last, going on where it stopped."""

import gc
import statistics
import sys
from pathlib import Path

import keras

from fabric_retrieval import errors
from fabric_retrieval.errors import TrainingStoppedError, UserError
from fabric_retrieval.recipe.outcomes import read_outcome, remove_models, write_outcome
from fabric_retrieval.recipe.report import write_report
from fabric_retrieval.recipe.variants import BASE
from fabric_retrieval.study.timing import Timing, duration
from fabric_retrieval.training.run import train


def start(settings, runs, say=print):
    """Trains the runs that are not finished, one after another, and writes the report after each.

    Args:
        settings: a namespace of the flags of `python -m fabric_retrieval.recipe`. runs: of `make_plan`.
        say: takes a line of progress.

    Raises:
        UserError: a finished run has other flags; nothing is trained. Or the base cannot be.
        SystemExit: it was interrupted, or a variant cannot be trained here; says how to go on.
    """
    outcomes = {run.name: outcome for run in runs if (outcome := read_outcome(run))}
    if settings.list:
        for run in runs:
            say(f"{'done' if run.name in outcomes else 'to do':5} {run.name}")
        say(f"{len(outcomes)} of {len(runs)} runs are done.")
        return
    Path(settings.recipe_dir).mkdir(parents=True, exist_ok=True)
    timing, failed = Timing(Path(settings.recipe_dir) / "timing.csv"), {}
    for number, run in enumerate(runs, 1):
        if run.name not in outcomes:
            try:
                outcomes[run.name] = outcome = _do(run, timing)
            except UserError as error:
                if run.variant.name == BASE:
                    raise
                failed[run.name] = error
                say(f"[{number}/{len(runs)}] {run.name} ... cannot be trained: {error}")
                continue
            write_report(settings, runs, outcomes)
            median = statistics.median(o["seconds"] for o in outcomes.values())
            left = duration(median * (len(runs) - len(outcomes) - len(failed)))
            say(
                f"[{number}/{len(runs)}] {run.name} ... {_told(outcome)}, {duration(outcome['seconds'])}; "
                f"about {left} left"
            )
        if not settings.keep_models:
            remove_models(run)
    write_report(settings, runs, outcomes)
    say(f"Results: {Path(settings.recipe_dir) / 'recipe.md'}")
    if failed:
        sys.exit(f"These cannot be trained and are tried again by {errors.command()}: {', '.join(failed)}")


def _do(run, timing):
    error = None
    try:
        with timing.measuring(run.name):
            if not train(run.config):
                sys.exit(f"Stopped; its state is saved. Go on with: {errors.command()}")
    except TrainingStoppedError as stopped:
        error = str(stopped)
    finally:
        keras.backend.clear_session()
        gc.collect()
    write_outcome(run, round(timing.seconds[run.name], 1), error)
    return read_outcome(run)


def _told(outcome):
    if outcome["error"]:
        return f"came to nothing: {outcome['error']}"
    return f"held-out mAP {100 * outcome['held_out']['map']:.1f} %"
