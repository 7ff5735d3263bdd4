"""What an interval says of a claim."""

HOLDS, FAILS, OPEN, UNMEASURED = "holds", "does not hold", "cannot be told", "not measured"


def above(draws, threshold=0.0):
    """Is the number above the threshold? Told only by an interval that lies on one side of it."""
    if draws is None:
        return UNMEASURED
    if draws.interval is None:
        return OPEN
    low, high = draws.interval
    return HOLDS if low > threshold else FAILS if high < threshold else OPEN


def below(draws, threshold):
    """Is it below?"""
    verdict = above(draws, threshold)
    return {HOLDS: FAILS, FAILS: HOLDS}.get(verdict, verdict)


def within(draws, bound):
    """Is it between -bound and bound? Fails where the whole interval lies outside."""
    return all_of([above(draws, -bound), below(draws, bound)])


def all_of(verdicts):
    """Of "and": one that fails decides; else one that is not measured or cannot be told."""
    for verdict in (FAILS, UNMEASURED, OPEN):
        if verdict in verdicts:
            return verdict
    return HOLDS if verdicts else UNMEASURED


def any_of(verdicts):
    """Of "or": one that holds decides; what was not measured does not count."""
    measured = [verdict for verdict in verdicts if verdict != UNMEASURED]
    for verdict in (HOLDS, OPEN):
        if verdict in measured:
            return verdict
    return FAILS if measured else UNMEASURED


def most_of(verdicts):
    """Of "in most": more than half hold; fails where half or more fail."""
    if set(verdicts) <= {UNMEASURED}:
        return UNMEASURED
    half = len(verdicts) / 2
    if verdicts.count(HOLDS) > half:
        return HOLDS
    return FAILS if verdicts.count(FAILS) >= half else OPEN


def summed(verdicts):
    """One verdict where all parts agree, else their counts: "holds 6 of 8, cannot be told 2"."""
    if len(set(verdicts)) == 1:
        return verdicts[0]
    counts = [(verdict, verdicts.count(verdict)) for verdict in (HOLDS, FAILS, OPEN, UNMEASURED)]
    (first, count), *others = [(verdict, count) for verdict, count in counts if count]
    return ", ".join([f"{first} {count} of {len(verdicts)}", *(f"{verdict} {n}" for verdict, n in others)])
