"""What a run measured on its held-out fabrics: `history.json` in its folder."""

import json
from pathlib import Path

from fabric_retrieval.atomic import replacing


class History:
    """Measures by step, those after the checkpoint that a run goes on from forgotten.

    The file is {"held_out": [{"step": ..., "map": ..., ...}, ...], "best": the one with the best map}. Only
    one process, the chief, writes it.
    """

    def __init__(self, path, done, chief=True):
        self._path = Path(path)
        self._chief = chief
        self._rows = []
        if self._path.exists():
            rows = json.loads(self._path.read_text())["held_out"]
            self._rows = [row for row in rows if row["step"] <= done]

    def add(self, step, metrics):
        """Appends the measures of `step` and writes the file."""
        if not self._chief:
            return
        self._rows = [row for row in self._rows if row["step"] < step] + [{"step": step, **metrics}]
        best = max(
            self._rows, key=lambda row: (row["map"], row["step"])
        )  # of equals the later, as `Checkpoints`
        with replacing(self._path) as temporary:
            temporary.write_text(json.dumps({"held_out": self._rows, "best": best}, indent=1))
