"""All rules of strategies, without pytest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.strategies import FirstFit
from placer.testing import StrategyContract, StrategyRules, check_strategy


def public(kind: type, prefix: str = "") -> set[str]:
    """Names of the methods of a class."""
    return {
        name.removeprefix(prefix)
        for name, method in vars(kind).items()
        if callable(method) and name.startswith(prefix) and not name.startswith("_")
    }


def test_every_rule_is_checked_and_has_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    called = set()
    for name in public(StrategyRules):

        def rule(self: StrategyRules, *arguments: object, name: str = name) -> None:
            called.add(name)

        rule.__name__ = name
        monkeypatch.setattr(StrategyRules, name, rule)
    check_strategy(FirstFit())
    assert called == public(StrategyRules) == public(StrategyContract, "test_")


def test_a_good_strategy_breaks_none() -> None:
    check_strategy(FirstFit(), objectives=[GpuCount()])


@dataclass(frozen=True)
class Hasty:
    """Does not expect that a search may have to end."""

    def place(
        self, problem: Problem, evaluator: Evaluator, *, budget: Budget, rng: np.random.Generator
    ) -> Result:
        for name in evaluator.adapters:
            evaluator.evaluate([evaluator.plan(problem.fleet[0], 1, {name: 1.0})])
        return FirstFit().place(problem, evaluator, budget=budget, rng=rng)


def test_all_that_is_broken_is_told_at_once() -> None:
    with pytest.raises(AssertionError) as told:
        check_strategy(Hasty(), objectives=[GpuCount()])
    first, *lines = str(told.value).splitlines()
    assert first == "Hasty() breaks rules of strategies:"
    assert "- ctrl c keeps the best placement (GpuCount(), 8): Ctrl-C has left `place`" in "".join(
        lines
    )
    assert any(line.startswith("- a spent budget keeps the best placement") for line in lines)
    assert not any("same seed" in line for line in lines)
