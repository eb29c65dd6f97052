"""Running a strategy: the result of its search, however that ends."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from placer.gpu.budget import Budget, BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.problem.gpu_figures import GpuFigures
from placer.problem.placement import Placement
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.search.rare_collection import rare_collection
from placer.search.search import Search, same_values
from placer.search.why_hopeless import first_names, why_hopeless

__all__ = ["run_search"]

_INTERRUPTED = SolveStatus.INTERRUPTED, "the search was interrupted"


@rare_collection()
def run_search(
    strategy: object,
    body: Callable[[Search], None],
    problem: Problem,
    evaluator: Evaluator,
    budget: Budget,
    rng: np.random.Generator,
) -> Result:
    """Run the body of a strategy, and make a result of its incumbent however it ends.

    Parameters
    ----------
    strategy : object
        Its ``repr`` goes into the result.
    body : callable
        Offers placements to the search; may end with `BudgetExhausted` or ``KeyboardInterrupt``.
    problem, evaluator, budget, rng
        As given to `Strategy.place`.

    Raises
    ------
    KeyboardInterrupt
        If the user interrupts a search that was asked to end before.
    """
    budget.start()
    search = Search(problem, evaluator, budget, rng)
    status, reason = _run(body, search)
    try:
        return _result(search, strategy, status, reason)
    except KeyboardInterrupt:  # while the bound was asked for
        if not budget.interrupt():
            raise
        return _result(search, strategy, *_INTERRUPTED)


def _run(body: Callable[[Search], None], search: Search) -> tuple[SolveStatus, str]:
    """Run the body of a strategy; how it ended, and why if that was before its end."""
    try:
        search.begin()
        body(search)
    except BudgetExhausted:
        if search.budget.interrupted():
            return _INTERRUPTED
        return SolveStatus.TIME_LIMIT, "the budget was spent"
    except KeyboardInterrupt:
        if not search.budget.interrupt():
            raise
        return _INTERRUPTED
    return SolveStatus.FEASIBLE, ""


def _result(search: Search, strategy: object, status: SolveStatus, reason: str) -> Result:
    """What a search has found, and how good that is at best; asks for the bound."""
    budget = search.budget
    ended_early = status is not SolveStatus.FEASIBLE
    if ended_early and search.unplaced and not (search.hopeless or search.failing):
        search.fall_back()
        reason += "" if search.unplaced else "; the placement is a first one"
    if ended_early or search.is_late:
        search.hurry()
    bound = search.last_bound()
    unknown = (math.inf,) * len(bound.value)
    value = search.value() if search.gpus and not search.unchecked else unknown
    if search.unplaced:
        known = search.hopeless or _too_few_gpus(search)
        if (status is SolveStatus.TIME_LIMIT and known) or status is SolveStatus.FEASIBLE:
            status = SolveStatus.INFEASIBLE
        reason = "; ".join(filter(None, (reason, _why_unplaced(search))))
    elif search.failing:
        status = SolveStatus.INFEASIBLE
        shown = ", ".join(map(str, search.failing))
        reason = f"not admissible by the estimator: GPU {shown} of the method's own placement"
    elif search.unchecked:
        status = SolveStatus.UNCHECKED
        reason += ", NOT checked by the estimator"
    elif same_values(value, bound.value):
        status, reason = SolveStatus.OPTIMAL, ""
    return Result(
        placement=Placement(tuple(gpu.plan for gpu in search.gpus), search.unplaced),
        value=value,
        lower_bound=bound.value,
        bound=bound.name,
        status=status,
        reason=reason,
        runtime=budget.elapsed(),
        num_estimates=budget.num_estimates,
        seed=0,
        strategy=repr(strategy),
        objective=repr(search.evaluator.objective),
        gpus=tuple(GpuFigures(gpu.estimate, gpu.cost or value) for gpu in search.gpus),
    )


def _why_unplaced(search: Search) -> str:
    names = search.unplaced
    shown = first_names(names)
    limit, moves = search.problem.gpu_limit, search.problem.max_moves
    if search.hopeless:
        return why_hopeless(search.evaluator, search.hopeless)
    if moves is not None:
        return f"no admissible place was found for {shown} with at most {moves} moves (max_moves)"
    if limit is None:
        return f"{len(names)} adapters are not placed: {shown}"
    if needed := _too_few_gpus(search):
        return f"at least {needed} GPUs are needed, {limit} may be used"
    return f"no admissible place was found for {shown} on {limit} GPU{'s' * (limit > 1)}"


def _too_few_gpus(search: Search) -> int:
    """GPUs that are needed at least, where that is more than there are; else 0."""
    limit = search.problem.gpu_limit
    needed = search.least_gpus()
    return needed if limit is not None and needed > limit else 0
