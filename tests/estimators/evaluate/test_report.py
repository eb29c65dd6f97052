"""Errors and times, as a document and as tables."""

from __future__ import annotations

import io

from rich.console import Console

from estimators.evaluate.report import Speeds, evaluation_document, print_evaluation


def test_without_runs_there_are_no_figures() -> None:
    document = evaluation_document([], Speeds(1.0, 2.0, 3.0, 4.0, 5.0, 6.0))
    assert document["n"] == 0
    assert document["throughput_smape_pct"] is None
    assert document["us_single"] == 2.0
    assert document["models"] == {}


def test_times_stand_beside_those_of_the_libraries() -> None:
    text = io.StringIO()
    document = evaluation_document([], Speeds(1.25, 2.0, 3.0, 4.0, 5.0, 6.0))
    print_evaluation(Console(file=text, width=140), document)
    assert "MAPE in %, mean(|a − b| / measured)" in text.getvalue()
    rows = [line.split() for line in text.getvalue().splitlines() if line.strip()]
    assert ["estimator,", "everything", "1.25", "2"] in rows
    assert ["LightGBM,", "predict", "3", "4"] in rows
    assert ["scikit-learn,", "predict", "5", "6"] in rows
