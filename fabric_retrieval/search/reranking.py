"""The nearest k rows, in exact order, from an engine that knows them roughly."""

import math

import numpy as np

EFFORTS = (1, 4, 16)  # and then every row is compared
CANDIDATES = 1 << 20  # held at once
VALUES = 1 << 19  # of vectors that are compared at once
FEW = 1 << 16  # values of vectors: to wake threads for them takes longer
UNIT_ROUNDOFF = 2.0**-24  # of float32
UNDERFLOW = 2.0**-126


def nearest_rows(engine, rows, queries, k, visible, hidden=0):
    """The exact nearest visible rows of each query among those an engine proposes.

    Where too few of these are visible, or where an engine that compares every row in float32 can have missed
    one by rounding, more are asked for, at last all.

    Args:
        engine: of `engines`, holding all rows. rows: `Rows`.
        queries: [Q, D] float32. k: at most as many as are visible, at least 1.
        visible: [N] bool. hidden: how many of those that are not may well be nearer than all others.

    Returns:
        ([Q, k] int64 rows, [Q, k] float64 squared L2 distances), ascending, ties by the images' ids.
    """
    found, lengths = np.empty((len(queries), k), np.int64), np.empty((len(queries), k))
    share = np.count_nonzero(visible) / len(visible)
    pending = np.arange(len(queries))
    for effort in EFFORTS:
        count = min(len(visible), math.ceil((engine.candidates(k) + hidden) * effort / share))
        left = []
        for part in _pieces(pending, max(1, CANDIDATES // count)):
            candidates, rough = engine.nearest(queries[part], count, effort)
            settled, near, far = _first_of_each(rows, queries[part], k, candidates, visible)
            if engine.complete and count < len(visible):
                settled &= far[:, -1] + _rounding(queries[part], far[:, -1]) < rough[:, -1]
            found[part], lengths[part] = near, far
            left.append(part[~settled])
        pending = np.concatenate(left)
        if not len(pending):
            return found, lengths
    everything = np.flatnonzero(visible)
    for query in pending:
        found[query], lengths[query] = _first_of_all(rows, queries[query], k, everything)
    return found, lengths


def _first_of_each(rows, queries, k, candidates, visible):
    """[P] bool: has each query k visible candidates; the first k of them, [P, k] rows and distances."""
    shown = (candidates >= 0) & visible[candidates]
    if candidates.shape[1] > k and candidates.size * queries.shape[1] > FEW:
        rough = rows.rough(queries, np.where(shown, candidates, -1))
        shown &= rough <= _last_of_first(rough, k, queries.shape[1])
    exact = np.full(candidates.shape, np.inf)
    exact[shown] = _squares(rows, candidates[shown], queries, np.nonzero(shown)[0])
    order = np.argsort(exact, axis=1, kind="stable")[:, : k + 1]
    lengths = np.take_along_axis(exact, order, axis=1)
    found = np.take_along_axis(candidates, order[:, :k], axis=1)
    enough = np.isfinite(lengths[:, k - 1])
    tied = enough & (lengths[:, 1:] == lengths[:, :-1]).any(axis=1)
    lengths = lengths[:, :k]
    for query in np.flatnonzero(tied):
        own = shown[query]
        found[query], lengths[query] = _first(rows, k, candidates[query, own], exact[query, own])
    return enough, found, lengths


def _last_of_first(rough, k, dimension):
    """[P, 1] float64: beyond which of `Rows.rough`'s lengths [P, C] none is among the first k exactly."""
    last = np.partition(rough, k - 1)[:, k - 1, np.newaxis].astype(np.float64)
    error = _relative_error(dimension)
    return last * (1 + error) / (1 - error) + dimension * UNDERFLOW


def _first_of_all(rows, query, k, numbers):
    """The first k of the rows numbered [N], at least k, and their distances."""
    near, lengths = np.empty(0, np.int64), np.empty(0)
    for part in _pieces(numbers, max(k, VALUES // len(query))):
        near = np.concatenate([near, part])
        lengths = np.concatenate([lengths, _squares(rows, part, query[np.newaxis], np.zeros(len(part), int))])
        within = lengths <= np.partition(lengths, k - 1)[k - 1]
        near, lengths = near[within], lengths[within]
    return _first(rows, k, near, lengths)


def _first(rows, k, numbers, lengths):
    """The first k of the rows numbered [m] by (distance, id), and their distances."""
    within = lengths <= np.partition(lengths, k - 1)[k - 1]
    numbers, lengths = numbers[within], lengths[within]
    ids = [item.image_id for item in rows.items(numbers)]
    order = sorted(range(len(ids)), key=lambda place: (lengths[place], ids[place]))[:k]
    return numbers[order], lengths[order]


def _squares(rows, numbers, queries, which):
    """[m] float64, the squared distances of the rows numbered [m] to the queries numbered [m]."""
    squares = [np.empty(0)]
    for part in _pieces(np.arange(len(numbers)), max(1, VALUES // queries.shape[1])):
        difference = np.subtract(rows.vectors(numbers[part]), queries[which[part]], dtype=np.float64)
        squares.append(np.einsum("nd,nd->n", difference, difference))
    return np.concatenate(squares)


def _rounding(queries, lengths):
    """[Q] How far the float32 distance of a row that is not beyond `lengths` [Q] can be from the true one.

    It is ‖x‖² + ‖y‖² - 2xy, each a sum of D products with the relative error of (D + 4) roundings, and
    ‖y‖ <= ‖x‖ + √length.
    """
    sizes = np.linalg.norm(queries.astype(np.float64), axis=1)
    return _relative_error(queries.shape[1]) * np.square(2 * sizes + np.sqrt(lengths))


def _relative_error(dimension):
    """Of a sum of so many float32 products, each with a few roundings."""
    roundings = (dimension + 4) * UNIT_ROUNDOFF
    return roundings / (1 - roundings)


def _pieces(values, length):
    for start in range(0, len(values), length):
        yield values[start : start + length]
