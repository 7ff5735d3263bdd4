"""Ranking units (section 3.3) as integers: which images a step needs, and which of them meet which.

A unit here is (probe, positive, negative_1 ... negative_R). Batch b of a run is a pure function of (seed,
b), so unit i, the (i mod U)-th of batch i // U, is a pure function of (seed, i): there is no generator
state to save, and the number of workers changes nothing.
"""

from typing import NamedTuple

import numpy as np

from fabric_retrieval.errors import UserError

# Separate streams of random numbers for one seed. Runs depend on them: a new one goes to the end.
INDEPENDENT, SHARED, CROPS, AUGMENTATION, PAIRS, SHUFFLED, CLUSTERS, VIEWS = range(8)


class UnitBatch(NamedTuple):
    """The images of a batch, and what a method's loss takes of them.

    Attributes:
        rows: [M] int64, images of the collection.
        units: int32, one row a unit, made of positions in `rows`; the method says what is in it: here a
            probe, a positive and R negatives, [U, 2 + R].
    """

    rows: np.ndarray
    units: np.ndarray


class FabricIndex:
    """Which rows of a collection show which fabric.

    Args:
        labels: [N] integers, the fabric of each image.

    Raises:
        UserError: a fabric has one image only (it can have no positive), or there is one fabric only.
    """

    def __init__(self, labels):
        labels = np.asarray(labels)
        names, self.fabric_of, counts = np.unique(labels, return_inverse=True, return_counts=True)
        if len(names) < 2:
            raise UserError(f"Ranking units need images of at least two fabrics; there are {len(names)}.")
        if counts.min() < 2:
            raise UserError(
                f"Ranking units need two images a fabric; fabric {names[counts.argmin()]} has one."
            )
        self.order = np.argsort(self.fabric_of, kind="stable")
        self.starts = np.concatenate([[0], np.cumsum(counts)])

    def __len__(self):
        return len(self.starts) - 1

    def rows(self, fabric):
        """Rows that show `fabric`, [n] int64."""
        return self.order[self.starts[fabric] : self.starts[fabric + 1]]


def generator(seed, stream, number):
    """The random numbers that belong to one item of one stream."""
    return np.random.default_rng((seed, stream, number))


def independent_batch(index, seed, batch, units=4, ratio=32):
    """Every unit brings its own 2 + R images, as the paper has it (M = U * (2 + R)).

    The probe is any image; the positive another one of its fabric; the negatives are distinct images of
    other fabrics, drawn with replacement only where there are fewer than `ratio`.
    """
    numbers = range(batch * units, (batch + 1) * units)
    rows = np.concatenate([draw_unit(index, generator(seed, INDEPENDENT, i), ratio) for i in numbers])
    return UnitBatch(rows, np.arange(rows.size, dtype=np.int32).reshape(units, 2 + ratio))


def shared_batch(index, seed, batch, fabrics=16, images=5, ratio=32, units=0, neighbours=None):
    """`fabrics` x `images` photographs, and units drawn among them: one forward pass serves all.

    A fabric with fewer than `images` photographs gives some of them twice (their crops differ), never as
    each other's positive. With fewer fabrics than asked for, all are taken. Negatives are distinct: where
    the other fabrics of the batch have fewer than `ratio` photographs, all of them.

    Args:
        units: how many; 0 gives every image as a probe with every positive: M * (images - 1).
        neighbours: `Neighbours`, where half of the fabrics are to come in groups of one and its nearest.
    """
    rng = generator(seed, SHARED, batch)
    rows, same_fabric = draw_fabrics(index, rng, fabrics, images, neighbours)

    pairs = np.argwhere(same_fabric & (rows[:, None] != rows))
    pairs = pairs[take(rng, len(pairs), units or rows.size * (images - 1))]
    order = rng.random((len(pairs), rows.size))
    order[same_fabric[pairs[:, 0]]] = np.inf
    negatives = order.argsort(axis=1)[:, : min(ratio, rows.size - images)]
    return UnitBatch(rows, np.concatenate([pairs, negatives], axis=1).astype(np.int32))


def draw_fabrics(index, rng, fabrics, images, neighbours=None):
    """`fabrics` x `images` photographs: rows [M] int64, and [M, M] bool, which of them show one fabric.

    A fabric with fewer than `images` photographs gives some of them twice; with fewer fabrics than asked for,
    all are taken. With `neighbours` half of the fabrics are drawn in groups of one and those nearest to it.
    """
    wanted = min(fabrics, len(index))
    together = [] if neighbours is None else _groups(rng, neighbours.nearest, wanted // 2)
    others = np.setdiff1d(np.arange(len(index)), together)
    chosen = [*together, *rng.choice(others, size=wanted - len(together), replace=False)]
    rows = np.concatenate([np.resize(rng.permutation(index.rows(f)), images) for f in chosen])
    return rows, np.kron(np.eye(len(chosen), dtype=bool), np.ones((images, images), dtype=bool))


def _groups(rng, nearest, wanted):
    """`wanted` fabrics, distinct: one at random, those nearest to it, another one, and so on."""
    found = {}
    for fabric in rng.permutation(len(nearest)):
        found |= dict.fromkeys([fabric, *nearest[fabric]])
        if len(found) >= wanted:
            return list(found)[:wanted]
    return list(found)


def draw_unit(index, rng, ratio):
    """Rows [2 + R] int64 of a unit of its own images: any probe, another image of its fabric, negatives."""
    probe = rng.integers(index.order.size)
    fabric = index.fabric_of[probe]
    others = index.rows(fabric)
    positive = rng.choice(others[others != probe])
    available = index.order.size - others.size
    drawn = rng.choice(available, size=ratio, replace=available < ratio)
    negatives = index.order[np.where(drawn < index.starts[fabric], drawn, drawn + others.size)]
    return np.concatenate([[probe, positive], negatives])


def take(rng, available, wanted):
    """`wanted` of `available` positions, distinct while there are enough; all in order if just enough."""
    if available == wanted:
        return np.arange(available)
    return np.resize(rng.permutation(available), wanted)
