"""The pictures of a placement as files, for papers and documents (extra ``report``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from placer.report.charts.static import COLOURS, grid_of_axes, picture
from placer.report.figures.fleet import FleetRow
from placer.report.placement_figures import PlacementFigures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["static_pictures"]

_MOST_ROWS = 40  # GPUs, or groups of them
_PARTS = {
    "weights": "#626c78",
    "adapter slots": "#2f74ba",
    "KV in use": "#7aaee2",
    "KV free": "#e1edf9",
    "engine": "#c3cad2",
    "not vLLM's": "#f4f6f8",
}
_USE = ("traffic", "compute", "slots", "KV cache", "batch")
_GIB = 2.0**30


def static_pictures(figures: PlacementFigures, kind: str) -> dict[str, bytes]:
    """Pictures by file name: ``fleet``, ``target``, ``slots`` and ``latency``, those there are.

    Parameters
    ----------
    figures : PlacementFigures
    kind : {"png", "svg"}
        Format, and ending of the names.

    Raises
    ------
    InputError
        If matplotlib is not installed.
    """
    charts = {
        "target": figures.front_charts,
        "slots": figures.map_charts,
        "latency": figures.time_charts,
    }
    files = {f"{name}.{kind}": picture(some, kind) for name, some in charts.items() if some}
    if figures.fleet:
        files[f"fleet.{kind}"] = _fleet(figures.fleet[:_MOST_ROWS], kind)
    return files


def _fleet(rows: Sequence[FleetRow], kind: str) -> bytes:
    """Memory of each GPU on the left, what is in use on the right."""

    def draw(axes: Sequence[Axes]) -> None:
        _memory(axes[0], rows)
        _use(axes[1], rows)

    height = 1.3 + 0.45 * len(rows)
    return grid_of_axes(2, 2, (9.0, height), kind, draw)


def _memory(axes: Axes, rows: Sequence[FleetRow]) -> None:
    places = list(range(len(rows)))
    left = [0.0] * len(rows)
    for part, (name, colour) in enumerate(_PARTS.items()):
        sizes = [row.memory[part] / _GIB for row in rows]
        axes.barh(places, sizes, 0.6, left, color=colour, edgecolor="white", label=name)
        left = [a + b for a, b in zip(left, sizes, strict=True)]
    axes.set_yticks(places, [_words(row) for row in rows])
    axes.invert_yaxis()
    axes.grid(False)
    axes.set_title("Memory (GiB)")
    axes.legend(ncols=3, loc="upper left", bbox_to_anchor=(0, -0.12), frameon=False, fontsize=7.5)


def _use(axes: Axes, rows: Sequence[FleetRow]) -> None:
    width = 0.8 / len(_USE)
    tones = ("#0b5fb5", "#2f74ba", "#7aaee2", "#b7d3f0", "#c3cad2")
    for k, (name, colour) in enumerate(zip(_USE, tones, strict=True)):
        places = [row + (k - (len(_USE) - 1) / 2) * width for row in range(len(rows))]
        shares = [100 * dict(row.use)[name] for row in rows]
        axes.barh(places, shares, width * 0.85, color=colour, label=name)
    for position, row in enumerate(rows):
        binds = row.group.report.binding
        if binds:
            axes.annotate(f"{binds} binds", (101, position), va="center", color=COLOURS["muted"])
    axes.set_yticks([])
    axes.set_xlim(0, 130)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.invert_yaxis()
    axes.grid(False)
    axes.set_title("In use (%)")
    axes.legend(ncols=3, loc="upper left", bbox_to_anchor=(0, -0.12), frameon=False, fontsize=7.5)


def _words(row: FleetRow) -> str:
    report = row.group.report
    return f"{row.group.title}\n{report.num_adapters} adapters, {report.rate:.3g} req/s"
