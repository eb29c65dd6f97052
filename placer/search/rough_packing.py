"""Rough packing: GPUs for items by the balance of their engines, without asking the estimator."""

from __future__ import annotations

from collections.abc import Sequence

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, by_decreasing_traffic, eligible, items_of, make_items
from placer.gpu.packing import Packer
from placer.moves.opening import pack_fleet
from placer.moves.taking import Filler
from placer.objectives.objective import Objective
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.search.alike import find_alike, spread

__all__ = ["rough_packing"]

_FIRST_GUESS = 16  # items
_HALVINGS = 5  # of what found no place
_MOST = 3000  # items or groups of items that are packed one by one


def rough_packing(
    problem: Problem,
    objective: Objective,
    room: float,
    beside: Sequence[GpuPlan] = (),
    given_up: Sequence[GpuPlan] = (),
) -> list[GpuPlan] | None:
    """Pack a workload, or what some GPUs give up, by decreasing traffic.

    Rules, GPU types and their numbers are kept. How much a GPU holds is taken from the equilibrium
    of its engine (`estimators.equilibrium_backed.EquilibriumEstimator`); no other estimator is
    asked. Of thousands of items those that hardly differ are packed as one.

    Parameters
    ----------
    problem : Problem
    objective : Objective
        Chooses among GPU types.
    room : float
        Share of an engine's capacity that may be used.
    beside : sequence of GpuPlan
        GPUs that stay as they are.
    given_up : sequence of GpuPlan
        GPUs whose items are packed; the whole workload where there are neither of them.

    Returns
    -------
    list of GpuPlan or None
        All GPUs, those that stay first; None where there are too few.
    """
    from estimators.equilibrium_backed import EquilibriumEstimator  # here: compiled

    rough = Evaluator(EquilibriumEstimator(room), objective, problem)
    if beside or given_up:
        items = [item for plan in given_up for item in items_of(rough, plan)]
    else:
        made, hopeless = make_items(rough, even=True)
        if hopeless:
            return None
        items = list(made)
    size = len(items) // _MOST
    limit = problem.gpu_limit
    if size < 2 or (len(problem.fleet) > 1 and limit is not None):
        return _pack(rough, items, rough.evaluate(beside))
    plans = _pack_alike(rough, items, size, cut=not given_up)
    if plans is None or (limit is not None and len(beside) + len(plans) > limit):
        return None
    return [*beside, *plans]


def _pack_alike(
    rough: Evaluator, items: Sequence[Item], size: int, *, cut: bool
) -> list[GpuPlan] | None:
    """GPUs with all items, of which groups are packed as one.

    What would be on the last GPU, which is not full, is packed one by one. Where hot adapters were
    ``cut`` just now, their equal parts have a GPU each: no GPU serves two, or there were fewer.
    """
    alike = find_alike(rough, items, size)
    groups = {group[0].name: group for group in alike.groups}
    full = _pack(rough, [group[0] for group in alike.groups], [])
    if full is None:
        return None
    last = full.pop().shares if full else ()
    rest = [item.with_share(share) for name, share in last for item in groups[name]]
    own = alike.parts if cut else []
    parts, left = _pack_parts(rough, own)
    left += [item for equal in alike.parts[len(own) :] for item in equal]
    alone = _pack(rough, [*alike.alone, *rest, *left], [])
    if alone is None:
        return None
    return [*alone, *parts, *(plan for one in full for plan in spread(one, groups))]


def _pack_parts(
    rough: Evaluator, parts: Sequence[Sequence[Item]]
) -> tuple[list[GpuPlan], list[Item]]:
    """GPUs with one of some equal items each, and the items of which no GPU serves one alone."""
    packer = Packer(rough)
    best: dict[int, EvaluatedGpu] = {}
    for gpu_type in rough.problem.available([]):
        firsts = {k: eligible(rough.problem, gpu_type, equal[:1]) for k, equal in enumerate(parts)}
        wanted = [k for k, items in firsts.items() if items]
        gpus = packer.fit_all([(gpu_type, firsts[k]) for k in wanted])
        for k, gpu in zip(wanted, gpus, strict=True):
            if gpu is not None and (k not in best or gpu.cost < best[k].cost):
                best[k] = gpu
    plans = [plan for k, gpu in sorted(best.items()) for plan in [gpu.plan] * len(parts[k])]
    return plans, [item for k, equal in enumerate(parts) if k not in best for item in equal]


def _pack(
    rough: Evaluator, items: Sequence[Item], gpus: list[EvaluatedGpu]
) -> list[GpuPlan] | None:
    """GPUs with all items beside those there are, halved where they find no place."""
    packer = Packer(rough)
    fill = Filler(packer, _FIRST_GUESS, max_misses=1)
    left = list(items)
    for _ in range(_HALVINGS):
        gpus, left = pack_fleet(packer, by_decreasing_traffic(left), fill, gpus)
        if not left:
            return [gpu.plan for gpu in gpus]
        if not rough.problem.available([gpu.plan.profile_name for gpu in gpus]):
            return None
        left = [half for item in left for half in item.halves()]
    return None
