"""A collection's photographs, drawn into part files beside the prepared set: a killed drawing goes on.

TFDS throws its half-made sets away; the folder of parts outlives them, until the set is in place.
"""

from pathlib import Path

from absl import logging
from tqdm import tqdm

from fabric_retrieval.atomic import remove_unfinished
from fabric_retrieval.processes import count_cores, ordered_map
from fabric_retrieval.rendering.parts import drawing_digest, is_whole, read_part, write_part


class Drawing:
    """Part files of a collection in <folder>/drawing-<version>-<digest of what draws>."""

    def __init__(self, collection, folder, version):
        self.collection = collection
        self.folder = Path(folder) / f"drawing-{version}-{drawing_digest()}"

    def path(self, part):
        """File of a part."""
        return self.folder / f"part-{part:05d}.zip"

    def missing(self):
        """Numbers of the parts that are not drawn; a damaged file is removed, as if it had never been."""
        missing = []
        for part in range(self.collection.parts):
            if self.path(part).exists() and not is_whole(self.path(part)):
                logging.warning("%s is damaged; it is drawn again.", self.path(part))
                self.path(part).unlink()
            if not self.path(part).exists():
                missing.append(part)
        return missing

    def draw(self, parts, workers=0):
        """Draws `parts`, their numbers; the files do not depend on `workers`, processes (0: one a core)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        remove_unfinished(self.folder)
        workers = min(workers or count_cores(), max(len(parts), 1))
        tasks = [(self.collection, part, str(self.path(part))) for part in parts]
        counts = [self.photographs(part) for part in range(self.collection.parts)]
        total = sum(counts)
        earlier = total - sum(counts[part] for part in parts)
        written = ordered_map(write_part, tasks, workers)
        try:
            with tqdm(desc="Drawing", total=total, initial=earlier, unit="photo", smoothing=0.05) as progress:
                for part, _ in zip(parts, written, strict=True):
                    progress.update(counts[part])
        finally:
            written.close()  # stops the processes at once

    def photographs(self, part):
        """Number of photographs of a part."""
        return sum(self.collection.photo_count(fabric) for fabric in self.collection.part(part))

    def read(self, wanted):
        """Yields `parts.Drawn` for each (fabric, photo) in `wanted`, in order."""
        for part in range(self.collection.parts):
            yield from read_part(self.path(part), wanted)

    def size(self):
        """Bytes of all part files."""
        return sum(path.stat().st_size for path in self.folder.glob("part-*.zip"))
