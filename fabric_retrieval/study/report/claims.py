"""The paper's claims, each put to the study's numbers: which hold here, which do not."""

from typing import NamedTuple

from fabric_retrieval.study.report.intervals import Draws
from fabric_retrieval.study.report.names import label_of
from fabric_retrieval.study.report.verdicts import UNMEASURED, summed

COLUMNS = [
    "claim",
    "part",
    "measure",
    "dim",
    "gallery",
    "value",
    "low",
    "high",
    "unit",
    "condition",
    "verdict",
]


class Part(NamedTuple):
    """One number of a claim.

    `text`: what the number is; `value`: `Draws` as fractions, None if not measured; `unit`: "points" of
    a measure, or "relative" to the value at the full dimension; `condition`: what the verdict asks;
    `note`: more figures, for the reader.
    """

    text: str
    measure: str
    dim: str
    gallery: str
    value: Draws | None
    condition: str
    verdict: str
    unit: str = "points"
    note: str = ""


class Claim(NamedTuple):
    """`number`: as the report counts them; `text`: the paper's claim; `source`: section or figure.

    `headline`: position of the part that stands for the claim in the short table.
    """

    number: str
    text: str
    source: str
    parts: list
    verdict: str
    headline: int = 0


def of_all_parts(number, text, source, parts):
    """A `Claim` that holds where each of its parts does."""
    return Claim(number, text, source, parts, summed([part.verdict for part in parts]))


def of(measured, method, measure, dim=None, gallery="test"):
    """`Draws` of a method's measure, None where it was not measured. `dim`: None is its own."""
    group = measured.study.methods.get(method)
    return None if group is None else measured.of(group, measure, dim, gallery)


def gap(measured, method, other, measure, dim, gallery="test"):
    """`Draws` of method minus other, None where either was not measured."""
    first, second = (of(measured, name, measure, dim, gallery) for name in (method, other))
    return None if first is None or second is None else first - second


def gaps(measured, method, others, measure, dim, gallery="test"):
    """Dict of other → `Draws` of method minus it, of those that were measured."""
    found = {other: gap(measured, method, other, measure, dim, gallery) for other in others}
    return {other: draws for other, draws in found.items() if draws is not None}


def least(found):
    """Of a dict of method → `Draws`: the one with the least mean, as (method, draws)."""
    return min(found.items(), key=lambda pair: pair[1].mean)


def dim_label(measured, dim):
    """ "256", or "1,024 (full)" for None."""
    if dim is not None:
        return f"{dim:,}"
    own = sorted({group.dims[0] for group in measured.study.methods.values()}, reverse=True)
    return f"{' or '.join(f'{size:,}' for size in own)} (full)"


def absent(measured, methods):
    """ " (without Magnet)" where the study lacks some of the methods, else ""."""
    missing = [label_of(method) for method in methods if method not in measured.study.methods]
    return f" (without {', '.join(missing)})" if missing else ""


def points(draws):
    """ "+2.3 (-0.4 to +5.0)" of a difference or a loss in hundredths."""
    if draws is None:
        return "-"
    if draws.interval is None:
        return f"{signed(draws.mean)} (no interval)"
    low, high = draws.interval
    return f"{signed(draws.mean)} ({signed(low)} to {signed(high)})"


def signed(fraction):
    """ "+2.3" of 0.023."""
    return f"{100 * fraction:+.1f}"


def shown(part):
    """The part's number with its interval and unit; "" where it was not measured."""
    unit = "points" if part.unit == "points" else "% of the full value"
    return "" if part.value is None else f"{points(part.value)} {unit}"


def rows(claims):
    """The lines of claims.csv, by `COLUMNS`; values are fractions."""
    lines = []
    for claim in claims:
        for number, part in enumerate(claim.parts, 1):
            value, interval = (None, None) if part.value is None else (part.value.mean, part.value.interval)
            low, high = interval or (None, None)
            cells = [claim.number, f"{number}: {part.text}", part.measure, part.dim, part.gallery, value, low]
            cells += [high, part.unit, part.condition, part.verdict]
            lines.append(dict(zip(COLUMNS, cells, strict=True)))
    return lines


def unmeasured(text, measure, dim, gallery="test", condition=""):
    """A `Part` whose number the study cannot give."""
    return Part(text, measure, dim, gallery, None, condition, UNMEASURED)
