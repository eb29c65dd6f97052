"""Adapters of one kind of traffic, for which the engine mix is a bound."""

from __future__ import annotations

from dataclasses import replace

from placer.problem.problem import Problem
from placer.testing import example_problem
from twin.workload.workload import Workload

__all__ = ["of_one_kind"]


def of_one_kind(number: int) -> Problem:
    """The example with the lengths of its first adapter for all."""
    problem = example_problem(number)
    lengths = problem.workload.adapters[0].lengths
    alike = tuple(replace(a, lengths=lengths) for a in problem.workload.adapters)
    return replace(problem, workload=Workload(alike))
