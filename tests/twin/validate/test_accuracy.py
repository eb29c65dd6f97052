"""Errors of simulated figures."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from tests.twin.measured.run_rows import read
from tests.twin.validate.compared_rows import TWIN
from twin.validate.accuracy import accuracy, macro_f1, mape, memory_error_accuracy, smape
from twin.validate.comparison import Comparison


def test_smape_is_the_papers() -> None:
    assert smape([100, 50], [110, 50]) == pytest.approx(100 * (10 / 210) / 2)
    assert smape([1.0], [0.0]) == 100
    assert smape([0.0], [0.0]) == 0
    assert smape([1.0, math.nan, 2.0], [1.0, 5.0, math.nan]) == 0
    assert math.isnan(smape([], []))


def test_mape_is_relative_to_what_was_measured() -> None:
    assert mape([100, 50], [110, 50]) == pytest.approx(5)
    assert mape([1.0, 0.0], [0.5, 3.0]) == 50
    assert math.isnan(mape([math.nan, 2.0, 0.0], [5.0, math.nan, 1.0]))


@given(st.lists(st.floats(0.5, 2.0), min_size=1, max_size=9))
def test_of_small_errors_one_is_half_of_the_other(factors: list[float]) -> None:
    near = [1 + (factor - 1) / 1000 for factor in factors]
    ones = [1.0] * len(near)
    assert mape(ones, near) == pytest.approx(2 * smape(ones, near), rel=1e-2)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_macro_f1_is_scikit_learns(pairs: list[tuple[bool, bool]]) -> None:
    truth, guess = zip(*pairs, strict=True)
    labels = sorted(set(truth) | set(guess))
    expected = f1_score(truth, guess, average="macro", labels=labels, zero_division=0)
    assert macro_f1(truth, guess) == pytest.approx(expected)


def test_accuracy_leaves_out_what_cannot_be_compared(tmp_path: Path) -> None:
    run = read(tmp_path, mean_tpot_ms="20", mean_ttft_ms="80", total_throughput_tok_s="1400")
    saturated = replace(run, frontend_saturated=True, ttft_mean=50.0)
    broken = replace(run, usable=False, throughput=1.0)
    figures = accuracy([Comparison(r, TWIN, "p") for r in (run, saturated, broken)])
    assert figures.n == 2
    assert figures.throughput_smape_pct == pytest.approx(100 * 140 / 2660)
    assert figures.throughput_mape_pct == pytest.approx(10)
    assert figures.tpot_smape_pct == figures.tpot_mape_pct == 0
    assert figures.ttft_smape_pct == pytest.approx(100 * 0.02 / 0.18)
    assert figures.to_dict()["p99_ttft_smape_pct"] is None


def test_memory_errors(tmp_path: Path) -> None:
    started = read(tmp_path)
    failed = read(tmp_path, outcome="memory_error")
    right = [
        Comparison(started, TWIN, "p"),
        Comparison(failed, replace(TWIN, memory_error=True), "p"),
    ]
    assert memory_error_accuracy(right) == 1
    assert memory_error_accuracy([*right, Comparison(failed, TWIN, "p")]) == pytest.approx(2 / 3)
    assert math.isnan(memory_error_accuracy([]))
