"""What a validation prints and writes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from twin.files.command_messages import print_table
from twin.validate.accuracy import (
    DEFINITIONS,
    Accuracy,
    accuracy,
    macro_f1,
    memory_error_accuracy,
)
from twin.validate.comparison import Comparison

__all__ = ["print_validation", "validation_document"]

_COLUMNS = ("throughput", "tpot", "itl", "ttft", "p99_ttft")
_MEASURES = DEFINITIONS | {"smape": f"{DEFINITIONS['smape']} (TTFT: front end not saturated)"}
_NUM_WORST = 10


def validation_document(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Plain data of the JSON file.

    Returns
    -------
    dict
        ``all``, ``not_starved`` and ``starved`` with the fields of `Accuracy`;
        ``starvation_macro_f1`` without the runs too close to tell; ``memory_error_accuracy`` over
        all runs that started or ran out of memory; ``median_speedup`` and ``min_speedup`` over
        the simulations; the same again for each model under ``models``.
    """
    document = _figures(comparisons)
    models = sorted({c.run.model for c in comparisons})
    document["models"] = {
        model: _figures([c for c in comparisons if c.run.model == model]) for model in models
    }
    return document


def _figures(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    usable = [c for c in comparisons if c.run.usable]
    certain = [c for c in usable if not c.run.starved_is_uncertain]
    speedups = [c.speedup for c in usable if not c.twin.memory_error]
    return {
        "all": accuracy(usable).to_dict(),
        "not_starved": accuracy([c for c in usable if not c.run.starved]).to_dict(),
        "starved": accuracy([c for c in usable if c.run.starved]).to_dict(),
        "starvation_macro_f1": _number(
            macro_f1([c.run.starved for c in certain], [c.starved for c in certain])
        ),
        "memory_error_accuracy": _number(memory_error_accuracy(comparisons)),
        "median_speedup": _number(float(np.median(speedups)) if speedups else math.nan),
        "min_speedup": _number(min(speedups, default=math.nan)),
    }


def print_validation(console: Console, comparisons: Sequence[Comparison], seconds: float) -> None:
    """Print the errors over all runs and by scenario, the worst runs, and the confusions.

    Parameters
    ----------
    console : rich.console.Console
    comparisons : sequence of Comparison
    seconds : float
        Wall time of the simulations.
    """
    usable = [c for c in comparisons if c.run.usable]
    if usable:
        for measure, title in _MEASURES.items():
            print_table(console, _errors_table(usable, measure, title))
        print_table(console, _worst_table(usable))
        certain = [c for c in usable if not c.run.starved_is_uncertain]
        console.print(
            _confusion_table(
                "Starvation (without runs too close to 0.9 to tell)",
                [c.run.starved for c in certain],
                [c.starved for c in certain],
            )
        )
    console.print(
        _confusion_table(
            "Memory error",
            [c.run.memory_error for c in comparisons],
            [c.twin.memory_error for c in comparisons],
        )
    )
    figures = _figures(comparisons)
    for key in ("starvation_macro_f1", "memory_error_accuracy"):
        if figures[key] is not None:
            console.print(f"{key.replace('_', ' ')}: {figures[key]:.4f}", highlight=False)
    if figures["median_speedup"] is not None:
        console.print(
            f"speed on one core: median {figures['median_speedup']:,.0f}, least "
            f"{figures['min_speedup']:,.0f} simulated seconds per second; "
            f"{len(comparisons)} runs in {seconds:.1f} s",
            highlight=False,
        )


def _errors_table(usable: Sequence[Comparison], measure: str, title: str) -> Table:
    table = _accuracy_table(title)
    for name, part in (
        ("all", usable),
        ("not starved", [c for c in usable if not c.run.starved]),
        ("starved", [c for c in usable if c.run.starved]),
    ):
        table.add_row(name, *_cells(accuracy(part), measure))
    table.add_section()
    for name, members in _grouped(usable, lambda c: f"{c.run.model} {c.run.scenario}"):
        table.add_row(name, *_cells(accuracy(members), measure))
    return table


def _accuracy_table(title: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("runs")
    table.add_column("n", justify="right")
    for name in _COLUMNS:
        table.add_column(name.replace("_", " "), justify="right")
    return table


def _cells(figures: Accuracy, measure: str) -> list[str]:
    errors = (getattr(figures, f"{name}_{measure}_pct") for name in _COLUMNS)
    return [str(figures.n), *("-" if math.isnan(e) else f"{e:.2f}" for e in errors)]


def _worst_table(usable: Sequence[Comparison]) -> Table:
    table = Table(
        title=f"The {_NUM_WORST} runs with the largest error of throughput",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    for name in ("run", "req/s", "adapters", "max_loras", "measured", "twin", "error"):
        table.add_column(name, justify="left" if name == "run" else "right")
    worst = sorted(usable, key=lambda c: -abs(c.throughput_error))[:_NUM_WORST]
    for c in worst:
        table.add_row(
            c.run.run_id,
            f"{c.run.rate:.2f}",
            str(c.run.num_adapters),
            str(c.run.max_loras),
            f"{c.throughputs[0]:,.0f}",
            f"{c.throughputs[1]:,.0f}",
            f"{100 * c.throughput_error:+.1f} %",
        )
    return table


def _confusion_table(title: str, truth: Sequence[bool], predicted: Sequence[bool]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("measured")
    table.add_column("twin: no", justify="right")
    table.add_column("twin: yes", justify="right")
    pairs = list(zip(truth, predicted, strict=True))
    for label, name in ((False, "no"), (True, "yes")):
        table.add_row(name, *(str(pairs.count((label, guess))) for guess in (False, True)))
    return table


def _grouped(
    comparisons: Sequence[Comparison], key: Callable[[Comparison], str]
) -> list[tuple[str, list[Comparison]]]:
    ordered = sorted(comparisons, key=key)
    return [(name, list(members)) for name, members in groupby(ordered, key)]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
