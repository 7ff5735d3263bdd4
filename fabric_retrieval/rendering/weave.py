"""Weave matrices: which thread is on top.

A weave is a bool matrix [weft threads, warp threads] of one repeat: True where the warp thread is on top.
Row 0 is the first pick; twills climb to the right as rows go down.
"""

import numpy as np


def plain():
    """1/1: every warp thread over one weft thread and under the next."""
    return np.array([[True, False], [False, True]])


def basket(threads):
    """Plain weave of groups of `threads` threads."""
    return np.kron(plain(), np.ones((threads, threads))).astype(bool)


def twill(over, under, direction=1):
    """Each pick is the one before it moved by one thread; `direction` -1 turns the diagonal round."""
    return _shifted(over, under, np.arange(over + under) * direction)


def satin(ends, step):
    """`ends`-end satin: one binding point a pick, moved by `step`, which must be coprime with `ends`."""
    if np.gcd(ends, step) != 1 or not 1 < step < ends - 1:
        raise ValueError(f"A satin's step must be coprime with its ends and not 1 or -1: {ends=}, {step=}.")
    return _shifted(ends - 1, 1, np.arange(ends) * step)


def herringbone(over, under, width):
    """A twill that turns round every `width` warp threads, broken at the turn so that no float is doubled."""
    repeat = over + under
    climb = np.arange(width)
    shift = np.concatenate([climb, climb[::-1] + over])
    picks = np.arange(repeat)[:, None]
    return (picks - shift) % repeat < over


def _shifted(over, under, shift):
    threads = np.arange(over + under)
    return (threads - np.asarray(shift)[:, None]) % (over + under) < over


WEAVES = {
    "plain": plain,
    "basket_2": lambda: basket(2),
    "basket_3": lambda: basket(3),
    "twill_2_1": lambda: twill(2, 1),
    "twill_2_2": lambda: twill(2, 2),
    "twill_3_1": lambda: twill(3, 1, -1),
    "twill_3_3": lambda: twill(3, 3),
    "satin_5": lambda: satin(5, 2),
    "satin_8": lambda: satin(8, 3),
    "herringbone_8": lambda: herringbone(2, 2, 8),
    "herringbone_12": lambda: herringbone(2, 2, 12),
    "herringbone_1_3": lambda: herringbone(1, 3, 12),
}
