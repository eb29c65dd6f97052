"""Continuation: the running placement, changed only where it has to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import (
    Item,
    by_decreasing_traffic,
    items_of,
    missing_items,
    placeable,
    shares_of,
)
from placer.gpu.lockstep import Asking, run_together
from placer.gpu.packing import Packer
from placer.moves.engines import KeptEngines
from placer.moves.giving_up import Relief, give_up_fewest
from placer.moves.opening import pack_fleet
from placer.moves.placing import share_out
from placer.moves.taking import fill
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.running_engines import RunningEngines
from placer.replanning.matching import match_engines
from placer.search.search import Search

__all__ = ["MAX_MISSES", "answering_first", "complete", "continue_running", "dissolve_engines"]

MAX_MISSES = 3
"""Items in a row that do not fit, after which an engine counts as full."""


def continue_running(search: Search, running: RunningEngines) -> list[EvaluatedGpu]:
    """Offer the running placement as far as it can go on.

    Engines go on with their adapters, without those that are not wanted any more or that the
    rules keep away. One that would starve gives up as few as it takes. What has no GPU, such as
    new adapters, goes to engines with room, and the rest to further GPUs.

    Returns
    -------
    list of EvaluatedGpu
        The GPUs.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    evaluator = search.evaluator
    engines = KeptEngines(evaluator)
    going_on = evaluator.evaluate(_going_on(evaluator, running))
    reliefs = run_together(evaluator, [_relief(engines, gpu) for gpu in going_on])
    gpus = [relief.kept for relief in reliefs if relief is not None]
    search.offer(gpus)
    return complete(search, gpus)


def dissolve_engines(
    search: Search, running: RunningEngines, gpus: Sequence[EvaluatedGpu]
) -> None:
    """Offer placements in which some engines do not go on, and their adapters are packed anew.

    Further GPUs never go on; of the running ones first the one with the fewest adapters, then two,
    four and so on.

    Parameters
    ----------
    search : Search
    running : RunningEngines
    gpus : sequence of EvaluatedGpu
        From `continue_running`.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    going_on = [gpu for gpu in gpus if gpu.plan.name]
    going_on.sort(key=lambda gpu: (-len(gpu.plan.shares), gpu.plan.name))
    number = min(1, len(going_on))
    while number and not search.proven():
        kept = complete(search, going_on[: len(going_on) - number])
        search.offer(match_engines(search.evaluator, kept, running))
        number = min(2 * number, len(going_on)) if number < len(going_on) else 0


def complete(search: Search, gpus: Sequence[EvaluatedGpu]) -> list[EvaluatedGpu]:
    """Put what has no GPU on engines with room, and the rest on further GPUs.

    Parameters
    ----------
    search : Search
        What is found is offered to it.
    gpus : sequence of EvaluatedGpu
        GPUs that stay as they are but for what they take.

    Returns
    -------
    list of EvaluatedGpu
        The GPUs, those that stay first.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    evaluator = search.evaluator
    fuller = list(gpus)
    missing = by_decreasing_traffic(missing_items(search.items(), gpus))
    left = share_out(
        KeptEngines(evaluator),
        fuller,
        missing,
        answering_first(gpus),
        at_once=1,
        guess=1,
        max_misses=MAX_MISSES,
    )
    search.offer(fuller)
    if left:
        packer = Packer(evaluator)
        fuller, _ = pack_fleet(packer, left, partial(fill, packer), fuller, search.offer)
    return fuller


def answering_first(gpus: Sequence[EvaluatedGpu]) -> list[int]:
    """Positions of GPUs, those that answer first first."""
    return sorted(range(len(gpus)), key=lambda g: (gpus[g].estimate.ttft_mean, g))


def _relief(engines: KeptEngines, gpu: EvaluatedGpu) -> Asking[Relief | None]:
    """What an engine keeps and gives up; None where it serves nothing of what it holds."""
    if gpu.admissible:
        return Relief(gpu, [])
    ordered = by_decreasing_traffic(engines.held(gpu))
    return (yield from give_up_fewest(partial(engines.change, gpu), ordered))


def _going_on(evaluator: Evaluator, running: RunningEngines) -> list[GpuPlan]:
    """Plans of the engines that may go on, with the adapters that may stay."""
    problem = evaluator.problem
    used: list[str] = []
    plans = []
    for index, plan in enumerate(running.plans):
        name = plan.profile_name
        free = {gpu_type.profile.name for gpu_type in problem.available(used)}
        if name not in free or index not in running.engines(name, plan.config):
            continue
        items = [i for i in _items(evaluator, plan) if i.rank <= plan.config.max_lora_rank]
        shares = shares_of(placeable(problem, problem.gpu_type(name), items))
        if shares:
            used.append(name)
            kept = tuple(sorted(shares.items()))
            plans.append(replace(plan, shares=kept, name=running.names[index]))
    return plans


def _items(evaluator: Evaluator, plan: GpuPlan) -> list[Item]:
    """What an engine holds of what is wanted, no more of an adapter than the rules allow."""
    rules = evaluator.problem.rules
    present = {name: share for name, share in plan.shares if name in evaluator.adapters}
    shares = {
        name: min(share, 1 / rules.replicas(name))
        for name, share in present.items()
        if all(present.get(member) == share for member in rules.bundle(name))
    }
    return items_of(evaluator, replace(plan, shares=tuple(sorted(shares.items()))))
