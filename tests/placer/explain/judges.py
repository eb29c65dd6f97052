"""Judges and placements of adapters that are known by their digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from estimators.closed_form import ClosedFormEstimator
from placer.explain import Explanation, Suggestion, explain_placement
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.gpu_figures import GpuFigures
from placer.problem.placement import Placement
from placer.problem.problem import Problem
from placer.testing import example_problem
from placer.verification.judges import Judges
from placer.verification.robustness import RobustEstimator, Robustness
from twin.workload.workload import Workload

__all__ = ["FULL", "explained", "judge_of", "judges_of", "placed", "suggestions"]


def judge_of(
    rates: list[float], ranks: list[int] | None = None, slot_cost: float = 0.0001
) -> Evaluator:
    """A judge of adapters that differ in rate and rank only."""
    problem = example_problem(len(rates))
    lengths = problem.workload.adapters[0].lengths
    ranks = ranks or [8] * len(rates)
    adapters = tuple(
        replace(a, rate=rate, rank=rank, lengths=lengths)
        for a, rate, rank in zip(problem.workload.adapters, rates, ranks, strict=True)
    )
    problem = Problem(Workload(adapters), problem.fleet)
    estimator = ClosedFormEstimator(capacity=9_000.0, slot_cost=slot_cost)
    return Evaluator(estimator, GpuCount(), problem)


def placed(judge: Evaluator, *groups: str) -> Placement:
    """The adapters of these digits on a GPU each."""
    gpu_type = judge.problem.fleet[0]
    plans = tuple(
        judge.plan(gpu_type, len(group), {f"adapter-00{digit}": 1.0 for digit in group})
        for group in groups
    )
    return Placement(plans)


def judges_of(judge: Evaluator) -> Judges:
    """The same judge for what is tried and for what is held."""
    return Judges(judge, judge, RobustEstimator(judge.estimator, Robustness(None)))


def explained(
    judge: Evaluator, placement: Placement, known: Sequence[GpuFigures] = ()
) -> Explanation:
    return explain_placement(judges_of(judge), placement, known)


def suggestions(judge: Evaluator, placement: Placement) -> list[Suggestion]:
    return list(explained(judge, placement).suggestions)


def capacity(judge: Evaluator) -> float:
    """Requests/s of one adapter that a GPU serves, roughly."""
    placement = placed(judge, "0")
    evaluated = judge.evaluate(placement.gpus)[0]
    (gpu,) = explained(judge, placement).gpus
    return evaluated.candidate.rate * (1 + gpu.headroom)


FULL = capacity(judge_of([1.0]))
"""Requests/s of one adapter that a GPU serves."""
