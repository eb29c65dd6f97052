"""Lockstep: several searches that ask the estimator together, in one batch a round."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TypeVar

from placer.gpu.evaluator import Evaluator
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu

__all__ = ["Asking", "run_alone", "run_together"]

T = TypeVar("T")

Asking = Generator[Sequence[GpuPlan], list[EvaluatedGpu], T]
"""A search that yields GPUs to be evaluated, is sent the answers, and returns what it found."""


def run_together(evaluator: Evaluator, searches: Sequence[Asking[T]]) -> list[T]:
    """Run searches to their ends; what they ask for is evaluated in one batch a round.

    Parameters
    ----------
    evaluator : Evaluator
    searches : sequence of generators

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    results: dict[int, T] = {}
    wanted: dict[int, Sequence[GpuPlan]] = {}

    def advance(index: int, answers: list[EvaluatedGpu] | None) -> None:
        try:
            # A generator is started by sending None.
            wanted[index] = searches[index].send(answers)  # type: ignore[arg-type]
        except StopIteration as end:
            wanted.pop(index, None)
            results[index] = end.value

    for index in range(len(searches)):
        advance(index, None)
    while wanted:
        asked = list(wanted.items())
        answers = iter(evaluator.evaluate([plan for _, plans in asked for plan in plans]))
        for index, plans in asked:
            advance(index, [next(answers) for _ in plans])
    return [results[index] for index in range(len(searches))]


def run_alone(evaluator: Evaluator, search: Asking[T]) -> T:
    """Run one search to its end."""
    return run_together(evaluator, [search])[0]
