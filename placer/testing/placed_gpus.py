"""What the GPUs of a result have to keep, whoever placed them."""

from __future__ import annotations

from estimators.base import Estimator
from estimators.testing.requiring import close, require
from placer.gpu.evaluator import Evaluator
from placer.objectives.objective import Objective
from placer.problem.gpu_figures import GpuFigures
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.problem.result import Result

__all__ = ["require_gpus", "require_shares"]


def require_gpus(
    problem: Problem, estimator: Estimator, objective: Objective, result: Result
) -> None:
    """Every GPU is configured as it should be, admissible, and costs what the result says.

    Raises
    ------
    AssertionError
        In words.
    """
    evaluator = Evaluator(estimator, objective, problem)
    gpus = evaluator.evaluate(result.placement.gpus)
    require(
        len(gpus) == len(result.gpus),
        f"the placement has {len(gpus)} GPUs, the result figures of {len(result.gpus)}",
    )
    for name, gpu, figures in zip(result.placement.names, gpus, result.gpus, strict=True):
        where = f"GPU {name} of the placement"
        _require_config(problem, gpu, where)
        _require_admissible(problem, objective, gpu, where)
        _require_figures(gpu, figures, where)
    if gpus:
        value = evaluator.value(gpus)
        require(
            close(result.value, value),
            f"the result's value is {result.value}, its GPUs cost {value} together",
        )
    require_shares(problem, result)


def require_shares(problem: Problem, result: Result) -> None:
    """Adapters are placed in full, or listed as not placed.

    Raises
    ------
    AssertionError
        In words.
    """
    totals = result.placement.total_shares()
    known = {adapter.name for adapter in problem.workload.adapters}
    require(set(totals) <= known, f"placed but unknown: {sorted(set(totals) - known)}")
    for name in sorted(known):
        total = totals.get(name, 0.0)
        if name in result.placement.unplaced:
            require(total < 1, f"{name} counts as not placed, and all of it is placed")
        else:
            require(close((total,), (1.0,)), f"the shares of {name} add up to {total:.6g}, not 1")


def _require_config(problem: Problem, gpu: EvaluatedGpu, where: str) -> None:
    """The engine starts, with slots that are needed and not more."""
    config, adapters = gpu.plan.config, gpu.candidate.adapters
    error = gpu.candidate.profile.memory_error(config)
    require(error is None, f"{where} does not start: {error}")
    rank = problem.rules.engine_rank(max(adapter.rank for adapter in adapters))
    require(
        config.max_lora_rank == rank,
        f"{where} has slots of rank {config.max_lora_rank}, its adapters need {rank}",
    )
    number = gpu.candidate.num_adapters
    require(
        min(1, number) <= config.max_loras <= number,
        f"{where} has {config.max_loras} slots for {number} adapters",
    )


def _require_admissible(
    problem: Problem, objective: Objective, gpu: EvaluatedGpu, where: str
) -> None:
    if gpu.admissible:
        return
    refused = problem.refusals(gpu.gpu_type, gpu.candidate.adapters)
    broken = problem.rules.violation(gpu.plan.shares)
    probability, most = gpu.estimate.starvation_probability, problem.max_starvation_probability
    if refused or broken:
        why = "; ".join(filter(None, [*refused, broken]))
    elif probability > most:
        why = f"it starves with probability {probability:.3g}, at most {most:.3g} is allowed"
    else:
        why = f"{objective!r} rejects it"
    raise AssertionError(f"{where} is not admissible: {why}")


def _require_figures(gpu: EvaluatedGpu, figures: GpuFigures, where: str) -> None:
    require(
        repr(figures.estimate) == repr(gpu.estimate),  # what is unknown is the same, too
        f"{where}: the result says {figures.estimate}, the estimator {gpu.estimate}",
    )
    require(
        figures.cost == gpu.cost,
        f"{where}: the result says that it costs {figures.cost}, the objective {gpu.cost}",
    )
