"""Tables of a benchmark."""

from __future__ import annotations

import io
import math
from dataclasses import replace

from rich.console import Console
from rich.table import Table

from placer.benchmark.tables import baseline_table, family_table, strategy_table
from tests.placer.benchmark.example_row import ROW

ROWS = [
    replace(ROW, strategy="best", gpus=3, value=(3.0,), gap=0.0),
    replace(ROW, strategy="random", gpus=6, value=(6.0,), gap=0.5),
    replace(ROW, strategy="hrw", gpus=4, value=(4.0,), gap=0.25),
    replace(
        ROW, strategy="best", instance="two", gpus=2, value=(2.0,), lower_bound=(2.0,), gap=0.0
    ),
    replace(ROW, strategy="random", instance="two", gpus=4, value=(4.0,), gap=0.5),
    replace(ROW, strategy="hrw", instance="two", gap=math.inf, feasible=False, starved_gpus=2),
]


def lines(table: Table) -> dict[str, list[str]]:
    """Cells by the first word of their line."""
    text = io.StringIO()
    Console(file=text, width=250).print(table)
    words = (line.split() for line in text.getvalue().splitlines())
    return {found[0]: found[1:] for found in words if found}


def test_strategies() -> None:
    shown = lines(strategy_table(ROWS))
    assert shown["best"][:11] == [
        "gpu_count",
        "sustained",
        "2",
        "2",
        "0",
        "%",
        "100",
        "%",
        "5",
        "+0",
        "%",
    ]
    assert shown["random"][:11] == [
        "gpu_count",
        "sustained",
        "2",
        "2",
        "50",
        "%",
        "0",
        "%",
        "10",
        "+100",
        "%",
    ]
    assert shown["hrw"][2:4] == ["2", "1"]
    assert shown["hrw"][-4] == "2"


def test_gpus_against_the_baselines_where_both_are_feasible() -> None:
    shown = lines(baseline_table(ROWS, ["random", "hrw"]))
    # Against random: 1/2 and 1/2; against hrw: 1/4; against the mean of both: 2/5 and 1/2.
    assert shown["best"] == ["50", "%", "25", "%", "45", "%"]
    assert "random" not in shown


def test_families() -> None:
    last = lines(family_table([replace(row, family="zipf") for row in ROWS]))["zipf"]
    assert last == ["2", "6", "5", "10", "4", "(1", "failed)"]


def test_both_rules_stand_side_by_side() -> None:
    paper = [
        replace(row, rule="paper", gpus=row.gpus - 1, lower_bound=(2.0,))
        for row in ROWS
        if row.strategy == "best"
    ]
    rows = [replace(row, family="zipf") for row in (*ROWS, *paper)]
    last = lines(family_table(rows))["zipf"]
    assert last == ["2", "6", "5", "10", "4", "(1", "failed)", "4", "3", "-", "-"]
    own = lines(strategy_table([row for row in rows if row.strategy == "best"]))
    assert own["best"][1:3] == ["sustained", "2"], "the last line"


def test_limits_have_lines_of_their_own_and_families_the_largest() -> None:
    few = [replace(row, family="zipf", max_estimates=5.0, gpus=row.gpus + 1) for row in ROWS]
    rows = [*few, *(replace(row, family="zipf") for row in ROWS)]
    own = lines(strategy_table([row for row in rows if row.strategy == "best"]))
    assert own["best"][1:4] == ["sustained", "10", "2"], "the last line"
    assert lines(family_table(rows))["zipf"] == ["2", "6", "5", "10", "4", "(1", "failed)"]
    assert lines(baseline_table(rows, ["random"]))["best"] == ["50", "%", "50", "%"]
