"""Yarn-dyed patterns: the order of coloured threads in warp and weft.

A pattern is a function of (rng, pitch in millimetres, repeat of the weave in threads) that gives a
sequence: a tuple of colour numbers, one a thread, whose length is a multiple of the weave's repeat.
"""

import numpy as np

from fabric_retrieval.rendering import setts

LARGEST = 46  # millimetres of a sequence at most: tiles hold whole sequences


def plain(colour=0):
    """Every thread alike."""
    return (colour,)


def stripe_widths(rng, pitch, low, high, count):
    """`count` stripe widths in threads, log-uniform between `low` and `high` millimetres."""
    millimetres = np.exp(rng.uniform(np.log(low), np.log(high), count))
    return np.maximum(1, np.round(millimetres / pitch)).astype(int)


def stripes(rng, pitch, repeat):
    """Three to nine stripes of three to five colours, mirrored or not."""
    count = int(rng.integers(3, 10))
    widths = stripe_widths(rng, pitch, 0.8, 12, count)
    colours = _unlike_neighbours(rng, count, int(rng.integers(3, 6)))
    bands = [*zip(colours, widths, strict=True)]
    return _sequence(bands + bands[-2:0:-1] if rng.random() < 0.5 else bands, pitch, repeat)


def pinstripe(rng, pitch, repeat):
    """Lines of one or two threads on a ground, every second one perhaps in another colour."""
    ground, thin = stripe_widths(rng, pitch, 3, 18, 1)[0], int(rng.integers(1, 3))
    second = 1 + int(rng.random() < 0.3)
    return _sequence([(0, ground), (1, thin), (0, ground), (second, thin)], pitch, repeat)


def bengal(rng, pitch, repeat):
    """Two colours, narrow and of equal width."""
    width = stripe_widths(rng, pitch, 1.2, 4.5, 1)[0]
    return _sequence([(0, width), (1, width)], pitch, repeat)


def awning(rng, pitch, repeat):
    """Two colours, broad; now and then edged with a line."""
    width = stripe_widths(rng, pitch, 6, 20, 1)[0]
    line = stripe_widths(rng, pitch, 0.6, 2, 1)[0]
    edge = [(2, line)] if rng.random() < 0.4 else []
    return _sequence([(0, width), *edge, (1, width), *edge], pitch, repeat)


def ticking(rng, pitch, repeat):
    """A stripe guarded by thin lines on a light ground, as on mattresses."""
    gap, line = stripe_widths(rng, pitch, 0.5, 1.4, 2)
    middle = stripe_widths(rng, pitch, 1.2, 5, 1)[0]
    ground = stripe_widths(rng, pitch, 4, 14, 1)[0]
    guards = [(1, line), (0, gap)] * int(rng.integers(1, 4))
    band = [*guards, (1 + int(rng.random() < 0.3), middle), *[(i, width) for i, width in guards[::-1]]]
    return _sequence([(0, ground), *band], pitch, repeat)


def ombre(rng, pitch, repeat):
    """One colour thins out into the ground, line by line."""
    steps = int(rng.integers(4, 8))
    unit = max(steps + 1, round(rng.uniform(1.5, 4) / pitch))
    share = [round(unit * (step + 1) / (steps + 1)) for step in range(steps)]
    fade = [band for on in share for band in ((1, on), (0, unit - on)) if band[1]]
    return _sequence(fade + fade[::-1] if rng.random() < 0.5 else fade, pitch, repeat)


def barcode(rng, pitch, repeat):
    """Many thin lines without order, in all colours."""
    count = int(rng.integers(12, 30))
    widths = stripe_widths(rng, pitch, 0.4, 3, count)
    return _sequence([*zip(_unlike_neighbours(rng, count, 5), widths, strict=True)], pitch, repeat)


def gingham(rng, pitch, repeat):
    """Two colours, bands of equal width."""
    width = stripe_widths(rng, pitch, 1.6, 13, 1)[0]
    return _sequence([(0, width), (1, width)], pitch, repeat)


