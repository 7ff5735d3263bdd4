"""A learning curve as a picture."""

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from fabric_retrieval.atomic import replacing
from fabric_retrieval.photographs.measured import means

# Okabe and Ito (2008), told apart by the colour-blind; the marker says the same.
LOOKS = (("#56B4E9", "^"), ("#E69F00", "s"), ("#D55E00", "o"), ("#009E73", "D"), ("#CC79A7", "v"))
LINES = {"run": "-", "anew": "--"}
WORDS = {"run": "begun with the run", "anew": "begun anew"}
STYLE = {"font.size": 11, "svg.hashsalt": "curve", "font.family": "DejaVu Sans"}


def draw_curve(points, zero_shot, title, path):
    """Writes an SVG: mAP over the number of fabrics, a line for each number of photographs.

    Args:
        points: list of `Point`. zero_shot: the `Measured` of the run as it is. title: above.
        path: of the file.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.4, 4.6), facecolor="white", layout="constrained")
        axes = figure.add_subplot()
        base = means(zero_shot, 0)["map"]
        axes.axhline(base, color="0.35", linestyle=(0, (1, 1.5)), label=f"nothing trained: {base:.3f}")
        photos = sorted({point.photos for point in points})
        for begin in dict.fromkeys(point.begin for point in points):
            for number in photos:
                _line(
                    axes, [p for p in points if (p.begin, p.photos) == (begin, number)], photos.index(number)
                )
        axes.set_xscale("log")
        ticks = sorted({point.fabrics for point in points})
        axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("fabrics trained on")
        axes.set_ylabel("mAP on other fabrics of the set")
        axes.grid(axis="y", color="0.88", linewidth=0.8)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title(title, loc="left", fontsize=11)
        axes.legend(frameon=False, fontsize=9)
        with replacing(path) as temporary:
            figure.savefig(temporary, format="svg", metadata={"Date": None, "Creator": None})


def _line(axes, points, place):
    if not points:
        return
    colour, marker = LOOKS[place % len(LOOKS)]
    values = [means(point.measured, 0)["map"] for point in points]
    least = [value - point.seeds.min() for value, point in zip(values, points, strict=True)]
    most = [point.seeds.max() - value for value, point in zip(values, points, strict=True)]
    begin = points[0].begin
    label = f"{points[0].photos} photographs each, {WORDS[begin]}"
    axes.errorbar(
        [point.fabrics for point in points],
        values,
        yerr=[[max(0.0, length) for length in part] for part in (least, most)],
        color=colour,
        marker=marker,
        linestyle=LINES[begin],
        capsize=2.5,
        elinewidth=1,
        label=label,
    )
