"""Tables for a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from placer.report.comparison.compare import compare
from placer.report.comparison.statistics import Mean
from placer.report.comparison.tables import mean_text, means_table, runs_table
from tests.placer.report.comparison.example_rows import sweep


def printed(renderable: object) -> str:
    text = io.StringIO()
    Console(file=text, width=250).print(renderable)
    return text.getvalue()


def test_overrides_are_columns_only_where_the_runs_differ() -> None:
    rows = [
        {
            "run": "0",
            "seed": "1",
            "fleet": "[{profile:a}]",
            "gap": 0.25,
            "value": [3.0, 0.1],
            "mean_ttft_ms": 31030.4,
        },
        {"run": "1", "seed": "1", "fleet": "[red]", "gap": None, "value": [4.0]},
    ]
    text = printed(runs_table(rows))
    assert "seed" not in text
    assert "error" not in text
    for shown in ("[{profile:a}]", "[red]", "3, 0.1", "0.25", "31,030"):
        assert shown in text


def test_failures_are_rows() -> None:
    assert "<b>out</b> of memory" in printed(runs_table(sweep()))


def test_means_have_intervals_and_differences() -> None:
    comparison = compare(sweep())
    text = printed(
        means_table(comparison.configurations, comparison.baseline, comparison.differences)
    )
    assert "differences from strategy=greedy" in text
    assert "3 of 3" in text
    assert "2 of 3" in text
    assert "6 ± 2.5" in text
    assert "-1 ± 0" in text


def test_texts_of_means() -> None:
    assert mean_text(None) == "-"
    assert mean_text(Mean(2.5, None, 1)) == "2.5"
    assert mean_text(Mean(2.5, 0.25, 4), signed=True) == "+2.5 ± 0.25"
    assert mean_text(Mean(-1e-15, 470.4, 4), signed=True) == "0 ± 470"
