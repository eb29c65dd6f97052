"""Decides which adapter goes to which GPU, and how each engine is started."""

from estimators.twin_backed import TwinEstimator
from placer.budget import Budget
from placer.fleet import GpuType
from placer.objective import Objective
from placer.objectives import GpuCount, Latency
from placer.output_files import write_outputs
from placer.placement import GpuPlan, Placement
from placer.problem import Problem
from placer.result import Result, SolveStatus
from placer.solve import solve
from placer.strategies import FirstFit, Greedy, Milp, Portfolio, Strategy

__all__ = [
    "Budget",
    "FirstFit",
    "GpuCount",
    "GpuPlan",
    "GpuType",
    "Greedy",
    "Latency",
    "Milp",
    "Objective",
    "Placement",
    "Portfolio",
    "Problem",
    "Result",
    "SolveStatus",
    "Strategy",
    "TwinEstimator",
    "solve",
    "write_outputs",
]
