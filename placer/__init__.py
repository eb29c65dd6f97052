"""Decides which adapter goes to which GPU, and how each engine is started."""

from estimators.cascade import CascadeEstimator
from estimators.ml_backed import MLEstimator
from estimators.twin_backed import TwinEstimator
from placer.explain import Change, explain_placement, twin_judge, what_if
from placer.gpu.budget import Budget
from placer.objectives import Cost, Energy, GpuCount, Latency, Lexicographic, Slo, Weighted
from placer.objectives.objective import Objective, Relaxation
from placer.problem.fleet import GpuType
from placer.problem.placement import GpuPlan, Placement
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.problem.rules import Rules
from placer.replanning import Migration, Replan, plan_migration, with_moves
from placer.report.output_files import write_outputs
from placer.solve import solve
from placer.strategies import (
    BestFit,
    CpSat,
    FirstFit,
    Greedy,
    GreedyMarginal,
    LocalSearch,
    Milp,
    Portfolio,
    Strategy,
)
from placer.verification.verify import Verifier

__all__ = [
    "BestFit",
    "Budget",
    "CascadeEstimator",
    "Change",
    "Cost",
    "CpSat",
    "Energy",
    "FirstFit",
    "GpuCount",
    "GpuPlan",
    "GpuType",
    "Greedy",
    "GreedyMarginal",
    "Latency",
    "Lexicographic",
    "LocalSearch",
    "MLEstimator",
    "Migration",
    "Milp",
    "Objective",
    "Placement",
    "PlannedGpu",
    "Portfolio",
    "Problem",
    "Relaxation",
    "Replan",
    "Result",
    "Rules",
    "Slo",
    "SolveStatus",
    "Strategy",
    "TwinEstimator",
    "Verifier",
    "Weighted",
    "explain_placement",
    "plan_migration",
    "solve",
    "twin_judge",
    "what_if",
    "with_moves",
    "write_outputs",
]
