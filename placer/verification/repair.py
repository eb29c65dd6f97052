"""Repair: relieves GPUs that do not pass verification."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, by_decreasing_traffic, shares_of
from placer.gpu.lockstep import Asking, run_together
from placer.gpu.packing import Packer
from placer.moves.engines import Engines, FreeEngines, KeptEngines, ResizedEngines
from placer.moves.giving_up import Relief, give_up_fewest, give_up_halves, give_up_smallest
from placer.moves.opening import pack_fleet
from placer.moves.placing import share_out
from placer.problem.planned_gpu import EvaluatedGpu
from placer.verification.packing_anew import pack_anew

__all__ = ["Repair"]

_MANY = 64  # GPUs, of more than which other numbers of slots are not tried
_HALVINGS = 3  # of what finds no place
_FEW = 16  # GPUs at most that are packed anew


class Repair:
    """Moves adapters away from GPUs that are not admissible, to others or to further GPUs.

    First another number of slots is tried, unless there are very many GPUs. Then a GPU gives up
    its smallest adapters, as few as it takes; an adapter that is too much even alone is halved
    until a part fits. What all GPUs give up finds a place together, in a few batches of
    simulations however many there are. Where there is not enough room for all of it, each GPU is
    looked at by itself, and left as it was where there is no place for what it gives up. GPUs keep
    their names. Where a few GPUs are not enough, so that one was opened or still fails, all
    adapters are packed anew as well, and what is better stays. Where a running placement is
    replaced, its engines go on as they are as far as that helps, and give up few adapters rather
    than small ones, since each is a move.

    Parameters
    ----------
    judge : Evaluator
        Says which GPUs are admissible.
    gpus : sequence of EvaluatedGpu
        The GPUs, evaluated by the judge.

    Attributes
    ----------
    gpus : list of EvaluatedGpu
        The GPUs as they are now; further ones come last.
    num_moved : int
        Adapters that were moved, in full or in part; all of them where they were packed anew.
    num_opened : int
        GPUs that were added.
    num_reconfigured : int
        GPUs that got another number of slots.
    """

    def __init__(self, judge: Evaluator, gpus: Sequence[EvaluatedGpu]) -> None:
        self._judge = judge
        self._packer = Packer(judge)
        self._resized, self._free = ResizedEngines(judge), FreeEngines(self._packer)
        self._running = judge.problem.running is not None
        self._takers: Engines = KeptEngines(judge) if self._running else self._resized
        self._thorough = len(gpus) <= _MANY
        self.gpus = list(gpus)
        self.num_moved = 0
        self.num_opened = 0
        self.num_reconfigured = 0

    def run(self) -> None:
        """Relieve all GPUs that need it."""
        failing = [g for g, gpu in enumerate(self.gpus) if not gpu.admissible]
        found = run_together(self._judge, [self._relief(self.gpus[g]) for g in failing])
        reliefs = {g: relief for g, relief in zip(failing, found, strict=True) if relief}
        if not self._relieve(reliefs):
            for position, relief in reliefs.items():
                self._relieve({position: relief})
        if self.num_opened or not all(gpu.admissible for gpu in self.gpus):
            self._pack_anew()

    def _relief(self, gpu: EvaluatedGpu) -> Asking[Relief | None]:
        """What a GPU keeps and gives up, nothing if possible; None where no part is served."""
        ordered = by_decreasing_traffic(self._free.held(gpu))
        if self._running and gpu.plan.name:
            relief = yield from give_up_fewest(partial(self._takers.change, gpu), ordered)
            if relief is not None:
                return relief
        if self._thorough:
            whole = yield from self._free.change(gpu, ordered)
            if whole is not None:
                return Relief(whole, [])
        relief = yield from give_up_smallest(partial(self._resized.change, gpu), ordered)
        if relief is None:
            relief = yield from give_up_halves(partial(self._free.change, gpu), ordered)
        return relief

    def _relieve(self, reliefs: Mapping[int, Relief]) -> bool:
        """Relieve GPUs, and whether there is a place for all that they give up.

        Nothing is changed otherwise.
        """
        gpus = list(self.gpus)
        for g, relief in reliefs.items():
            gpus[g] = relief.kept
        left = self._share_out(gpus, [item for r in reliefs.values() for item in r.given])
        if left and not (self._thorough and self._squeeze(gpus, left)):
            gpus, left = pack_fleet(self._packer, by_decreasing_traffic(left), beside=gpus)
            if left:
                return False
        self.num_opened += len(gpus) - len(self.gpus)
        self.num_moved += sum(len(shares_of(relief.given)) for relief in reliefs.values())
        self.num_reconfigured += sum(not relief.given for relief in reliefs.values())
        self.gpus = gpus
        return True

    def _pack_anew(self) -> None:
        placed = {name for gpu in self.gpus for name, _ in gpu.plan.shares}
        complete = len(placed) == len(self._judge.adapters)
        if self._running or len(self.gpus) > _FEW or not complete:
            return
        packed = pack_anew(self._packer, self.gpus, _FEW)
        if packed is not None:
            self.num_moved = len(placed)
            self.num_opened = max(0, len(packed) - len(self.gpus) + self.num_opened)
            self.num_reconfigured = 0
            self.gpus = packed

    def _squeeze(self, gpus: list[EvaluatedGpu], items: Sequence[Item]) -> bool:
        """Put ever smaller parts of items on GPUs that are there, rather than open another one.

        Whether all find a place; nothing is changed otherwise.
        """
        fuller, left = list(gpus), list(items)
        for _ in range(_HALVINGS):
            left = [half for item in left for half in item.halves()]
            left = self._share_out(fuller, left)
            if not left:
                gpus[:] = fuller
                return True
        return False

    def _share_out(self, gpus: list[EvaluatedGpu], items: Sequence[Item]) -> list[Item]:
        """Put items on GPUs that are there, the smallest first; what is left has no place.

        Those that answer first are asked first; of very many, none that may starve already.
        """
        slack = {g: _slack(gpu) for g, gpu in enumerate(gpus) if gpu.admissible}
        able = [g for g in slack if self._thorough or slack[g] > -math.inf]
        able.sort(key=lambda g: (-slack[g], g))
        rising = by_decreasing_traffic(items)[::-1]
        return share_out(self._takers, gpus, rising, able, patient=self._thorough)


def _slack(gpu: EvaluatedGpu) -> float:
    """Larger for GPUs that are further from starving."""
    estimate = gpu.estimate
    return -estimate.ttft_mean if estimate.starvation_probability == 0 else -math.inf
