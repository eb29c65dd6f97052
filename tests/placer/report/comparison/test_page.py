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
    assert "leads to the report" in page
    assert "leads to the report" not in comparison_page(compare(sweep()), "x", lambda _: "")
    assert "1 run has failed" in page.replace("</strong>", "")
    assert "&lt;b&gt;out&lt;/b&gt; of memory" in page
    assert "<b>out" not in page


def test_errors_that_several_runs_have_are_told_once() -> None:
    failed = {"placed": False, "status": "failed", "num_gpus": None, "value": None}
    rows = sweep()
    rows += [row(f"s{k}", 0, 1) | failed | {"error": "no such file"} for k in range(14)]
    page = comparison_page(compare(rows), "x", lambda run: f"{run['run']}/failure.json")
    assert "15 runs have failed" in page.replace("</strong>", "")
    assert page.count("no such file") == 1
    assert '<a href="s0-0/failure.json">s0-0</a> (s0, seed 0)' in page
    assert "and 2 more" in page
    assert page.count("of memory") == 1


def test_figures_that_are_the_same_everywhere_are_one_sentence() -> None:
    rows = [row(name, seed, 4 + seed, runtime=len(name)) for name in "ab" for seed in range(2)]
    page = comparison_page(compare(rows), "x", lambda _: "")
    assert "No difference in any pair: GPUs; value; mean TTFT, ms; time, s." in page
    assert "<svg" not in page.partition('id="differences"')[2].partition("</section>")[0]
    assert "No difference in any pair: time, s." in comparison_page(
        compare(sweep()), "x", lambda _: ""
    )


def test_what_is_better_is_said() -> None:
    page = comparison_page(compare([row("a", 0, 4), row("b", 0, 5)]), "x", lambda _: "")
    assert "Smaller is better.</p>" in page
    rows = [row(name, 0, 4, hit_rate=0.5) for name in "ab"]
    rows.append(row("c", 0, 4, placed=False, served_throughput=3.0))
    page = comparison_page(compare(rows), "x", lambda _: "")
    assert "Smaller is better, but for hit rate and served tokens/s.</p>" in page


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
