"""The methods in the order of section 5.2: how the report calls and draws them, the same in every figure."""

from typing import NamedTuple

from fabric_retrieval.study.plan import MAIN as FOCUS
from fabric_retrieval.study.plan import REFERENCE

MAIN_RATIO = 32  # section 5.2: the ratio of the comparison


class Look(NamedTuple):
    """`label` in legends and tables; the rest as matplotlib takes it."""

    label: str
    colour: str
    marker: str
    line: str | tuple
    width: float = 1.6


# Colours of Okabe and Ito (2008), told apart by the colour-blind; marker and dashes for print without colour.
METHODS = {
    "alex": Look("Alex", "#000000", "x", (0, (1, 1.5))),
    "softmax": Look("Softmax", "#CC79A7", "v", (0, (5, 2))),
    "pair": Look("pair", "#56B4E9", "^", (0, (4, 1.5, 1, 1.5))),
    "triplet": Look("triplet", "#E69F00", "s", (0, (3, 1, 1, 1, 1, 1))),
    "triplet_semi_hard": Look("semi-hard triplet *", "#8A6D00", "P", (0, (1, 1)), 0.9),
    "magnet": Look("Magnet", "#009E73", "D", (0, (7, 2))),
    FOCUS: Look("focus ranking", "#D55E00", "o", "solid", 2.4),
}
OF_PAPER = tuple(method for method in METHODS if method != "triplet_semi_hard")
TRAINED = OF_PAPER[1:]
METRIC = ("pair", "triplet", "magnet", FOCUS)
CLASSIFIED = ("alex", "softmax")

_REFERENCE = Look("", "#777777", ".", (0, (1, 3)), 0.9)
_REFERENCE_LABELS = {REFERENCE: "RGB histogram *"}
# A ratio's blue, lighter for fewer negatives; the main ratio is the method itself, drawn as everywhere.
_RATIOS = {
    1: ("#9ECAE1", "x", (0, (1, 1.5))),
    2: ("#6BAED6", "v", (0, (5, 2))),
    4: ("#4292C6", "^", (0, (4, 1.5, 1, 1.5))),
    8: ("#2171B5", "D", (0, (7, 2))),
    16: ("#08306B", "s", (0, (3, 1, 1, 1, 1, 1))),
}

PAPER_RECALL = {"pair": 0.839, "triplet": 0.885, "magnet": 0.856, FOCUS: 0.939}  # section 5.3, K=16, 4,096
CLUSTERING = ("f1", "nmi")  # of one clustering of all test images, without a value of a query
MEASURES = {"map": "mAP", "f1": "F1", "nmi": "NMI"}


def look_of(method):
    """The `Look` of a method or of a reference row."""
    if method in METHODS:
        return METHODS[method]
    return _REFERENCE._replace(label=_REFERENCE_LABELS.get(method, f"{method.replace('_', ' ')} *"))


def look_of_ratio(ratio, main):
    """The `Look` of focus ranking at a ratio; `main` is that of the comparison."""
    if ratio == main:
        return METHODS[FOCUS]._replace(label=f"1:{ratio}")
    colour, marker, line = _RATIOS.get(ratio, ("#555555", "P", (0, (2, 2))))
    return Look(f"1:{ratio}", colour, marker, line)


def label_of(method):
    """The method's name in tables and sentences."""
    return look_of(method).label


def measure_label(measure):
    """ "map" → "mAP", "recall@16" → "recall@16"."""
    return MEASURES.get(measure, measure.replace("hit_rate", "hit rate"))
