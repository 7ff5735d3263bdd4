"""Changes an index again and again, a step a save, until it is killed: python -m search.changing FOLDER"""

import sys

import numpy as np
from search.oracle import drawn, items

from fabric_retrieval.search import open_index

DIMENSION = 6


def change(index, step):
    """What step `step`, from 1, adds to an index or an oracle, and what it removes."""
    index.add(items(range(4 * step, 4 * step + 7), fabrics=5), drawn(7, DIMENSION, step))
    gone = np.random.default_rng(step).integers(0, 4 * step, size=2)
    index.remove([item.image_id for item in items(gone.tolist(), fabrics=5)])


def main(folder):
    index = open_index(folder)
    step = index.settings.get("step", 0)
    while True:
        step += 1
        change(index, step)
        index.settings = {"step": step}
        index.save()
        print(step, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