def windowpane(rng, pitch, repeat):
    """Thin lines far apart, single or double."""
    ground, line = stripe_widths(rng, pitch, 9, 30, 1)[0], stripe_widths(rng, pitch, 0.4, 1.2, 1)[0]
    double = [(0, line + 1), (1, line)] if rng.random() < 0.35 else []
    return _sequence([(0, ground), (1, line), *double], pitch, repeat)


def tattersall(rng, pitch, repeat):
    """Thin lines of two or three alternating colours on a light ground."""
    ground, line = stripe_widths(rng, pitch, 3.5, 12, 1)[0], stripe_widths(rng, pitch, 0.4, 1, 1)[0]
    return _sequence(
        [band for i in range(int(rng.integers(2, 4))) for band in ((0, ground), (1 + i, line))], pitch, repeat
    )


def graph(rng, pitch, repeat):
    """Single lines close together."""
    return _sequence(
        [(0, stripe_widths(rng, pitch, 2, 6, 1)[0]), (1, int(rng.integers(1, 3)))], pitch, repeat
    )


def madras(rng, pitch, repeat):
    """Broad and narrow bands in all colours, without pivots."""
    count = int(rng.integers(6, 13))
    widths = stripe_widths(rng, pitch, 0.6, 8, count)
    return _sequence([*zip(_unlike_neighbours(rng, count, 5), widths, strict=True)], pitch, repeat)


def houndstooth(rng, pitch, repeat):
    """Four and four; in a 2/2 twill the teeth come by themselves."""
    return _sequence([(0, 4), (1, 4)], pitch, repeat)


def glen(rng, pitch, repeat):
    """Glen check: blocks of four and four beside blocks of two and two, perhaps under a coloured line."""
    # As many as the tile holds: narrower bands would be another weave.
    most = max(2, min(7, int((LARGEST / pitch - 4) / 16) + 1))
    fours, twos = (int(rng.integers(1, most)) for _ in range(2))
    line = [(2, 2), (0, 2)] if rng.random() < 0.5 else []
    return _sequence([(0, 4), (1, 4)] * fours + line + [(0, 2), (1, 2)] * 2 * twos, pitch, repeat)


def tartan(rng, pitch, repeat):
    """A drawn sett; its letters are numbered in the order in which they come."""
    return tartan_of(setts.draw_threadcount(rng), rng, pitch, repeat)[0]


def tartan_of(threadcount, rng, pitch, repeat):
    """A sett threaded at a scale that cloth and tile allow → (sequence, letters: one a colour number)."""
    half, mirrored = setts.parse_threadcount(threadcount)
    letters = "".join(dict.fromkeys(letter for letter, _ in half))
    whole = sum(count for _, count in setts.whole_sett(half, mirrored))
    wanted = rng.uniform(14, LARGEST) / (whole * pitch)
    half = [(letters.index(letter), max(1, round(count * min(wanted, 1.5)))) for letter, count in half]
    return _sequence(setts.whole_sett(half, mirrored), pitch, repeat), letters


SHIRTINGS = (bengal, pinstripe, awning, ticking, ombre, barcode, stripes, stripes)
CHECKS = (gingham, windowpane, tattersall, graph, madras)


def _unlike_neighbours(rng, count, colours):
    """Colour numbers of which no two neighbours, the last and the first included, are equal."""
    order = [0]
    while len(order) < count:
        taken = {order[-1], order[0] if len(order) == count - 1 else order[-1]}
        free = [i for i in range(colours) if i not in taken]
        # The ground comes back more often than any other.
        order.append(0 if 0 in free and rng.random() < 0.3 else int(free[rng.integers(len(free))]))
    return order


def _sequence(bands, pitch, repeat):
    """Bands (colour, threads) one after the other, made narrower where together they are too wide."""
    whole = sum(width for _, width in bands)
    shrink = min(1, LARGEST / (whole * pitch))
    threads = [int(colour) for colour, width in bands for _ in range(max(1, int(width * shrink)))]
    # The first band takes up what is missing to a whole number of weave repeats.
    return (threads[0],) * (-len(threads) % repeat) + tuple(threads)
