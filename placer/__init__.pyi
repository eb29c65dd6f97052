from .explain.explanation import explain_placement
from .explain.judge import twin_judges
from .explain.what_if import Change, what_if
from .floors_below import (
    Adapter,
    Candidate,
    CascadeEstimator,
    Estimate,
    Estimator,
    InputError,
    MLEstimator,
    StarvationRule,
    TwinEstimator,
    Window,
    Workload,
    read_adapters,
    read_profile,
)
from .gpu.budget import Budget
from .objectives import (
    Cost,
    Energy,
    FewestGpus,
    GpuCount,
    Latency,
    Lexicographic,
    Slo,
    Weighted,
)
from .objectives.objective import Objective, Relaxation
from .problem.fleet import GpuType
from .problem.latency_limits import LatencyLimits
from .problem.placement import GpuPlan, Placement
from .problem.planned_gpu import PlannedGpu
from .problem.problem import Problem
from .problem.result import Result, SolveStatus
from .problem.rules import Rules
from .replanning import Migration, plan_migration
from .report.output_files import write_outputs
from .solve import solve
from .strategies import (
    BestFit,
    CapacityPacking,
    CpSat,
    FirstFit,
    Greedy,
    GreedyMarginal,
    LocalSearch,
    Milp,
    Portfolio,
    Strategy,
)
from .tuning.batch_choice import choose_batch_limits
from .verification.robustness import Robustness
from .verification.verify import Verifier

__all__ = [
    "Adapter",
    "BestFit",
    "Budget",
    "Candidate",
    "CapacityPacking",
    "CascadeEstimator",
    "Change",
    "Cost",
    "CpSat",
    "Energy",
    "Estimate",
    "Estimator",
    "FewestGpus",
    "FirstFit",
    "GpuCount",
    "GpuPlan",
    "GpuType",
    "Greedy",
    "GreedyMarginal",
    "InputError",
    "Latency",
    "LatencyLimits",
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
    "Result",
    "Robustness",
    "Rules",
    "Slo",
    "SolveStatus",
    "StarvationRule",
    "Strategy",
    "TwinEstimator",
    "Verifier",
    "Weighted",
    "Window",
    "Workload",
    "choose_batch_limits",
    "explain_placement",
    "plan_migration",
    "read_adapters",
    "read_profile",
    "solve",
    "twin_judges",
    "what_if",
    "write_outputs",
]
