"""Draws a figure's curves with their 95 % intervals."""

import io
import math

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator
from PIL import Image

from fabric_retrieval.study.report.names import measure_label

SIZE = (6.4, 5.4)  # inches; the letters stay legible on a phone, where the width becomes 2.3 inches
DPI = 120
TITLE, AXIS, LEGEND_LINE = 0.55, 0.72, 0.235  # inches
STYLE = {"font.size": 12, "svg.hashsalt": "figure", "font.family": "DejaVu Sans"}
SPREAD = 0.42  # of the space between two values on the axis, so that intervals stand side by side


def draw(figure, curves, values):
    """A matplotlib `Figure`.

    Args:
        figure: `figures.Figure`. curves: its `Curve`s; none gives an empty chart that says so.
        values: what the horizontal axis shows, left to right.
    """
    with matplotlib.rc_context(STYLE):
        canvas = Canvas(figsize=SIZE, dpi=DPI, facecolor="white")
        columns = 2 if any(len(curve.look.label) > 13 for curve in curves) else 3
        legend = LEGEND_LINE * math.ceil(len(curves) / columns)
        # Fixed edges, as finding a layout takes longer than drawing.
        axes = canvas.add_axes(
            (0.115, (legend + AXIS) / SIZE[1], 0.87, 1 - (legend + AXIS + TITLE) / SIZE[1])
        )
        for number, curve in enumerate(curves):
            offset = SPREAD * ((number + 0.5) / len(curves) - 0.5)
            _draw_curve(axes, curve, [values.index(row[figure.against]) + offset for row in curve.rows])
        if not curves:
            axes.set_ylim(0, 100)
            axes.text(0.5, 0.5, "not measured", ha="center", va="center", transform=axes.transAxes)
        axes.set_xticks(range(len(values)), [f"{value:,}" for value in values])
        axes.set_xlim(-0.5, len(values) - 0.5)
        axes.set_xlabel("K" if figure.against == "k" else "feature dimension")
        axes.set_ylabel(f"{measure_label(figure.measure)}{'@K' if figure.against == 'k' else ''} (%)")
        axes.yaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
        axes.grid(axis="y", color="0.88", linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        title = f"{figure.number}  {_wrapped(figure.subject(curves))}"
        axes.set_title(title, loc="left", fontsize=11.5)
        if curves:
            canvas.legend(loc="lower center", ncols=columns, frameon=False, fontsize=11, handlelength=3.2)
        _limit(axes, curves)
        return canvas


def as_png(canvas):
    """The picture's bytes, with a palette: a third of the size."""
    with matplotlib.rc_context(STYLE):
        drawn = FigureCanvasAgg(canvas)
        drawn.draw()
    picture = Image.fromarray(np.asarray(drawn.buffer_rgba())[..., :3])
    file = io.BytesIO()
    picture.quantize(128, dither=Image.Dither.NONE).save(file, "PNG", dpi=(DPI, DPI))
    return file.getvalue()


def as_svg(canvas):
    """The same with outlines in place of letters, equal bytes for equal curves."""
    file = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        canvas.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()


def _draw_curve(axes, curve, positions):
    look = curve.look
    means = 100 * np.array([row["mean"] for row in curve.rows])
    # A row without an interval has its point alone.
    lows, highs = (
        100 * np.array([row["mean" if row[end] is None else end] for row in curve.rows])
        for end in ("low", "high")
    )
    axes.errorbar(
        positions,
        means,
        yerr=np.maximum([means - lows, highs - means], 0),
        label=look.label,
        color=look.colour,
        marker=look.marker,
        linestyle=look.line,
        linewidth=look.width,
        markersize=7 if look.width > 2 else 5.5,
        elinewidth=1,
        capsize=2.5,
        zorder=2 + look.width,
    )


def _limit(axes, curves):
    """From a little below the lowest interval to a little above the highest, within 0 and 100 %."""
    ends = [row[end] for curve in curves for row in curve.rows for end in ("mean", "low", "high")]
    ends = [100 * end for end in ends if end is not None]
    if ends:
        room = max(0.05 * (max(ends) - min(ends)), 1)
        axes.set_ylim(max(min(ends) - room, 0), min(max(ends) + room, 101))


def _wrapped(title, width=62):
    if len(title) <= width:
        return title
    at = title.rfind(", ", 0, width) + 1
    return f"{title[:at]}\n{title[at:].strip()}"
