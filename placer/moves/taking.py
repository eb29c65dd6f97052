"""Taking: which of some items, in order, a GPU takes beside what it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from placer.gpu.bracket import Bracket
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, compatible
from placer.gpu.lockstep import Asking, run_alone
from placer.gpu.packing import Packer
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import EvaluatedGpu
from twin.workload.rank import BASE

__all__ = ["Ask", "Filler", "Taken", "fill", "needs_more", "take"]

Ask = Callable[[Sequence[Item]], Asking[EvaluatedGpu | None]]
"""Asks for a GPU with some items; None where it is not admissible."""

Taken = tuple[list[Item], EvaluatedGpu | None]
"""Items that a GPU takes, and the GPU with them; None where it takes none."""

_STRIDE = 16  # part of the first number tried by which the second one differs


def take(
    evaluator: Evaluator,
    ask: Ask,
    held: Sequence[Item],
    items: Sequence[Item],
    guess: int | None = None,
    max_misses: int = 1,
) -> Asking[Taken]:
    """Items, in order, that a GPU takes beside what it holds and those taken before them.

    Items are taken to fit when more of them do. One that does not fit is passed over, and with it
    all that need more.

    Parameters
    ----------
    evaluator : Evaluator
    ask : callable
        The GPU, by what it would hold.
    held : sequence of Item
        What it holds already.
    items : sequence of Item
        All may be on it together.
    guess : int or None
        Number of items to try first; None for all.
    max_misses : int
        The GPU counts as full after this many items in a row that do not fit.
    """
    taken: list[Item] = []
    best: EvaluatedGpu | None = None
    left, misses = list(items), 0
    tried = len(left) if guess is None else guess
    while left:
        count, gpu = yield from _longest_prefix(ask, [*held, *taken], left, tried)
        if gpu is not None:
            best, misses = gpu, 0
            taken += left[:count]
        missed, left = left[count : count + 1], left[count + 1 :]
        misses += 1
        if misses == max_misses or not missed:
            break
        beside = [*held, *taken]
        left = [item for item in left if not needs_more(evaluator, item, missed[0], beside)]
        tried = 1
    return taken, best


def fill(
    packer: Packer,
    gpu_type: GpuType,
    items: Sequence[Item],
    guess: int | None = 8,
    max_misses: int = 16,
) -> Taken:
    """Fill an empty GPU with the items, in order, that fit beside those before them; see `take`.

    Items that the rules keep from those before them are not taken.
    """
    evaluator = packer.evaluator
    wanted = compatible(evaluator.problem, items)
    ask = partial(packer.fitting, gpu_type)
    return run_alone(evaluator, take(evaluator, ask, (), wanted, guess, max_misses))


@dataclass
class Filler:
    """Fills empty GPUs, each trying first as many items as the last one took; see `fill`."""

    packer: Packer
    guess: int = 8
    max_misses: int = 16

    def __call__(self, gpu_type: GpuType, items: Sequence[Item]) -> Taken:
        """Fill the next one."""
        taken, gpu = fill(self.packer, gpu_type, items, self.guess, self.max_misses)
        self.guess = max(1, len(taken))
        return taken, gpu


def needs_more(evaluator: Evaluator, item: Item, missed: Item, held: Sequence[Item]) -> bool:
    """Whether an item does not fit where another one did not: of equal traffic, and no less.

    A rank matters as far as it makes ``max_lora_rank`` larger than what a GPU holds already, and
    requests for the base model need less than an adapter.
    """
    traffic = evaluator.classes.traffic_class
    return (
        len(item.adapters) == len(missed.adapters) == 1
        and item.rate >= missed.rate
        and traffic(item.name) == traffic(missed.name)
        and (item.rank != BASE or missed.rank == BASE)
        and (item.rank >= missed.rank or any(other.rank >= missed.rank for other in held))
    )


def _longest_prefix(
    ask: Ask, held: Sequence[Item], items: Sequence[Item], guess: int
) -> Asking[tuple[int, EvaluatedGpu | None]]:
    first = max(1, min(guess, len(items)))
    bracket = Bracket(0, len(items) + 1, first, step=max(1, first // _STRIDE))
    best: EvaluatedGpu | None = None
    for number in bracket:
        gpu = yield from ask([*held, *items[:number]])
        if gpu is None:
            bracket.high = number
        else:
            bracket.low, best = number, gpu
    return bracket.low, best
