"""Charts of a comparison."""

from __future__ import annotations

from placer.report.charts.chart import Dots, Line
from placer.report.charts.svg import svg
from placer.report.comparison.charts import front_charts, time_charts
from placer.report.comparison.configurations import group_runs
from tests.placer.report.comparison.example_rows import row


def test_the_front_is_a_line_and_what_is_beaten_is_hollow() -> None:
    figures = {"slow": (3, 900.0), "bad": (4, 1000.0), "fast": (5, 80.0)}
    rows = [row(name, 0, gpus, p99_ttft_ms=ttft) for name, (gpus, ttft) in figures.items()]
    (chart,) = front_charts(group_runs(rows), lambda one: one.name)
    (front,) = [mark for mark in chart.marks if isinstance(mark, Line)]
    assert front.points == ((3.0, 900.0), (5.0, 80.0))
    beaten, best = (mark for mark in chart.marks if isinstance(mark, Dots))
    assert [dot.href for dot in beaten.dots] == ["bad"]
    assert (beaten.hollow, best.hollow) == (True, False)
    assert chart.y.log
    assert "slow, fast" in chart.summary
    assert svg(chart)


def test_rent_counts_where_gpus_do_not_cost_the_same() -> None:
    rows = [
        row(name, 0, gpus, cost_per_hour=rent, p99_ttft_ms=90.0)
        for name, gpus, rent in (("large", 2, 12.0), ("small", 4, 8.0))
    ]
    (chart,) = front_charts(group_runs(rows), lambda _: "")
    assert chart.title == "$/h against p99 TTFT"
    rows[1]["cost_per_hour"] = None
    (chart,) = front_charts(group_runs(rows), lambda _: "")
    assert chart.title == "GPUs against p99 TTFT"


def test_intervals_are_drawn() -> None:
    rows = [row(name, seed, gpus + seed) for name, gpus in (("a", 4), ("b", 6)) for seed in (0, 1)]
    (chart,) = time_charts(group_runs(rows), lambda _: "")
    assert chart.title == "Value of gpu_count against time"
    muted = [mark for mark in chart.marks if isinstance(mark, Line) and mark.tone == "muted"]
    assert len(muted) == 2


def test_intervals_do_not_reach_below_nothing() -> None:
    rows = [
        row(name, seed, gpus, p99_ttft_ms=90.0 * gpus)
        for name in "ab"
        for seed, gpus in ((0, 1), (1, 90))
    ]
    for chart in (*front_charts(group_runs(rows), str), *time_charts(group_runs(rows), str)):
        lines = [mark for mark in chart.marks if isinstance(mark, Line) and mark.tone == "muted"]
        assert min(y for line in lines for _, y in line.points) > 0
        assert min(chart.x.low, chart.y.low) >= 0


def test_instances_of_another_estimator_are_another_chart() -> None:
    rows = [
        row(name, 0, 4, estimator=estimator, instance=f"{estimator}-{k}")
        for name in "ab"
        for estimator in ("twin", "closed_form")
        for k in range(2)
    ]
    titles = [chart.title for chart in time_charts(group_runs(rows, ["instance", "seed"]), str)]
    assert titles == [f"Value against time: estimator {e}" for e in ("twin", "closed_form")]
    (chart,) = time_charts(group_runs(rows), str)  # a sweep that compares estimators
    assert chart.title == "Value of gpu_count against time"


def test_one_configuration_is_no_chart() -> None:
    assert time_charts(group_runs([row("a", 0, 4)]), lambda _: "") == []
    assert front_charts([], lambda _: "") == []
