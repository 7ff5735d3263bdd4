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


def broken_twill():
    """2/2 twill whose diagonal turns every two picks, so that no line forms."""
    return _shifted(2, 2, [0, 1, 3, 2])


def crowfoot(warp_faced=False):
    """Four-end irregular sateen: 1/3 twill broken so that no diagonal forms."""
    weft_faced = _shifted(1, 3, [0, 1, 3, 2])
    return ~weft_faced if warp_faced else weft_faced


def steep_twill(over, under):
    """Diagonal of about 63 degrees: neighbouring ends are two picks apart. `over + under` must be odd."""
    repeat = over + under
    if repeat % 2 == 0:
        raise ValueError(f"A steep twill needs an odd repeat, or ends would pair up: {over}/{under}.")
    picks, ends = np.arange(repeat)[:, None], np.arange(repeat)
    return (picks - 2 * ends) % repeat < over


def reclining_twill(over, under):
    """A steep twill lying down: about 27 degrees."""
    return steep_twill(over, under).T


def pointed_twill(over, under, width):
    """A twill that turns round in a point every `width` warp threads."""
    climb = np.arange(width)
    shift = np.concatenate([climb, climb[-2:0:-1]])
    repeat = over + under
    return (np.arange(repeat)[:, None] - shift) % repeat < over


def rib(threads, across=True):
    """Plain weave with `threads` picks to a shed (ribs across the cloth), or ends (ribs along it)."""
    return np.repeat(plain(), threads, axis=0 if across else 1)


def crepe():
    """Irregular 8-thread weave: one motif turned and inverted, with neither lines nor floats over four."""
    motif = np.array([[1, 1, 0, 1], [0, 1, 0, 0], [1, 0, 1, 1], [0, 0, 1, 0]], bool)
    turned = np.rot90(motif)
    return np.block([[motif, ~turned[::-1]], [turned, ~motif[:, ::-1]]])


def longest_float(matrix):
    """Most threads that any thread passes over or under in one go; the matrix repeats."""
    longest = 0
    for lines in (matrix, matrix.T):
        for line in lines:
            changes = np.flatnonzero(line != np.roll(line, 1))
            if len(changes) == 0:
                return np.inf
            longest = max(longest, int(np.diff([*changes, changes[0] + len(line)]).max()))
    return longest


def float_lengths(matrix):
    """Threads [weft, warp] int that the thread on top passes over in one go; the matrix repeats."""
    return np.where(matrix, _lengths_along(matrix.T).T, _lengths_along(~matrix))


def _lengths_along(lines):
    lengths = np.zeros(lines.shape, int)
    for line, length in zip(lines, lengths, strict=True):
        changes = np.flatnonzero(line != np.roll(line, 1))
        if len(changes) == 0:
            length[:] = len(line)
            continue
        runs = np.diff([*changes, changes[0] + len(line)])
        length[:] = np.roll(np.repeat(runs, runs), changes[0])
    return lengths


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
    "basket_4": lambda: basket(4),
    "oxford": lambda: rib(2, across=False),
    "rib_2": lambda: rib(2),
    "rib_3": lambda: rib(3),
    "crepe": crepe,
    "twill_2_1": lambda: twill(2, 1),
    "twill_1_2": lambda: twill(1, 2),
    "twill_2_2": lambda: twill(2, 2),
    "twill_3_1": lambda: twill(3, 1, -1),
    "twill_1_3": lambda: twill(1, 3),
    "twill_3_3": lambda: twill(3, 3),
    "twill_4_4": lambda: twill(4, 4),
    "twill_steep": lambda: steep_twill(4, 3),
    "twill_reclining": lambda: reclining_twill(3, 2),
    "twill_broken": broken_twill,
    "crowfoot": crowfoot,
    "satin_4": lambda: crowfoot(warp_faced=True),
    "satin_5": lambda: satin(5, 2),
    "satin_7": lambda: satin(7, 3),
    "satin_8": lambda: satin(8, 3),
    "sateen_5": lambda: ~satin(5, 2),
    "sateen_8": lambda: ~satin(8, 3),
    "herringbone_8": lambda: herringbone(2, 2, 8),
    "herringbone_12": lambda: herringbone(2, 2, 12),
    "herringbone_1_3": lambda: herringbone(1, 3, 12),
    "pointed_8": lambda: pointed_twill(2, 2, 8),
    "pointed_13": lambda: pointed_twill(3, 3, 13),
}
