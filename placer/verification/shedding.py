"""Shedding: what a GPU that is not admissible can keep, and what it gives up for that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from placer.gpu.items import Item, shares_of
from placer.gpu.lockstep import Asking
from placer.gpu.packing import Packer
from placer.problem.fleet import GpuType
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu

__all__ = ["Relief", "keep_part_of_largest", "shed_smallest"]

_MAX_HALVINGS = 6  # of an adapter that overloads a GPU alone
_COARSE = 0.04  # part of a GPU's traffic from which its smallest adapter is much to give up
_PIECE, _MAX_PIECES = 0.005, 16  # of the largest one that are given up instead; of the traffic


@dataclass(frozen=True, slots=True)
class Relief:
    """A GPU with what it can keep, and what it gives up for that."""

    kept: EvaluatedGpu
    given: list[Item]


def shed_smallest(
    gpu: EvaluatedGpu, ordered: Sequence[Item], at_once: int
) -> Asking[Relief | None]:
    """Take away as few of the smallest items as it takes; None where no number helps.

    Where even the smallest one is much of the traffic, small shares of the largest one go first.

    Parameters
    ----------
    gpu : EvaluatedGpu
        The GPU, whose engine is kept.
    ordered : sequence of Item
        What it holds, the smallest last.
    at_once : int
        Numbers of items that are tried together.
    """
    ordered = _with_pieces(ordered)
    powers = [2**power for power in range(len(ordered).bit_length() + 1)]
    tries = sorted({min(number, len(ordered) - 1) for number in powers} - {0})
    low, high, kept = 0, len(ordered), None  # giving up low is too little, high is enough
    for start in range(0, len(tries), at_once):
        numbers = tries[start : start + at_once]
        found = yield [_without_smallest(gpu, ordered, number) for number in numbers]
        enough = [
            (number, rest) for number, rest in zip(numbers, found, strict=True) if rest.admissible
        ]
        if enough:
            high, kept = enough[0]
        low = max([low, *(number for number in numbers if number < high)])
        if enough:
            break
    while kept is not None and high - low > 1:
        middle = (low + high) // 2
        (rest,) = yield [_without_smallest(gpu, ordered, middle)]
        if rest.admissible:
            high, kept = middle, rest
        else:
            low = middle
    return None if kept is None else Relief(kept, _joined(ordered[-high:]))


def keep_part_of_largest(
    packer: Packer, gpu_type: GpuType, ordered: Sequence[Item]
) -> Relief | None:
    """A GPU with as large a part of its largest adapter as it serves; None where that is none.

    Parameters
    ----------
    packer : Packer
    gpu_type : GpuType
    ordered : sequence of Item
        What it should hold, the largest first; of this as many halves are given up as it takes.
    """
    largest, given = ordered[0], list(ordered[1:])
    for halvings in range(_MAX_HALVINGS + 1):
        if halvings:
            largest = largest.with_share(largest.share / 2)
            given.append(largest.with_share(largest.share))
        kept = packer.fit(gpu_type, [largest])
        if kept is not None:
            return Relief(kept, given)
    return None


def _without_smallest(gpu: EvaluatedGpu, ordered: Sequence[Item], number: int) -> GpuPlan:
    """A GPU with the same engine without so many of its smallest adapters."""
    shares = shares_of(ordered[:-number])
    config = replace(gpu.plan.config, max_loras=min(gpu.plan.config.max_loras, len(shares)))
    return replace(gpu.plan, config=config, shares=tuple(sorted(shares.items())))


def _with_pieces(ordered: Sequence[Item]) -> list[Item]:
    """The same with small pieces of the largest item last, where the smallest one is large."""
    largest, total = ordered[0], sum(item.token_rate for item in ordered)
    if ordered[-1].token_rate < _COARSE * total:
        return list(ordered)
    piece = largest.with_share(largest.share * _PIECE * total / largest.token_rate)
    number = min(_MAX_PIECES, int(largest.share / (2 * piece.share)))
    rest = largest.with_share(largest.share - number * piece.share)
    return [rest, *ordered[1:], *[piece] * number]


def _joined(items: Sequence[Item]) -> list[Item]:
    """Items with one for all pieces of the same adapters."""
    shares: dict[str, float] = {}
    for item in items:
        shares[item.name] = shares.get(item.name, 0.0) + item.share
    first = {item.name: item for item in reversed(items)}
    return [first[name].with_share(share) for name, share in shares.items()]
