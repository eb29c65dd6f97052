"""Simulated against measured figures, as a picture; needs the extra ``report``."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from twin.files.atomic_write import write_text
from twin.files.errors import InputError
from twin.validate.comparison import Comparison

__all__ = ["check_picture", "plot_validation"]

_PANELS = (
    ("throughput", "throughput, tokens/s"),
    ("ttft_mean", "mean TTFT, s"),
    ("tpot_mean", "mean TPOT, s"),
)


def check_picture(path: Path) -> None:
    """Refuse a picture that `plot_validation` could not write, before the work for it.

    Raises
    ------
    InputError
        If matplotlib is not installed, or the file is not named ``.svg``.
    """
    if path.suffix != ".svg":
        raise InputError("--plot", f"{path.name!r} is no SVG file", "a name that ends with .svg")
    try:
        import_module("matplotlib.figure")
    except ImportError:
        raise InputError(
            "--plot", "matplotlib is not installed", "pip install 'lora-placer[report]'"
        ) from None


def plot_validation(comparisons: Sequence[Comparison], path: Path) -> None:
    """Write a picture of the twin's throughput, TTFT and TPOT over the measured ones.

    Parameters
    ----------
    comparisons : sequence of Comparison
        Runs that cannot be compared are left out; TTFT also where the front end was saturated.
    path : Path
        SVG file to write.

    Raises
    ------
    InputError
        If matplotlib is not installed, or the file is not named ``.svg``.
    """
    check_picture(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.8), layout="constrained")
    for axes, (name, label) in zip(figure.subplots(1, len(_PANELS)), _PANELS, strict=True):
        for starved, color in ((False, "tab:blue"), (True, "tab:orange")):
            pairs = [
                (getattr(c.run, name), getattr(c.twin, name))
                for c in comparisons
                if c.run.usable
                and c.run.starved == starved
                and not (name == "ttft_mean" and c.run.frontend_saturated)
            ]
            known = [(a, b) for a, b in pairs if not math.isnan(a + b)]
            if known:
                measured, simulated = zip(*known, strict=True)
                title = "starved" if starved else "not starved"
                axes.plot(
                    measured,
                    simulated,
                    ".",
                    markersize=3,
                    color=color,
                    label=title,
                    rasterized=True,
                )
        axes.set(xscale="log", yscale="log", xlabel=f"measured {label}", ylabel="twin")
        axes.axline((1, 1), (2, 2), color="0.6", linewidth=0.8)
        if axes.get_legend_handles_labels()[0]:
            axes.legend()
    text = io.StringIO()
    figure.savefig(text, format="svg", dpi=120, metadata={"Date": None})
    write_text(path, text.getvalue())
