"""Yarn-dyed patterns: the order of coloured threads in warp and weft.

A sequence is a tuple of colour numbers, one a thread; its length is a multiple of the weave's repeat.
"""

import numpy as np


def stripe_widths(rng, pitch, low, high, count):
    """`count` stripe widths in threads, log-uniform between `low` and `high` millimetres."""
    millimetres = np.exp(rng.uniform(np.log(low), np.log(high), count))
    return np.maximum(1, np.round(millimetres / pitch)).astype(int)


def stripes(rng, pitch, repeat):
    """Two to six stripes of two to four colours."""
    count = int(rng.integers(2, 7))
    widths = stripe_widths(rng, pitch, 1.5, 14, count)
    colours = np.arange(count) % int(rng.integers(2, 5))
    return _sequence(widths, colours, repeat)


def pinstripe(rng, pitch, repeat):
    """Thin lines on a ground."""
    widths = [stripe_widths(rng, pitch, 5, 16, 1)[0], int(rng.integers(1, 3))]
    return _sequence(widths, [0, int(rng.integers(1, 3))], repeat)


def gingham(rng, pitch, repeat):
    """Two colours, bands of equal width."""
    width = stripe_widths(rng, pitch, 2.5, 10, 1)[0]
    return _sequence([width, width], [0, 1], repeat)


def tartan(rng, pitch, repeat):
    """A sett read forwards and backwards about its two pivots, as tartans are threaded."""
    count = int(rng.integers(3, 6))
    widths = stripe_widths(rng, pitch, 1, 9, count)
    colours = [int(i) for i in rng.permutation(4)[: min(count, 4)]] + [0] * (count - 4)
    sett = [*zip(widths, colours, strict=True)]
    there_and_back = sett + sett[-2:0:-1]
    return _sequence(*zip(*there_and_back, strict=True), repeat)


def plain(colour=0):
    """Every thread alike."""
    return (colour,)


def _sequence(widths, colours, repeat):
    threads = [int(colour) for width, colour in zip(widths, colours, strict=True) for _ in range(width)]
    # The ground stripe, the first, takes up what is missing to a whole number of weave repeats.
    missing = -len(threads) % repeat
    return tuple([threads[0]] * missing + threads)
