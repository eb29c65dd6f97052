"""Absorbing: whether the other GPUs of a placement can take what one of them serves."""

from __future__ import annotations

from collections.abc import Sequence

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, items_of, placeable, remaining
from placer.gpu.packing import Packer
from placer.problem.planned_gpu import EvaluatedGpu

__all__ = ["Absorber"]

_MOST_ASKED = 16  # GPUs, those with the most spare traffic
_MISSES = 3  # items that do not fit, after which a GPU counts as full


class Absorber:
    """The other GPUs of a placement, which may be started anew with other slots and ranks.

    Parameters
    ----------
    judge : Evaluator
        Says which GPUs are admissible.
    gpus : sequence of EvaluatedGpu
        The GPUs.
    spare : sequence of float
        Tokens/s that each can still take; those with the most are asked first.
    closed : int
        Position of the GPU whose adapters the others are to take.

    Attributes
    ----------
    closed : int
        As given.
    spare : float
        Tokens/s that the others can take together.
    """

    def __init__(
        self,
        judge: Evaluator,
        gpus: Sequence[EvaluatedGpu],
        spare: Sequence[float],
        closed: int,
    ) -> None:
        self._judge = judge
        self._packer = Packer(judge)
        self._gpus = gpus
        self.closed = closed
        others = [g for g in range(len(gpus)) if g != closed]
        self._order = sorted(others, key=lambda g: (-spare[g], g))[:_MOST_ASKED]
        self.spare = sum(spare[g] for g in others)

    def left_over(self, without: str = "") -> list[Item]:
        """What the others cannot take.

        Parameters
        ----------
        without : str
            Name of an adapter that is not to be served any more.
        """
        return self._absorb(self._items(self.closed, without), without)[0]

    def new_place(self, moved: str) -> int | None:
        """Where an adapter would go if the others took everything once it has left its GPU.

        Parameters
        ----------
        moved : str
            Name of an adapter of one of the others.

        Returns
        -------
        int or None
            Position of another GPU; None where they do not take everything, or it would stay.
        """
        home = next(g for g in self._order if moved in dict(self._gpus[g].plan.shares))
        (item,) = [i for i in items_of(self._judge, self._gpus[home].plan) if i.name == moved]
        left, places = self._absorb([item, *self._items(self.closed)], moved)
        place = places.get(moved)
        return None if left or place == home else place

    def _absorb(self, items: Sequence[Item], without: str) -> tuple[list[Item], dict[str, int]]:
        """What the others cannot take, and where the rest goes.

        The GPU that an adapter leaves is asked first, but not for that adapter.
        """
        left = sorted(items, key=lambda item: (-item.token_rate, item.name))
        places: dict[str, int] = {}
        order = sorted(self._order, key=lambda g: not self._serves(g, without))
        for g in order:
            if not left:
                break
            asked = [i for i in left if not (i.name == without and self._serves(g, without))]
            taken = self._take(g, asked, without)
            places |= {item.name: g for item in taken}
            left = remaining(left, taken)
        return left, places

    def _serves(self, g: int, name: str) -> bool:
        return name in dict(self._gpus[g].plan.shares)

    def _take(self, g: int, left: Sequence[Item], without: str) -> list[Item]:
        """Items that a GPU takes, in order."""
        problem = self._judge.problem
        gpu_type = problem.gpu_type(self._gpus[g].plan.profile_name)
        held = self._items(g, without)
        wanted = list(placeable(problem, gpu_type, left, held))
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

    def _items(self, g: int, without: str = "") -> list[Item]:
        return [i for i in items_of(self._judge, self._gpus[g].plan) if i.name != without]
