"""Runs, what is the same of them, and how they differ."""

from __future__ import annotations

import pytest

from placer.report.comparison.baseline import Baseline
from placer.report.comparison.compare import compare
from tests.placer.report.comparison.example_rows import sweep
from twin.files.errors import InputError


def test_a_sweep_is_compared_with_its_first_configuration() -> None:
    comparison = compare(sweep())
    assert comparison.has_repetitions
    assert comparison.baseline == Baseline("strategy", "greedy")
    assert [d.configuration.name for d in comparison.differences] == ["milp"]


def test_what_ran_once_is_compared_all_the_same() -> None:
    assert not compare(sweep()[:1]).has_repetitions
    assert compare(sweep()[:1]).baseline is None
    assert compare([]).configurations == ()


def test_a_baseline_that_is_not_there() -> None:
    with pytest.raises(InputError, match=r"comparison\.baseline"):
        compare(sweep(), "magic")
