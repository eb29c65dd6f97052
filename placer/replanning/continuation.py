"""Continuation: the running placement, changed only where it has to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, compatible, items_of, shares_of
from placer.gpu.packing import Packer
from placer.problem.fleet import GpuType
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.running_engines import RunningEngines
from placer.replanning.engine import add_items, give_up
from placer.replanning.matching import match_engines
from placer.search.filling import Filled, pack_fleet
from placer.search.search import Search

__all__ = ["complete", "continue_running", "dissolve_engines"]


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
    gpus = []
    for gpu in evaluator.evaluate(_going_on(evaluator, running)):
        kept = gpu if gpu.admissible else give_up(evaluator, gpu)[0]
        if kept is not None:
            gpus.append(kept)
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
    left: Sequence[Item] = _missing(search, gpus)
    for index in _roomiest(gpus):
        if not left:
            break
        fuller[index], left = add_items(evaluator, fuller[index], left)
    search.offer(fuller)
    packer = Packer(evaluator)

    def fill(gpu_type: GpuType, items: Sequence[Item]) -> Filled:
        return packer.fill(gpu_type, items)

    if left:
        fuller, _ = pack_fleet(search, packer, left, fill, fuller)
    return fuller


def _going_on(evaluator: Evaluator, running: RunningEngines) -> list[GpuPlan]:
    """Plans of the engines that may go on, with the adapters that may stay."""
    problem = evaluator.problem
    used: list[str] = []
    plans = []
    for index, plan in enumerate(running.plans):
        types = {gpu_type.profile.name: gpu_type for gpu_type in problem.available(used)}
        if plan.profile_name not in types:
            continue
        if index not in running.engines(plan.profile_name, plan.config):
            continue
        gpu_type = types[plan.profile_name]
        items = [
            item
            for item in _items(evaluator, plan)
            if item.rank <= plan.config.max_lora_rank
            and not problem.refusals(gpu_type, item.adapters)
        ]
        shares = shares_of(compatible(problem, items))
        if shares:
            used.append(plan.profile_name)
            plans.append(
                GpuPlan(
                    plan.profile_name,
                    plan.config,
                    tuple(sorted(shares.items())),
                    running.names[index],
                )
            )
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
    wanted = GpuPlan(plan.profile_name, plan.config, tuple(sorted(shares.items())))
    return items_of(evaluator, wanted)


def _missing(search: Search, gpus: Iterable[EvaluatedGpu]) -> list[Item]:
    """What no GPU answers, the most traffic first; cut as for a new placement."""
    placed: dict[str, float] = {}
    for gpu in gpus:
        for name, share in gpu.plan.shares:
            placed[name] = placed.get(name, 0.0) + share
    items = []
    for item in search.items():
        have = placed.get(item.name, 0.0)
        placed[item.name] = have - item.share
        missing = item.share - max(0.0, have)
        if missing > _NOTHING:
            items.append(item.with_share(missing))
    return sorted(items, key=lambda i: (-i.token_rate, i.name))


_NOTHING = 1e-6  # share that is not worth a GPU


def _roomiest(gpus: Sequence[EvaluatedGpu]) -> list[int]:
    """Positions of GPUs, those that answer first first."""
    return sorted(range(len(gpus)), key=lambda g: (gpus[g].estimate.ttft_mean, g))
