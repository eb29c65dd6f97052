"""Repair: relieves GPUs that do not pass verification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import by_decreasing_traffic, items_of, shares_of
from placer.gpu.lockstep import run_together
from placer.gpu.packing import Packer
from placer.problem.planned_gpu import EvaluatedGpu
from placer.verification.rehousing import Rehousing
from placer.verification.shedding import Relief, keep_part_of_largest, shed_smallest

__all__ = ["Repair"]

_AT_ONCE = 3  # numbers of adapters that are tried at the same time for one GPU
_MANY = 64  # GPUs, of more than which other numbers of slots are not tried


class Repair:
    """Moves adapters away from GPUs that are not admissible, to others or to further GPUs.

    First another number of slots is tried, unless there are very many GPUs. Then a GPU gives up
    its smallest adapters, as few as it takes; an adapter that is too much even alone is halved
    until a part fits. What all GPUs give up finds a place together, in a few batches of
    simulations however many there are. Where there is not enough room for all of it, each GPU is
    looked at by itself, and left as it was where there is no place for what it gives up. GPUs keep
    their names.

    Parameters
    ----------
    judge : Evaluator
        Says which GPUs are admissible.
    gpus : sequence of EvaluatedGpu
        The GPUs, evaluated by the judge.

    Attributes
    ----------
    gpus : list of EvaluatedGpu
        The GPUs as they are now.
    num_moved : int
        Adapters that were moved, in full or in part.
    num_opened : int
        GPUs that were added.
    num_reconfigured : int
        GPUs that got another number of slots.
    """

    def __init__(self, judge: Evaluator, gpus: Sequence[EvaluatedGpu]) -> None:
        self._judge = judge
        self._packer = Packer(judge)
        self._thorough = len(gpus) <= _MANY
        self.gpus = list(gpus)
        self.num_moved = 0
        self.num_opened = 0
        self.num_reconfigured = 0

    def run(self) -> None:
        """Relieve all GPUs that need it."""
        failing = [g for g, gpu in enumerate(self.gpus) if not gpu.admissible]
        if self._thorough:
            failing = self._reconfigure(failing)
        reliefs = self._reliefs(failing)
        if not self._relieve(reliefs):
            for position, relief in reliefs.items():
                self._relieve({position: relief})

    def _reconfigure(self, failing: Sequence[int]) -> list[int]:
        """Give GPUs another number of slots; those for which that is no help."""
        contents = [
            (self.gpus[g].gpu_type, items_of(self._judge, self.gpus[g].plan)) for g in failing
        ]
        left = []
        for g, gpu in zip(failing, self._packer.fit_all(contents), strict=True):
            if gpu is None:
                left.append(g)
            else:
                self.gpus[g] = self._named(gpu, self.gpus[g])
                self.num_reconfigured += 1
        return left

    def _reliefs(self, failing: Sequence[int]) -> dict[int, Relief]:
        """What GPUs can keep and give up; those of which no part is served are left out."""
        ordered = [
            by_decreasing_traffic(items_of(self._judge, self.gpus[g].plan)) for g in failing
        ]
        at_once = max(1, _AT_ONCE // max(1, len(failing)))
        found = run_together(
            self._judge,
            [
                shed_smallest(self.gpus[g], items, at_once)
                for g, items in zip(failing, ordered, strict=True)
            ],
        )
        reliefs = {}
        for g, items, relief in zip(failing, ordered, found, strict=True):
            kept = relief or keep_part_of_largest(self._packer, self.gpus[g].gpu_type, items)
            if kept is not None:
                reliefs[g] = kept
        return reliefs

    def _relieve(self, reliefs: Mapping[int, Relief]) -> bool:
        """Relieve GPUs, and whether there is a place for all that they give up.

        Nothing is changed otherwise.
        """
        gpus = list(self.gpus)
        for g, relief in reliefs.items():
            gpus[g] = self._named(relief.kept, gpus[g])
        houses = Rehousing(self._judge, self._packer, gpus, self._thorough)
        if houses.place([item for relief in reliefs.values() for item in relief.given]):
            return False
        self.gpus = houses.gpus
        self.num_moved += sum(len(shares_of(relief.given)) for relief in reliefs.values())
        self.num_opened += len(self.gpus) - len(gpus)
        return True

    def _named(self, gpu: EvaluatedGpu, other: EvaluatedGpu) -> EvaluatedGpu:
        """A GPU with the name of another GPU."""
        plan = replace(gpu.plan, name=other.plan.name)
        return self._judge.evaluate([plan])[0]
