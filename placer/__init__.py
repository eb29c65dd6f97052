"""Decides which adapter goes to which GPU, and how each engine is started."""

from estimators.twin_backed import TwinEstimator
from placer.budget import Budget
from placer.explain import Change, explain_placement, twin_judge, what_if
from placer.fleet import GpuType
from placer.objective import Objective
from placer.objectives import GpuCount, Latency
from placer.output_files import write_outputs
from placer.placement import GpuPlan, Placement
from placer.problem import Problem
from placer.replanning import Migration, Replan, plan_migration, with_moves
from placer.result import Result, SolveStatus
from placer.solve import solve
from placer.strategies import FirstFit, Greedy, Milp, Portfolio, Strategy

__all__ = [
    "Budget",
    "Change",
    "FirstFit",
    "GpuCount",
    "GpuPlan",
    "GpuType",
    "Greedy",
    "Latency",
    "Migration",
    "Milp",
    "Objective",
    "Placement",
    "Portfolio",
    "Problem",
    "Replan",
    "Result",
    "SolveStatus",
    "Strategy",
    "TwinEstimator",
    "explain_placement",
    "plan_migration",
    "solve",
    "twin_judge",
    "what_if",
    "with_moves",
    "write_outputs",
]
