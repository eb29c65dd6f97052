"""Absorbing: whether the other GPUs of a placement can take what one of them serves."""

from __future__ import annotations

from collections.abc import Sequence

from placer.gpu.items import Item, by_decreasing_traffic, items_of
from placer.gpu.packing import Packer
from placer.moves.engines import FreeEngines
from placer.moves.placing import share_out
from placer.problem.planned_gpu import EvaluatedGpu
from placer.verification.judges import Judges

__all__ = ["Absorber"]

_MOST_ASKED = 16  # GPUs, those with the most spare traffic
_MISSES = 3  # items that do not fit, after which a GPU counts as full


class Absorber:
    """The other GPUs of a placement, which may be started anew with other slots and ranks.

    Parameters
    ----------
    judges : Judges
        Say which GPUs are admissible: the quick one what to try, the strict one what is.
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
        judges: Judges,
        gpus: Sequence[EvaluatedGpu],
        spare: Sequence[float],
        closed: int,
    ) -> None:
        self._packer, self._strict = Packer(judges.quick), judges.strict
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
        return self._absorb(without)[0]

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
        held = items_of(self._packer.evaluator, self._gpus[home].plan)
        left, gpus = self._absorb(moved, [item for item in held if item.name == moved])
        others = (g for g in self._order if g != home and moved in dict(gpus[g].plan.shares))
        return None if left else next(others, None)

    def _absorb(
        self, leaving: str, joining: Sequence[Item] = ()
    ) -> tuple[list[Item], list[EvaluatedGpu]]:
        """What the others cannot take, and GPUs with the rest.

        The GPU that an adapter leaves is asked first, but not for that adapter. Where the strict
        judge does not accept one of the GPUs, nothing is taken.
        """
        gpus, engines = list(self._gpus), FreeEngines(self._packer, leaving)
        items = by_decreasing_traffic([*joining, *engines.held(gpus[self.closed])])
        order = sorted(self._order, key=lambda g: leaving not in dict(gpus[g].plan.shares))
        left = share_out(engines, gpus, items, order, at_once=1, max_misses=_MISSES)
        if not left:
            plans = [gpu.plan for g, gpu in enumerate(gpus) if g != self.closed]
            if not all(gpu.admissible for gpu in self._strict.evaluate(plans)):
                return items, list(self._gpus)
        return left, gpus
