"""The page of a comparison."""

from __future__ import annotations

from placer.report.comparison.compare import compare
from placer.report.comparison.page import comparison_charts, comparison_page
from tests.placer.report.comparison.example_rows import row, sweep


def test_a_page_has_means_differences_and_every_run() -> None:
    page = comparison_page(compare(sweep()), "Two strategies", lambda run: f"{run['run']}/x.html")
    for text in ("6 ± 2.5", "Differences from strategy=greedy", "-1 ± 0", "less", "2 of 3"):
        assert text in page
    assert page.count("greedy-1/x.html") > 3  # every figure leads there
    assert "1 run has failed" in page.replace("</strong>", "")
    assert "&lt;b&gt;out&lt;/b&gt; of memory" in page
    assert "<b>out" not in page


def test_one_seed_has_no_interval_and_says_so() -> None:
    page = comparison_page(compare([row("greedy", 0, 5), row("milp", 0, 4)]), "x", lambda _: "")
    assert "Everything ran once" in page
    assert "one pair: no interval" in page
    assert " ± " not in page


def test_charts_of_what_answers_the_same_question() -> None:
    rows = [
        row(strategy, seed, gpus + seed, p99_ttft_ms=900.0 / gpus, **{"workload.path": path})
        for path in ("a.csv", "b.csv")
        for strategy, gpus in (("greedy", 5), ("milp", 4))
        for seed in range(2)
    ]
    assert [chart.title for chart in comparison_charts(compare(rows))] == [
        f"{what}: workload.path {path}"
        for what in ("GPUs against p99 TTFT", "Value against time")
        for path in ("a.csv", "b.csv")
    ]


def test_many_runs_are_cut_and_that_is_said() -> None:
    rows = [row("greedy", seed, 4) for seed in range(2003)]
    page = comparison_page(compare(rows), "x", lambda _: "")
    assert "3 further runs are in comparison.csv" in page
    assert len(page) < 1_000_000
