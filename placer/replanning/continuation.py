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
from placer.gpu.packing import Packer
from placer.moves.engines import KeptEngines
from placer.moves.opening import pack_fleet
from placer.moves.taking import fill
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.running_engines import RunningEngines
from placer.replanning.matching import match_engines
from placer.replanning.offering import offer
from placer.replanning.rehousing import put, rehouse
from placer.replanning.relieving import Reliefs, relieve
from placer.search.search import Search

__all__ = ["complete", "continue_running", "dissolve_engines"]


def continue_running(search: Search, running: RunningEngines) -> list[EvaluatedGpu]:
    """Offer the running placement as far as it can go on.

    Engines go on with their adapters, without those that are not wanted any more or that the
    rules keep away. One that would starve gives up as few as it takes, or a few more where only
    smaller ones find a place, or a share of its hottest one. What has no GPU, such as new
    adapters, goes to engines with room, and the rest to further GPUs.

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

    def place(reliefs: Reliefs) -> set[str]:
        gpus = _relieved(going_on, reliefs)
        offer(search, gpus)
        left = put(engines, gpus, _missing(search, gpus))
        offer(search, gpus)
        return set(shares_of(left))

    return complete(search, _relieved(going_on, relieve(engines, going_on, place)))


def _relieved(gpus: Sequence[EvaluatedGpu], reliefs: Reliefs) -> list[EvaluatedGpu]:
    """The GPUs that serve what they keep; those that serve nothing of it are not among them."""
    kept = [reliefs[g].kept if g in reliefs else gpu for g, gpu in enumerate(gpus)]
    return [gpu for gpu in kept if gpu.admissible]


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
        offer(search, match_engines(search.evaluator, kept, running))
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
    fuller = list(gpus)
    left = rehouse(KeptEngines(search.evaluator), fuller, _missing(search, gpus))
    offer(search, fuller)
    if left:
        packer = Packer(search.evaluator)
        fuller, _ = pack_fleet(packer, left, partial(fill, packer), fuller, partial(offer, search))
    return fuller


def _missing(search: Search, gpus: Sequence[EvaluatedGpu]) -> list[Item]:
    """What no GPU of some answers, the largest first."""
    return by_decreasing_traffic(missing_items(search.items(), gpus))


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
        items = [i for i in _items(evaluator, plan) if i.rank <= plan.config.largest_rank]
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
