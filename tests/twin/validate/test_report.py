"""What a validation prints and writes."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.twin.measured.run_rows import read
from tests.twin.validate.compared_rows import TWIN
from twin.validate.comparison import Comparison
from twin.validate.report import print_validation, validation_document


@pytest.fixture
def comparisons(tmp_path: Path) -> list[Comparison]:
    """A run that is served, one that starves and one without memory; all told right."""
    served = read(tmp_path, total_throughput_tok_s="1400", mean_tpot_ms="20")
    starved = replace(served, run_id="two", scenario="rush", throughput=1000.0, starved=True)
    failed = replace(served, run_id="three", usable=False, memory_error=True)
    simulations = (TWIN, replace(TWIN, throughput=1100.0), replace(TWIN, memory_error=True))
    pairs = zip((served, starved, failed), simulations, strict=True)
    return [Comparison(run, twin, "p") for run, twin in pairs]


def test_groups_of_the_document(comparisons: list[Comparison]) -> None:
    document = validation_document(comparisons)
    assert [document[key]["n"] for key in ("all", "not_starved", "starved")] == [2, 1, 1]
    assert document["not_starved"]["throughput_smape_pct"] == pytest.approx(100 * 140 / 2660)
    assert document["starved"]["throughput_smape_pct"] == pytest.approx(100 * 100 / 2100)
    assert document["all"]["itl_smape_pct"] is None
    assert document["starvation_macro_f1"] == document["memory_error_accuracy"] == 1
    assert document["min_speedup"] == pytest.approx(600 / 0.001)
    (model,) = document["models"].values()
    assert model == {key: value for key, value in document.items() if key != "models"}


def test_nothing_to_compare() -> None:
    document = validation_document([])
    assert document["all"]["n"] == 0
    assert document["median_speedup"] is document["starvation_macro_f1"] is None


def test_tables(comparisons: list[Comparison]) -> None:
    console = Console(file=StringIO(), width=140)
    print_validation(console, comparisons, 2.5)
    text = console.file.getvalue()  # type: ignore[attr-defined]  # it is a StringIO
    rows = [line.split() for line in text.splitlines()]
    assert ["all", "2", "5.01", "0.00", "-", "-", "-"] in rows
    assert ["all", "2", "10.00", "0.00", "-", "-", "-"] in rows, "the other measure"
    assert any(row[-2:] == ["+10.0", "%"] for row in rows), "the worst run"
    assert rows.count(["no", "1", "0"]) == 1  # starvation; memory errors: two started
    assert "starvation macro f1: 1.0000" in text
    assert "3 runs in 2.5 s" in text
