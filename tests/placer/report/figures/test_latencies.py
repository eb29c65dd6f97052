"""Latencies and queues as pictures."""

from __future__ import annotations

import numpy as np
import pytest

from placer.report.charts.chart import Dots
from placer.report.figures.behaviour import Behaviour
from placer.report.figures.latencies import (
    distribution,
    distribution_chart,
    queue,
    queue_chart,
)

EMPTY = np.array([])


def behaviour(ttft: list[float], waiting: list[float]) -> Behaviour:
    """A GPU that was looked at every minute."""
    time = 60.0 * np.arange(1, len(waiting) + 1)
    return Behaviour(
        *(60.0 * len(waiting), np.sort(ttft), EMPTY, time, np.array(waiting)),
        *(1.0, 0.5, 0.5, 0.1, 0.6),
    )


def test_quantiles_are_those_of_all_requests() -> None:
    rng = np.random.default_rng(0)
    fast, slow = rng.exponential(0.1, 4000), rng.exponential(0.4, 4000)
    observed = [
        ("fast", 3.0, behaviour(fast.tolist(), [0])),
        ("slow", 1.0, behaviour(slow.tolist(), [0])),
    ]
    shown = distribution("ttft", observed)
    assert shown is not None
    together = np.concatenate([fast, fast, fast, slow])
    for share, value in shown.quantiles:
        assert value == pytest.approx(np.quantile(together, share), rel=0.1)
    assert shown.slowest_name == "slow"
    assert (np.diff(shown.all_gpus) >= 0).all()
    chart = distribution_chart(shown)
    dots = chart.marks[-1]
    assert isinstance(dots, Dots)
    assert [dot.label.split()[0] for dot in dots.dots] == ["p50", "p90", "p99"]
    assert chart.x.place(dots.dots[-1].x) < 0.72, "its label would lie on the curve"


def test_without_answers_there_is_no_distribution() -> None:
    observed = [("one", 1.0, behaviour([0.1, 0.2], [0]))]
    assert distribution("tpot", observed) is None
    shown = distribution("ttft", observed)
    assert shown is not None
    assert shown.slowest_name == ""


def test_the_longest_queue_is_named() -> None:
    shown = queue(
        [
            ("calm", 1.0, behaviour([0.1], [0, 0, 3])),
            ("busy", 1.0, behaviour([0.1], [4, 5, 9])),
            ("longer window", 1.0, behaviour([0.1], [1, 1, 1, 1])),
        ]
    )
    assert shown is not None
    assert shown.longest_name == "busy"
    assert shown.mean.tolist() == [2, 2.5, 6]
    chart = queue_chart(shown)
    assert "at most 9 requests wait on busy" in chart.summary
    assert chart.x.high == 3
    assert queue([]) is None
