"""ObjectiveRules: what every objective has to keep."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from estimators.base import Candidate, Estimator
from estimators.closed_form import ClosedFormEstimator
from estimators.testing.requiring import require, require_rules
from placer.bounds import IdleEngines, PooledRelaxation
from placer.gpu.evaluator import Evaluator
from placer.objectives.objective import Objective
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.testing.brute_force import brute_force
from placer.testing.examples import example_problem

__all__ = ["ObjectiveRules", "check_objective", "small_problem"]


def small_problem() -> Problem:
    """A problem small enough to try all placements without shares."""
    return example_problem(6, rates=(12.0, 6.0), max_gpus=4)


@dataclass(frozen=True)
class ObjectiveRules:
    """What strategies rely on: every method raises ``AssertionError`` in words.

    Parameters
    ----------
    objective : Objective
    estimator : Estimator
        A quick one.
    problem : Problem
        Small enough to try all placements without shares.
    """

    objective: Objective
    estimator: Estimator = field(default_factory=ClosedFormEstimator)
    problem: Problem = field(default_factory=small_problem)

    def costs_are_numbers(self) -> None:
        gpus = self._gpus()
        for gpu in gpus:
            require(len(gpu.cost) >= 1, "the cost of a GPU has no component")
            require(all(map(math.isfinite, gpu.cost)), f"the cost of a GPU is {gpu.cost}")
        sizes = sorted({len(gpu.cost) for gpu in gpus})
        require(len(sizes) == 1, f"the costs of GPUs have {sizes} components, not always as many")

    def the_same_gpu_costs_the_same(self) -> None:
        for one, two in zip(self._gpus(), self._gpus(), strict=True):
            require(one.cost == two.cost, f"the same GPU costs {one.cost} and {two.cost}")

    def admissible_answers_yes_or_no(self) -> None:
        profile = self.problem.fleet[0].profile
        adapters = self.problem.workload.adapters[:1]
        candidate = Candidate(profile, profile.engine_config(1, 32), adapters)
        (estimate,) = self.estimator.estimate([candidate], self.problem.starvation)
        answer = self.objective.admissible(estimate)
        require(answer in (True, False), f"`admissible` answers {answer!r}")

    def the_lower_bound_does_not_exceed_the_optimum(self) -> None:
        evaluator = Evaluator(self.estimator, self.objective, self.problem)
        optimum = brute_force(evaluator)
        relaxation = PooledRelaxation(evaluator, IdleEngines(evaluator))
        bound = self.objective.lower_bound(self.problem, relaxation)
        if optimum is None:
            raise AssertionError("the objective rejects all placements of the problem")
        require(
            len(bound) == len(optimum),
            f"the lower bound has {len(bound)} components, the cost of a GPU {len(optimum)}",
        )
        require(
            bound <= optimum,
            f"the lower bound is {bound}, and there is a placement with the value {optimum}",
        )

    def _gpus(self) -> list[EvaluatedGpu]:
        """GPUs with one to three adapters."""
        evaluator = Evaluator(self.estimator, self.objective, self.problem)
        names = [adapter.name for adapter in self.problem.workload.adapters]
        plans = [
            evaluator.plan(
                self.problem.fleet[0], min(2, number), dict.fromkeys(names[:number], 1.0)
            )
            for number in range(1, 4)
        ]
        return evaluator.evaluate(plans)


def check_objective(
    objective: Objective,
    *,
    estimator: Estimator | None = None,
    problem: Problem | None = None,
) -> None:
    """Check all rules of objectives.

    Parameters
    ----------
    objective, estimator, problem
        As for `ObjectiveRules`.

    Raises
    ------
    AssertionError
        Which rules are broken, and how.
    """
    rules = ObjectiveRules(
        objective, estimator or ClosedFormEstimator(), problem or small_problem()
    )
    require_rules(objective, "objectives", _cases(rules))


def _cases(rules: ObjectiveRules) -> Iterator[partial[None]]:
    """Every rule."""
    yield partial(rules.costs_are_numbers)
    yield partial(rules.the_same_gpu_costs_the_same)
    yield partial(rules.admissible_answers_yes_or_no)
    yield partial(rules.the_lower_bound_does_not_exceed_the_optimum)
