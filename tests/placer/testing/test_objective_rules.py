"""Objectives that break a rule are told which, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest

from estimators.base import Estimate
from placer.objectives import GpuCount
from placer.objectives.objective import Relaxation
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem
from placer.testing import ObjectiveContract, ObjectiveRules, check_objective


@dataclass(frozen=True)
class Odd:
    """Counts GPUs, but for what is wrong with it."""

    wrong: str
    numbers: Iterator[int] = field(default_factory=count, repr=False, compare=False)

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        costs = {
            "nothing": (),
            "infinite": (math.inf,),
            "sizes": (1.0,) * len(gpu.plan.shares),
            "moody": (float(next(self.numbers)),),
        }
        return costs.get(self.wrong, (1.0,))

    def admissible(self, estimate: Estimate) -> bool:
        return None if self.wrong == "undecided" else self.wrong != "strict"  # type: ignore[return-value]

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        return {"high": (99.0,), "long": (1.0, 1.0)}.get(self.wrong, (1.0,))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("nothing", "the cost of a GPU has no component"),
        ("infinite", r"the cost of a GPU is \(inf,\)"),
        ("sizes", r"the costs of GPUs have \[1, 2, 3\] components"),
        ("moody", "the same GPU costs"),
        ("undecided", "`admissible` answers None"),
        ("strict", "the objective rejects all placements"),
        ("high", r"the lower bound is \(99.0,\), and there is a placement with the value"),
        ("long", "the lower bound has 2 components, the cost of a GPU 1"),
    ],
)
def test_broken_rules_are_told_in_words(wrong: str, words: str) -> None:
    with pytest.raises(AssertionError, match=words) as told:
        check_objective(Odd(wrong))
    assert str(told.value).startswith(f"Odd(wrong='{wrong}') breaks rules of objectives:\n- ")


def test_a_good_objective_breaks_none() -> None:
    check_objective(GpuCount())
    check_objective(Odd("nowhere"))


def test_every_rule_has_a_test() -> None:
    rules = {name for name in vars(ObjectiveRules) if not name.startswith("_")}
    fields = set(ObjectiveRules.__dataclass_fields__)
    tests = {name for name in vars(ObjectiveContract) if name.startswith("test_")}
    assert {f"test_{name}" for name in rules - fields} == tests
