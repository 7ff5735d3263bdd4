"""The cells of a learning curve: so many fabrics, with so many photographs of each."""

import numpy as np

from fabric_retrieval.data.units import generator

CELLS = 100  # of the streams of random numbers, away from those of training


def cells(fabrics, wanted_fabrics, wanted_photos):
    """What can be had of a train half: a list of (fabrics, photographs of each).

    Where fewer fabrics have as many photographs than were asked for, all of them are the last cell.

    Args:
        fabrics: [N] str, of the half's images. wanted_fabrics, wanted_photos: ascending numbers.
    """
    _, counts = np.unique(fabrics, return_counts=True)
    found = []
    for photos in wanted_photos:
        available = int((counts >= photos).sum())
        numbers = [number for number in wanted_fabrics if number <= available]
        if available < wanted_fabrics[-1] and available >= 2 and available not in numbers:
            numbers.append(available)
        found += [(number, photos) for number in numbers]
    return found


def choose(fabrics, number, photos, seed):
    """Rows [number · photos] int64, ascending, of one seed's cell.

    The fabrics of a smaller cell are among those of a larger one of as many photographs of each, and the
    photographs of a fabric likewise.
    """
    rng = generator(seed, CELLS, 0)
    names, counts = np.unique(fabrics, return_counts=True)
    order = rng.permutation(len(names))
    turns = {name: generator(seed, CELLS, 1 + position) for position, name in enumerate(names.tolist())}
    chosen = [place for place in order if counts[place] >= photos][:number]
    rows = [
        turns[names[place]].permutation(np.flatnonzero(fabrics == names[place]))[:photos] for place in chosen
    ]
    return np.sort(np.concatenate(rows))
