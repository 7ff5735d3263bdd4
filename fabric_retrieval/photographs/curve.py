"""The learning curve of one set."""

from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from fabric_retrieval.photographs.cells import cells, choose
from fabric_retrieval.photographs.measured import Measured, mean_of


class Point(NamedTuple):
    """Heads trained on so many fabrics with so many photographs of each.

    Attributes:
        begin: where they began, "run" or "anew". measured: `Measured`, the mean of the seeds, each of which
            has fabrics and photographs of its own. seeds: [S] float64, the mAP of each.
    """

    begin: str
    fabrics: int
    photos: int
    measured: Measured
    seeds: np.ndarray


def learning_curve(under_test, settings):
    """A list of `Point`; what was trained before is found again.

    Args:
        under_test: `SetUnderTest`. settings: of the command.
    """
    names = under_test.heads.images.fabrics
    wanted = [
        (begin, *cell) for begin in settings.begin for cell in cells(names, settings.fabrics, settings.photos)
    ]
    points = []
    for begin, fabrics, photos in tqdm(wanted, "learning curve", unit=" cells"):
        seeds = [
            under_test.trained_once(choose(names, fabrics, photos, seed), begin, seed)
            for seed in range(settings.seeds)
        ]
        maps = np.array([one.values[:, 1].mean() for one in seeds])
        points.append(Point(begin, fabrics, photos, mean_of(seeds), maps))
    return points
