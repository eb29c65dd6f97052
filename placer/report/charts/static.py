"""Draws charts as pictures for papers, by matplotlib (extra ``report``)."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from placer.report.charts.axis import Axis
from placer.report.charts.chart import Band, Cells, Chart, Dots, Level, Line, Note
from twin.files.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["COLOURS", "PICTURES", "draw_chart", "grid_of_axes", "picture", "require_matplotlib"]

COLOURS = {"accent": "#0b5fb5", "ink": "#1b1f24", "muted": "#59626d", "warn": "#9c3d00"}
"""Colour of each tone on paper."""

PICTURES = ("svg", "png", "pdf")
"""Formats of pictures, which are the endings of their files."""

_SHADES = ("#ffffff", "#e1edf9", "#b7d3f0", "#7aaee2", "#2f74ba")
_STYLE: Any = {
    "font.family": "sans-serif",
    "font.size": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": "#59626d",
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelcolor": "#59626d",
    "xtick.color": "#59626d",
    "ytick.color": "#59626d",
    "ytick.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#d8dde3",
    "axes.axisbelow": True,
    "text.parse_math": False,  # names of users are no formulas
    "svg.hashsalt": "lora-placer",  # the same figures give the same file
}
_WIDTH, _HEIGHT = 3.5, 2.6  # inches of one chart
_PLOT_POINTS, _CHARACTER = 200.0, 4.0  # width between the axes' ends, and of one character


def require_matplotlib() -> None:
    """Refuse pictures where matplotlib, which is an extra, is not installed.

    Raises
    ------
    InputError
        If it is not.
    """
    if find_spec("matplotlib") is None:
        remedy = "pip install 'lora-placer[report]'"
        raise InputError("plot", "matplotlib is not installed", remedy)


def picture(charts: Sequence[Chart], kind: str, columns: int = 3) -> bytes:
    """Charts beside each other in one file.

    Parameters
    ----------
    charts : sequence of Chart
        At least one.
    kind : {"png", "svg", "pdf"}
        Format of the file.
    columns : int
        Charts in a row, at most.

    Raises
    ------
    InputError
        If matplotlib is not installed.
    """

    def draw(axes: Sequence[Axes]) -> None:
        for one, chart in zip(axes, charts, strict=True):
            draw_chart(one, chart)

    columns = min(columns, len(charts))
    rows = math.ceil(len(charts) / columns)
    return grid_of_axes(len(charts), columns, (columns * _WIDTH, rows * _HEIGHT), kind, draw)


def grid_of_axes(
    number: int,
    columns: int,
    size: tuple[float, float],
    kind: str,
    draw: Callable[[Sequence[Axes]], None],
) -> bytes:
    """File of so many axes in a grid, of a size in inches, on which somebody draws.

    Raises
    ------
    InputError
        If matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(math.ceil(number / columns), columns, squeeze=False)
        axes = [one for row in grid for one in row]
        for one in axes[number:]:
            one.set_axis_off()
        draw(axes[:number])
        stream = io.BytesIO()
        metadata = {"Date": None} if kind == "svg" else None
        figure.savefig(stream, format=kind, dpi=160, metadata=metadata)
    return stream.getvalue()


def draw_chart(axes: Axes, chart: Chart) -> None:
    """Draw one chart on axes of matplotlib."""
    axes.set_title(f"{chart.title}\n", pad=2)
    axes.annotate(
        chart.y.label,
        (0, 1),
        (0, 4),
        xycoords="axes fraction",
        textcoords="offset points",
        color=COLOURS["muted"],
    )
    axes.set_xlabel(chart.x.label, loc="right")
    for axis, scale, limits, locate in (
        (chart.x, axes.set_xscale, axes.set_xlim, axes.set_xticks),
        (chart.y, axes.set_yscale, axes.set_ylim, axes.set_yticks),
    ):
        scale("log" if axis.log else "linear")
        limits(axis.low, axis.high)
        locate(axis.ticks, [Axis.text(tick) for tick in axis.ticks])
    axes.minorticks_off()
    for mark in chart.marks:
        _draw(axes, mark)


def _draw(axes: Axes, mark: object) -> None:
    match mark:
        case Line():
            _draw_line(axes, mark)
        case Band():
            x, low, high = zip(*mark.points, strict=True)
            axes.fill_between(x, low, high, color=COLOURS[mark.tone], alpha=0.22, linewidth=0)
        case Dots():
            colour = COLOURS[mark.tone]
            for dot in mark.dots:
                fill = "white" if mark.hollow else colour
                axes.plot(dot.x, dot.y, "o", color=colour, markerfacecolor=fill, markersize=5)
                if dot.label:
                    _label(axes, dot.x, dot.y, dot.label, colour, below=mark.below)
        case Level():
            colour = COLOURS[mark.tone]
            axes.axhline(mark.value, color=colour, linewidth=1.2)
            at = axes.get_xlim()[1], mark.value
            _text(axes, mark.label, at, (0, 3), color=colour, ha="right", va="bottom")
        case Cells():
            for box in mark.boxes:
                if box.shade:
                    axes.fill_between(
                        (box.left, box.right),
                        box.bottom,
                        box.top,
                        color=_SHADES[box.shade],
                        linewidth=0,
                    )
        case Note():
            _text(axes, mark.text, (mark.x, mark.y), (0, 0), color=COLOURS["ink"], ha="center")


def _draw_line(axes: Axes, mark: Line) -> None:
    if not mark.points:
        return
    x, y = zip(*mark.points, strict=True)
    colour = COLOURS[mark.tone]
    axes.plot(
        x,
        y,
        color=colour,
        linewidth=1.6,
        linestyle="--" if mark.dashed else "-",
        drawstyle="steps-post" if mark.stepped else "default",
    )
    if mark.label:
        _label(axes, x[-1], y[-1], mark.label, colour)


def _label(axes: Axes, x: float, y: float, text: str, colour: str, *, below: bool = False) -> None:
    """Words beside a point, on the side on which there is room."""
    to_pixels = axes.transData.transform
    (left, _), (right, _) = (to_pixels((end, y)) for end in axes.get_xlim())
    room = _PLOT_POINTS * (right - to_pixels((x, y))[0]) / (right - left)
    fits = room > _CHARACTER * len(text)
    offset = (6 if fits else -6, -9 if below else 3)
    _text(axes, text, (x, y), offset, color=colour, ha="left" if fits else "right")


def _text(
    axes: Axes, text: str, at: tuple[float, float], offset: tuple[int, int], **style: Any
) -> None:
    axes.annotate(text, at, offset, textcoords="offset points", **style)
