"""Master problem: its relaxation, and its parts."""

from __future__ import annotations

import pytest

from placer.patterns.master_problem import MasterProblem
from placer.patterns.patterns import Pattern
from tests.placer.patterns.master_solver_contract import OTHER, SMALL


def test_prices_say_what_an_item_costs() -> None:
    prices = MasterProblem([SMALL, OTHER], (3, 2), (), None).relaxed()
    assert prices.value == pytest.approx(5.0)
    assert prices.groups == pytest.approx((1.0, 1.0))
    assert prices.scarcity == 0.0


def test_prices_say_what_is_missing() -> None:
    prices = MasterProblem([SMALL], (1, 1), (), None).relaxed()
    assert prices.groups == pytest.approx((1.0, 10.0))


def test_prices_say_what_one_more_gpu_is_worth() -> None:
    cheap, dear = Pattern("a", (1,), (1.0,)), Pattern("a", (4,), (8.0,))
    prices = MasterProblem([cheap, dear], (4,), (), 2).relaxed()
    assert prices.scarcity > 0
    assert prices.value == pytest.approx(2 * prices.groups[0] * 2 - 2 * prices.scarcity, rel=0.5)


def test_the_most_promising_patterns_are_kept() -> None:
    patterns = [Pattern("a", (n,), (1.0,)) for n in range(1, 9)]
    master = MasterProblem(patterns, (8,), (), None)
    fewer = master.restricted(master.relaxed(), 2, [patterns[0]])
    assert list(fewer.patterns) == [patterns[0], patterns[6], patterns[7]]
    assert master.restricted(master.relaxed(), 8, []) is master
