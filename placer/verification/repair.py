"""Repair: relieves GPUs that do not pass verification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import by_decreasing_load, items_of, shares_of
from placer.gpu.lockstep import run_together
from placer.gpu.packing import Packer
from placer.problem.planned_gpu import EvaluatedLoad
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
        Says which loads are admissible.
    loads : sequence of EvaluatedLoad
        The GPUs, evaluated by the judge.

    Attributes
    ----------
    loads : list of EvaluatedLoad
        The GPUs as they are now.
    num_moved : int
        Adapters that were moved, in full or in part.
    num_opened : int
        GPUs that were added.
    num_reconfigured : int
        GPUs that got another number of slots.
    """

    def __init__(self, judge: Evaluator, loads: Sequence[EvaluatedLoad]) -> None:
        self._judge = judge
        self._packer = Packer(judge)
        self._thorough = len(loads) <= _MANY
        self.loads = list(loads)
        self.num_moved = 0
        self.num_opened = 0
        self.num_reconfigured = 0

    def run(self) -> None:
        """Relieve all GPUs that need it."""
        failing = [g for g, load in enumerate(self.loads) if not load.admissible]
        if self._thorough:
            failing = self._reconfigure(failing)
        reliefs = self._reliefs(failing)
        if not self._relieve(reliefs):
            for position, relief in reliefs.items():
                self._relieve({position: relief})

    def _reconfigure(self, failing: Sequence[int]) -> list[int]:
        """Give GPUs another number of slots; those for which that is no help."""
        contents = [
            (self.loads[g].gpu_type, items_of(self._judge, self.loads[g].plan)) for g in failing
        ]
        left = []
        for g, load in zip(failing, self._packer.fit_all(contents), strict=True):
            if load is None:
                left.append(g)
            else:
                self.loads[g] = self._named(load, self.loads[g])
                self.num_reconfigured += 1
        return left

    def _reliefs(self, failing: Sequence[int]) -> dict[int, Relief]:
        """What GPUs can keep and give up; those of which no part is served are left out."""
        ordered = [by_decreasing_load(items_of(self._judge, self.loads[g].plan)) for g in failing]
        at_once = max(1, _AT_ONCE // max(1, len(failing)))
        found = run_together(
            self._judge,
            [
                shed_smallest(self.loads[g], items, at_once)
                for g, items in zip(failing, ordered, strict=True)
            ],
        )
        reliefs = {}
        for g, items, relief in zip(failing, ordered, found, strict=True):
            kept = relief or keep_part_of_largest(self._packer, self.loads[g].gpu_type, items)
            if kept is not None:
                reliefs[g] = kept
        return reliefs

    def _relieve(self, reliefs: Mapping[int, Relief]) -> bool:
        """Relieve GPUs, and whether there is a place for all that they give up.

        Nothing is changed otherwise.
        """
        loads = list(self.loads)
        for g, relief in reliefs.items():
            loads[g] = self._named(relief.kept, loads[g])
        houses = Rehousing(self._judge, self._packer, loads, self._thorough)
        if houses.place([item for relief in reliefs.values() for item in relief.given]):
            return False
        self.loads = houses.loads
        self.num_moved += sum(len(shares_of(relief.given)) for relief in reliefs.values())
        self.num_opened += len(self.loads) - len(loads)
        return True

    def _named(self, load: EvaluatedLoad, other: EvaluatedLoad) -> EvaluatedLoad:
        """A load with the name of another GPU."""
        plan = replace(load.plan, name=other.plan.name)
        return self._judge.evaluate([plan])[0]
