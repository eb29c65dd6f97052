"""Brute force: the optimum of tiny problems, to compare strategies and bounds with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from placer.gpu.evaluator import Evaluator

__all__ = ["MAX_ADAPTERS", "brute_force"]

MAX_ADAPTERS = 8
"""Adapters up to which all placements are tried: 4,140 partitions."""


def brute_force(evaluator: Evaluator) -> tuple[float, ...] | None:
    """Smallest value of all admissible placements of whole adapters.

    Every partition of the adapters is tried, and for each part every GPU type and every slot count
    worth trying. Adapters are not shared, nor are requests for a base model, so a placement with
    shares may be better.

    Parameters
    ----------
    evaluator : Evaluator
        Of a problem without counts of GPU types.

    Returns
    -------
    tuple of float or None
        The value; None where there is no admissible placement.

    Raises
    ------
    ValueError
        If there are more than `MAX_ADAPTERS` adapters, or a GPU type is limited.
    """
    problem = evaluator.problem
    names = [adapter.name for adapter in problem.workload.adapters]
    if len(names) > MAX_ADAPTERS:
        raise ValueError(f"{len(names)} adapters are more than {MAX_ADAPTERS}.")
    if any(gpu_type.count is not None for gpu_type in problem.fleet):
        raise ValueError("Counts of GPU types are not supported.")
    partitions = [
        partition
        for partition in _partitions(names)
        if problem.max_gpus is None or len(partition) <= problem.max_gpus
    ]
    costs = _cheapest(evaluator, dict.fromkeys(chain.from_iterable(partitions)))
    best: tuple[float, ...] | None = None
    for partition in partitions:
        known = [costs[part] for part in partition if part in costs]
        if len(known) == len(partition):
            value = tuple(map(sum, zip(*known, strict=True)))
            best = value if best is None else min(best, value)
    return best


def _cheapest(
    evaluator: Evaluator, parts: Iterable[tuple[str, ...]]
) -> dict[tuple[str, ...], tuple[float, ...]]:
    """Cost of the best GPU for each part that some GPU serves; all are asked together."""
    plans, owners = [], []
    for names in parts:
        for gpu_type in evaluator.problem.fleet:
            if not evaluator.problem.refusals(gpu_type, (evaluator.adapters[n] for n in names)):
                options = evaluator.max_loras_options(gpu_type, names)
                shares = dict.fromkeys(names, 1.0)
                plans += [evaluator.plan(gpu_type, option, shares) for option in options]
                owners += [names] * len(options)
    costs: dict[tuple[str, ...], tuple[float, ...]] = {}
    for names, gpu in zip(owners, evaluator.evaluate(plans), strict=True):
        if gpu.admissible:
            costs[names] = min(costs.get(names, gpu.cost), gpu.cost)
    return costs


def _partitions(names: Sequence[str]) -> Iterator[list[tuple[str, ...]]]:
    """All ways to group some names."""
    if not names:
        yield []
        return
    first, rest = names[0], names[1:]
    for partition in _partitions(rest):
        yield [(first,), *partition]
        for index, part in enumerate(partition):
            yield [*partition[:index], (first, *part), *partition[index + 1 :]]
