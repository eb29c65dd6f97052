"""What the benchmark prints and writes."""

from __future__ import annotations

import math
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from twin.benchmark.report import benchmark_document, print_benchmark
from twin.benchmark.scenario import Scenario
from twin.benchmark.speed import Speed


def never(*_: Any) -> Any:
    raise AssertionError("a report simulates nothing")


def speed(name: str, seconds: float, paper: float = math.nan) -> Speed:
    """Half of the time goes into drawing."""
    scenario = Scenario(name, "group", 2.0, 60.0, never, never, paper)
    return Speed(scenario, 100, seconds / 2, seconds / 2)


def printed(*speeds: Speed) -> str:
    console = Console(file=StringIO(), width=160)
    print_benchmark(console, speeds)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]  # a StringIO


def test_speeds_and_times_beside_those_of_the_paper() -> None:
    document = benchmark_document([speed("a", 0.1, paper=2.0), speed("b", 0.2), speed("c", 0.6)])
    assert document["median_speedup"] == pytest.approx(300)
    assert document["min_speedup"] == pytest.approx(100)
    assert document["without_drawing"]["min_speedup"] == pytest.approx(200)
    assert document["paper"]["num_scenarios"] == 1
    assert document["paper"]["times_faster_min"] == pytest.approx(20)
    assert [row["paper_seconds"] for row in document["scenarios"]] == [2.0, None, None]


def test_nothing_measured() -> None:
    document = benchmark_document([])
    assert document["median_speedup"] is document["paper"] is None
    assert printed() == ""


def test_the_slowest_are_named() -> None:
    text = printed(*(speed(f"scenario {i}", 0.1 * (i + 1)) for i in range(8)))
    slowest = text.partition("The slowest scenarios")[2]
    assert [f"scenario {i}" in slowest for i in range(8)] == [False] * 3 + [True] * 5
    assert slowest.index("scenario 7") < slowest.index("scenario 6")
    assert "paper" not in text
    assert "paper" in printed(speed("a", 0.1, paper=2.0))
