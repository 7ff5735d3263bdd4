"""The search over learning rates: what runs reached on held-out training fabrics, and which is chosen."""

import csv
import json
from pathlib import Path
from typing import NamedTuple

from fabric_retrieval.atomic import replacing

COLUMNS = ("method", "ratio", "learning_rate", "seed", "held_out_map", "chosen")
STOPPED = "stopped.json"


class Outcome(NamedTuple):
    """Of a run of the search: its best held-out mAP, or None if it came to nothing (NaN, collapse)."""

    learning_rate: float
    held_out_map: float | None


def choose(outcomes):
    """The learning rate with the highest held-out mAP, of equals the lowest; None if all came to nothing."""
    finished = [outcome for outcome in outcomes if outcome.held_out_map is not None]
    if not finished:
        return None
    return min(finished, key=lambda outcome: (-outcome.held_out_map, outcome.learning_rate)).learning_rate


def edge_note(method, outcomes):
    """A sentence if the chosen rate is the lowest or the highest searched, else None."""
    chosen, rates = choose(outcomes), [outcome.learning_rate for outcome in outcomes]
    if chosen is None or len(rates) < 2 or min(rates) < chosen < max(rates):
        return None
    which = "lowest" if chosen == min(rates) else "highest"
    return (
        f"{method}: its learning rate {chosen:g} is the {which} that was searched; a better may lie beyond."
    )


def held_out_map(run_dir):
    """The best held-out mAP that a run's history.json tells of; None where nothing was held out."""
    path = Path(run_dir) / "history.json"
    return float(json.loads(path.read_text())["best"]["map"]) if path.exists() else None


def record_stop(run_dir, about, error):
    """Keeps in a run's folder that it came to nothing and why, so that it is not tried again.

    Args:
        about: dict of its `method`, `ratio`, `seed` and `learning_rate`, as an `Evaluation` has them.
    """
    with replacing(Path(run_dir) / STOPPED) as temporary:
        temporary.write_text(json.dumps({**about, "error": str(error)}, indent=1))


def why_stopped(run_dir):
    """What `record_stop` has kept of a run, or None."""
    path = Path(run_dir) / STOPPED
    return json.loads(path.read_text())["error"] if path.exists() else None


def write_search(path, searched, ratios, seed):
    """Writes search.csv: a line a run, held_out_map empty where it came to nothing.

    Args:
        searched: dict of method to list of `Outcome`. ratios: dict of method to ratio or None.
        seed: of all these runs.
    """
    with replacing(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for method, outcomes in searched.items():
            chosen = choose(outcomes)
            for rate, reached in outcomes:
                shown = "" if reached is None else f"{reached:.6f}"
                ratio = "" if ratios[method] is None else ratios[method]
                writer.writerow([method, ratio, f"{rate:g}", seed, shown, int(rate == chosen)])
