"""Tables of a report."""

from __future__ import annotations

from dataclasses import replace

from placer.objectives import FewestGpus
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.report.placement_figures import placement_figures
from placer.report.placement_tables import PageTable, placement_tables
from placer.report.summary import summarize
from tests.placer.report.figures.one_gpu import measured_problem, measured_result


def tables(problem: Problem, result: Result, seconds: float = 60.0) -> dict[str, list[PageTable]]:
    summary = summarize(problem, result) | {"overrides": ["seed=0", "output_dir=a b"]}
    figures = placement_figures(problem, result, FewestGpus(), seconds)
    return placement_tables(result, summary, figures, 600)


def test_every_picture_is_a_table_too() -> None:
    problem = measured_problem(8)
    found = tables(problem, measured_result(problem))
    for section in ("fleet", "target", "slots", "latency", "what_if", "verification", "run"):
        assert found[section], section
        for table in found[section]:
            assert {len(row) for row in table.rows} == {len(table.columns)}
            assert all(isinstance(cell, str) for row in table.rows for cell in row)
    assert found["migration"] == []


def test_gpus_that_would_starve_are_named() -> None:
    problem = measured_problem(8)
    (table,) = tables(problem, measured_result(problem))["what_if"]
    assert [row[1] for row in table.rows] == [
        *("serves", "serves"),
        *["2 GPUs would starve: gpu-00, gpu-01"] * 3,
    ]


def test_what_was_not_verified_is_not_known() -> None:
    problem = measured_problem(8)
    result = measured_result(problem)
    unknown = tuple(replace(gpu, binding="", headroom=float("nan")) for gpu in result.gpus)
    found = tables(problem, replace(result, gpus=unknown, verification=None), 0.0)
    assert found["verification"] == []
    assert {row[1] for row in found["what_if"][0].rows} == {"not known: it was not verified"}


def test_the_verification_names_what_failed() -> None:
    problem = measured_problem(8)
    result = measured_result(problem)
    assert result.verification is not None
    failed = replace(result.verification, starved=(1,), arrival_cv=None)
    (table,) = tables(problem, replace(result, verification=failed), 0.0)["verification"]
    rows = {row[0]: row[1] for row in table.rows}
    assert rows["starved"] == "gpu-01"
    assert rows["out of memory"] == "none"
    assert rows["bursts"] == "not tested"
    assert rows["seeds of the arrivals"] == "1001, 1002"


def test_the_command_can_be_run_again() -> None:
    problem = measured_problem(4)
    (table,) = tables(problem, measured_result(problem), 0.0)["run"]
    rows = {row[0]: row[1] for row in table.rows}
    assert rows["command"] == "placer seed=0 'output_dir=a b'"
    assert rows["seed"] == "0"
