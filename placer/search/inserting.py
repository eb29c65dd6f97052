"""Inserting: puts items on GPUs beside what these hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from placer.bounds.weight_table import WeightTable
from placer.gpu.items import Item, compatible, items_of
from placer.gpu.packing import Packer
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.search import Search
from twin.workload.rank import legal_rank

__all__ = ["insert_items"]

_TURNS = 5  # GPUs on which a place is looked for
_FULLEST = 1.02  # sum of weights up to which a GPU is asked
_REJECTED = 0.5  # factor on the room of a GPU that did not take all it was asked for


def insert_items(
    search: Search, packer: Packer, gpus: list[EvaluatedGpu], left: Sequence[Item]
) -> list[Item]:
    """Put items on GPUs that have room; those without a place are returned.

    They are dealt to the GPUs, the largest first, each to the one with most room by measured
    weights, and every GPU takes the smallest of its items as far as they fit; what is left over is
    dealt again. First to GPUs whose engines have just the rank that is needed, since those with a
    larger one serve less; in later turns to any. All GPUs are asked for together, so that it takes
    a few batches of estimates however many there are.

    Parameters
    ----------
    search : Search
    packer : Packer
    gpus : list of EvaluatedGpu
        Replaced by fuller ones.
    left : sequence of Item

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    if not gpus or not left:
        return list(left)
    problem = search.problem
    items = sorted(left, key=lambda i: (-i.token_rate, i.name))
    table = WeightTable(search.envelope, items)
    missing = list(range(len(items)))
    room = _FULLEST - np.array([search.envelope.utilization(gpu) for gpu in gpus])
    for turn in range(_TURNS):
        dealt = _deal(search, gpus, table, missing, room.copy(), exact=turn == 0)
        tasks = []
        for g, chosen in dealt.items():
            held = items_of(search.evaluator, gpus[g].plan)
            wanted = compatible(problem, [items[i] for i in reversed(chosen)], held)
            if wanted:
                tasks.append((g, held, wanted))
        found = packer.longest_prefixes(
            [(gpus[g].gpu_type, held, wanted, len(wanted)) for g, held, wanted in tasks]
        )
        gone: set[int] = set()
        for (g, _, wanted), (count, fuller) in zip(tasks, found, strict=True):
            if fuller is not None:
                gpus[g] = fuller
                room[g] = _FULLEST - search.envelope.utilization(fuller)
                gone.update(id(item) for item in wanted[:count])
            if count < len(wanted):
                room[g] *= _REJECTED
        missing = [i for i in missing if id(items[i]) not in gone]
        if not missing or (turn and not tasks):
            break
    return [items[i] for i in missing]


def _deal(
    search: Search,
    gpus: Sequence[EvaluatedGpu],
    table: WeightTable,
    numbers: Sequence[int],
    room: NDArray[np.float64],
    *,
    exact: bool,
) -> dict[int, list[int]]:
    """Numbers of the items that some of the GPUs are asked to take, by their positions."""
    problem = search.problem
    names = [gpu.plan.profile_name for gpu in gpus]
    ranks = np.array([gpu.plan.config.max_lora_rank for gpu in gpus])
    engines = {engine: number for number, engine in enumerate(table.figures)}
    weights = np.array([*(figures[:, 1] for figures in table.figures.values())])
    weights = np.vstack([weights, np.full(len(table.items), np.inf)])  # where there is no such
    hosts: dict[int, NDArray[np.int64]] = {}
    dealt: dict[int, list[int]] = defaultdict(list)
    for number in numbers:
        item = table.items[number]
        rank = legal_rank(max(item.rank, problem.rules.max_lora_rank))
        if rank not in hosts:  # an engine may have to be started with a larger rank
            hosts[rank] = np.array(
                [
                    engines.get((name, max(own, rank)), -1)
                    for name, own in zip(names, ranks.tolist(), strict=True)
                ]
            )
        weight = weights[hosts[rank], number]
        spare = room - weight
        if exact:
            spare[ranks != rank] = -np.inf
        target = int(np.argmax(spare))
        if spare[target] > 0:
            dealt[target].append(number)
            room[target] -= weight[target]
    return dealt
