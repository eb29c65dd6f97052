"""Absorbing: whether the other GPUs of a placement can take what one of them serves."""

from __future__ import annotations

from collections.abc import Sequence

from placer.evaluator import Evaluator
from placer.items import Item, compatible, eligible, items_of
from placer.load import EvaluatedLoad
from placer.packing import Packer

__all__ = ["Absorber"]

_MOST_ASKED = 16  # GPUs, those with the most spare load
_MISSES = 3  # items that do not fit, after which a GPU counts as full


class Absorber:
    """The other GPUs of a placement, which may be started anew with other slots and ranks.

    Parameters
    ----------
    judge : Evaluator
        Says which loads are admissible.
    loads : sequence of EvaluatedLoad
        The GPUs.
    spare : sequence of float
        Tokens/s that each can still take; those with the most are asked first.
    closed : int
        Position of the GPU whose adapters the others are to take.

    Attributes
    ----------
    spare : float
        Tokens/s that the others can take together.
    """

    def __init__(
        self,
        judge: Evaluator,
        loads: Sequence[EvaluatedLoad],
        spare: Sequence[float],
        closed: int,
    ) -> None:
        self._judge = judge
        self._packer = Packer(judge)
        self._loads = loads
        self.closed = closed
        others = [g for g in range(len(loads)) if g != closed]
        self._order = sorted(others, key=lambda g: (-spare[g], g))[:_MOST_ASKED]
        self.spare = sum(spare[g] for g in others)

    def left_over(self, without: str = "") -> list[Item]:
        """What the others cannot take.

        Parameters
        ----------
        without : str
            Name of an adapter that is not to be served any more.
        """
        items = self._items(self.closed, without)
        left = sorted(items, key=lambda item: (-item.token_rate, item.name))
        order = self._order
        if without:  # the GPU that it leaves has most to spare now
            order = sorted(order, key=lambda g: without not in dict(self._loads[g].plan.shares))
        for g in order:
            if not left:
                break
            taken = {id(item) for item in self._take(g, left, without)}
            left = [item for item in left if id(item) not in taken]
        return left

    def _take(self, g: int, left: Sequence[Item], without: str) -> list[Item]:
        """Items that a GPU takes, in order."""
        problem = self._judge.problem
        gpu_type = problem.gpu_type(self._loads[g].plan.profile_name)
        held = self._items(g, without)
        wanted = list(compatible(problem, eligible(problem, gpu_type, left), held))
        taken: list[Item] = []
        misses = 0
        while wanted and misses < _MISSES:
            beside = [*held, *taken]
            count, _ = self._packer.longest_prefix(gpu_type, beside, wanted, len(wanted))
            taken += wanted[:count]
            missed, wanted = wanted[count : count + 1], wanted[count + 1 :]
            misses += 1
            if missed:
                wanted = [
                    item
                    for item in wanted
                    if not self._packer.needs_more(item, missed[0], [*held, *taken])
                ]
        return taken

    def _items(self, g: int, without: str) -> list[Item]:
        return [i for i in items_of(self._judge, self._loads[g].plan) if i.name != without]
