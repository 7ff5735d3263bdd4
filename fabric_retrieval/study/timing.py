"""What each part of a study has cost, summed over interruptions, and what is left by that."""

import csv
import statistics
import time
from contextlib import contextmanager
from pathlib import Path

from fabric_retrieval.atomic import replacing
from fabric_retrieval.beside import beside

BEAT = 5.0  # seconds: so much of a part's cost is lost to a kill -9


class Timing:
    """Seconds of each part, kept in a CSV file with the columns part,seconds.

    Attributes:
        seconds: dict of part to float.
    """

    def __init__(self, path):
        self._path = Path(path)
        self.seconds = {}
        if self._path.exists():
            with open(self._path, newline="") as file:
                self.seconds = {row["part"]: float(row["seconds"]) for row in csv.DictReader(file)}

    @contextmanager
    def measuring(self, part):
        """Adds the time within to that of `part`, and writes it down every few seconds and at the end."""
        before, start = self.seconds.get(part, 0.0), time.monotonic()

        def note():
            self.seconds[part] = before + time.monotonic() - start
            self._write()

        def beat(over):
            while not over.wait(BEAT):
                note()

        try:
            with beside(beat):
                yield
        finally:
            note()

    def _write(self):
        with replacing(self._path) as temporary, open(temporary, "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["part", "seconds"])
            writer.writerows([part, f"{seconds:.1f}"] for part, seconds in self.seconds.items())


def time_left(finished, to_do, seconds):
    """What the parts to do will cost, by the median of the finished ones of their kind.

    A training run of a method that has none is taken to cost what those of the others do. What an unfinished
    part has already cost is not counted again.

    Args:
        finished, to_do: lists of `Part`. seconds: dict of part's name to what it has cost.

    Returns:
        `(seconds, known)`; not known if there is a kind to do of which nothing is finished.
    """
    costs = {}
    for part in finished:
        if part.name in seconds:
            for kind in {part.kind, part.kind.split()[0]}:
                costs.setdefault(kind, []).append(seconds[part.name])
    total, known = 0.0, True
    for part in to_do:
        of_kind = costs.get(part.kind) or costs.get(part.kind.split()[0])
        if of_kind:
            total += max(0.0, statistics.median(of_kind) - seconds.get(part.name, 0.0))
        elif part.stage not in CHEAP:
            known = False
    return total, known


CHEAP = ("initial", "retrievals", "report")  # seconds, beside the minutes of the others


def duration(seconds):
    """Seconds as people say them: 45 s, 1 min 32 s, 2 h 5 min."""
    seconds = round(seconds)
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def left_in_words(left, known):
    """The end of a line of progress."""
    if not known and round(left) == 0:
        return "time left not known yet"
    about = duration(round(left, -1)) if left >= 60 else duration(left)
    return f"about {about} left" if known else f"at least {about} left"
