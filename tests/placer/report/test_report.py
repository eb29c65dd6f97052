"""The table that a run ends with."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from estimators.closed_form import ClosedFormEstimator
from placer.objectives import GpuCount
from placer.report.gpu_report import GpuReport, report_gpus
from placer.report.report import gpu_table, print_json, print_report, totals, wide_console
from placer.report.summary import summarize
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import example_problem
from tests.placer.example_result import problem, result


def printed(*gpus: GpuReport, max_rows: int = 64) -> list[str]:
    text = io.StringIO()
    Console(file=text, width=160).print(gpu_table(gpus, max_rows))
    return text.getvalue().splitlines()


def test_a_row_has_the_figures_of_its_gpu() -> None:
    gpus = report_gpus(problem(), result())
    first, second = (line for line in printed(*gpus) if "gpu-0" in line)
    assert first.split() == [
        *("gpu-00", "2", "(1", "shared)", "2", "32", "14.00", "5,600", "5,500", "2.0", "%"),
        *("400", "2,000", "40", "5", "%", "compute"),
    ]
    assert second.split()[-2:] == ["-", "slots"]


def test_profiles_are_shown_where_they_differ() -> None:
    same = "\n".join(printed(*report_gpus(problem(), result())))
    mixed = report_gpus(problem((None, None)), result(("example-0", "example-1")))
    assert "profile" not in same
    assert "example-1" in "\n".join(printed(*mixed))


def test_long_tables_are_cut() -> None:
    gpus = report_gpus(problem(), result()) * 10
    lines = printed(*gpus, max_rows=5)
    assert sum("gpu-0" in line for line in lines) == 5
    assert "15 more" in lines[-2] + lines[-1]


@pytest.mark.parametrize(
    ("headroom", "text"),
    [(0.156, "15.6 %"), (2.5, "250 %"), (66.4, "66 x"), (float("nan"), "-"), (-0.1, "-10 %")],
)
def test_headroom_is_a_percentage_or_a_multiple(headroom: float, text: str) -> None:
    gpu = replace(report_gpus(problem(), result())[0], headroom=headroom)
    (row,) = (line for line in printed(gpu) if "gpu-00" in line)
    assert row.rstrip().removesuffix("compute").rstrip().endswith(f"  {text}")


def summary(**changes: Any) -> dict[str, Any]:
    return summarize(problem(), result()) | changes


def test_totals_name_value_bound_gap_and_verification() -> None:
    gpu, value, checked, effort = totals(summary(objective="gpu_count", strategy="greedy"))
    assert gpu == "2 GPUs for 4 adapters, 28 req/s, 8,200 tokens/s"
    assert value == "gpu_count 2, lower bound 1 (engine mix), gap 50 %, status feasible"
    assert checked == (
        "passed verification by the twin (2 x 600 s), 1 adapter moved and 1 GPU added; any "
        "of the 2 GPUs starves with probability 2 %, 28 % under bursts (arrival_cv 1.5)"
    )
    assert effort == "greedy, 40 estimates, 1.2 s, seed 0"
    cascade = totals(summary(strategy="greedy", answered_by={"model": 38, "twin": 2}))[3]
    assert cascade.startswith("greedy, 40 estimates (38 by the model, 2 by the twin), ")


def test_gpus_beyond_the_latency_limits_are_shouted() -> None:
    slow = [
        {"gpu": "gpu-01", "latency": "ttft", "p99": 144.2, "limit": 5.0},
        {"gpu": "gpu-00", "latency": "ttft", "p99": 7.0, "limit": 5.0},
        {"gpu": "gpu-00", "latency": "tpot", "p99": 0.3, "limit": 0.25},
    ]
    lines = totals(summary(slow=slow))
    assert lines[4] == (
        "SLOW: on 2 GPUs one request in a hundred waits longer than 5 s for the first token "
        "(latency_limits.ttft): 144 s on gpu-01"
    )
    assert lines[5].startswith("SLOW: on 1 GPU one request in a hundred waits longer than 0.25 s ")
    assert not any("SLOW" in line for line in totals(summary()))


def test_windows_that_were_lengthened_are_said() -> None:
    known = summary()
    rare = [dict(gpu, rate=0.1) for gpu in known["gpus"]]
    checked = totals(summary(gpus=rare))[2]
    assert checked.startswith("passed verification by the twin (2 x at least 600 s), ")


def test_what_was_not_tested_is_said() -> None:
    record = dict(summary()["verification"], untested=(0, 1))
    assert totals(summary(verification=record))[2].startswith(
        "NOT proven by verification by the twin (2 x 600 s): too few requests arrive at 2 GPUs to "
    )


def test_totals_of_what_failed_and_of_what_was_not_checked() -> None:
    failed = dict(summary()["verification"], starved=[1], num_moved=0)
    lines = totals(summary(verification=failed, status="infeasible", reason="why"))
    assert lines[1].endswith("status infeasible: why")
    assert lines[2].startswith("failed verification by the twin (2 x 600 s);")
    assert totals(summary(verification=None))[2] == "NOT verified by the twin"
    steady = dict(summary()["verification"], arrival_cv=None)
    assert totals(summary(verification=steady))[2].endswith("with probability 2 %")


def test_totals_name_some_of_many_adapters() -> None:
    names = [f"a{i}" for i in range(20)]
    last = totals(summary(unplaced=names, num_gpus=1, value=[None], gap=None))
    assert last[0].startswith("1 GPU for")
    assert "GpuCount() -, lower bound 1 (engine mix), gap -" in last[1]
    assert last[-1] == "not placed: a0, a1, a2, a3, a4, a5, a6, a7 and 12 more"


def test_values_of_several_components() -> None:
    assert "GpuCount() (2, 0.0312)" in totals(summary(value=[2.0, 0.0312]))[1]


def test_everything_is_printed(tmp_path: Path) -> None:
    text = io.StringIO()
    console = Console(file=text, width=160)
    gpus = report_gpus(problem(), result())
    print_report(console, gpus, summary(), tmp_path)
    assert "gpu-01" in text.getvalue()
    assert f"written to {tmp_path}" in text.getvalue()
    print_report(console, (), summary(), tmp_path)
    assert text.getvalue().count("gpu-01") == 1


def test_the_table_is_not_cut_where_there_is_no_terminal() -> None:
    assert wide_console().width == 160


def test_a_migration_is_told_in_one_line() -> None:
    migration = {
        "num_moves": 2,
        "num_started": 1,
        "num_stopped": 3,
        "peak_gpus": 4,
        "restarted": ["gpu-01"],
        "interrupted": [],
    }
    value = {"value": [2.0, 2.0], "lower_bound": [2.0, 2.0], "gap": 0.0}
    line = totals(summary(migration=migration, **value))[-1]
    assert line == (
        "2 adapters moved, 1 engine started (gpu-01 anew), 3 stopped, at most 4 GPUs at "
        "once; interrupted: nothing; steps in migration.json"
    )
    cut = migration | {"interrupted": ["a", "b"]}
    assert "interrupted: a, b;" in totals(summary(migration=cut, **value))[-1]


def test_moves_are_no_gap() -> None:
    migration = {
        **{"num_moves": 2, "num_started": 0, "num_stopped": 0, "peak_gpus": 2},
        **{"restarted": [], "interrupted": []},
    }
    value = {"value": [2.0, 2.0, 0.5], "lower_bound": [2.0, 1.0, 0.0], "gap": 0.0}
    lines = totals(summary(migration=migration, **value))
    assert "(2, 0.5), lower bound (2, 0) (engine mix), gap 0 %, status" in lines[1]
    assert lines[-1].startswith("2 adapters moved (at least 1 by the bound), 0 engines started")


def test_json_is_all_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_json(summarize(problem(), result()))
    assert json.loads(capsys.readouterr().out)["num_gpus"] == 2


def test_how_much_is_for_the_base_model_is_said() -> None:
    mixed = example_problem(3, base_rate=4.0)
    found = solve(mixed, FirstFit(), ClosedFormEstimator(), GpuCount(), verify=False)
    first, *_ = totals(summarize(mixed, found) | {"migration": None})
    assert first.startswith("1 GPU for 3 adapters, 28 req/s (4 for the base model, on 1 GPU), ")
