"""Files of a comparison."""

from __future__ import annotations

import csv
import io

import pyarrow.parquet as pq
import pytest

from placer.report.comparison.baseline import Baseline, differences
from placer.report.comparison.configurations import group_runs
from placer.report.comparison.files import means_csv, rows_csv, rows_json, rows_parquet
from tests.placer.report.comparison.example_rows import row, sweep


def test_parquet_has_the_types_of_the_values() -> None:
    rows = [
        row("greedy", 0, 4, limit=1, mixed=1, flag=True, nothing=None),
        row("milp", 1, 5, limit=0.5, mixed="a", flag=None, nothing=None),
    ]
    table = pq.read_table(io.BytesIO(rows_parquet(rows)))
    types = {name: str(table.schema.field(name).type) for name in table.column_names}
    assert [types[k] for k in ("num_gpus", "limit", "mixed", "flag", "value", "nothing")] == [
        *("int64", "double", "string", "bool", "list<element: double>", "string")
    ]
    assert table.to_pylist()[1]["mixed"] == "a"
    assert table["value"].to_pylist() == [[4.0], [5.0]]


def test_rows_lack_what_others_have() -> None:
    rows = [{"a": 1}, {"b": [2.0]}]
    assert list(csv.DictReader(io.StringIO(rows_csv(rows)))) == [
        {"a": "1", "b": ""},
        {"a": "", "b": "2.0"},
    ]
    assert '"b": [' in rows_json(rows)


def test_in_csv_the_components_of_a_value_are_numbers() -> None:
    rows = [{"value": [3.0, 0.25], "c": 1}, {"value": []}, {"value": [2.0], "c": [True]}]
    assert list(csv.DictReader(io.StringIO(rows_csv(rows)))) == [
        {"value": "3.0", "value_2": "0.25", "c": "1"},
        {"value": "", "value_2": "", "c": ""},
        {"value": "2.0", "value_2": "", "c": "[True]"},
    ]


def test_means_and_differences_by_configuration() -> None:
    configurations = group_runs(sweep())
    compared = differences(configurations, Baseline("strategy", "greedy"))
    greedy, milp = csv.DictReader(io.StringIO(means_csv(configurations, compared)))
    shown = [greedy[key] for key in ("strategy", "placed", "num_gpus_mean")]
    assert shown == ["greedy", "3", "6.0"]
    assert float(greedy["num_gpus_mean_half_width"]) == pytest.approx(2.484, abs=1e-3)
    assert greedy["num_gpus_difference"] == ""
    assert (milp["baseline"], milp["num_gpus_difference"], milp["num_gpus_difference_n"]) == (
        *("greedy", "-1.0", "2"),
    )
