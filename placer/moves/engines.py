"""Engines of GPUs that take or give up items: kept, resized or free."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, items_of, placeable, shares_of
from placer.gpu.lockstep import Asking
from placer.gpu.packing import Packer
from placer.problem.planned_gpu import EvaluatedGpu

__all__ = ["Engines", "FreeEngines", "KeptEngines", "ResizedEngines"]


class Engines(ABC):
    """How engines are started when what their GPUs hold changes. GPUs keep their names.

    Parameters
    ----------
    evaluator : Evaluator
        Says which GPUs are admissible.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    @abstractmethod
    def change(self, gpu: EvaluatedGpu, items: Sequence[Item]) -> Asking[EvaluatedGpu | None]:
        """A GPU with some items instead of what it holds; None where it is not admissible."""

    def held(self, gpu: EvaluatedGpu) -> list[Item]:
        """What a GPU holds."""
        return items_of(self.evaluator, gpu.plan)

    def wanted(self, gpu: EvaluatedGpu, items: Sequence[Item]) -> Sequence[Item]:
        """Items, in order, that a GPU may take beside what it holds."""
        return placeable(self.evaluator.problem, gpu.gpu_type, items, self.held(gpu))


class KeptEngines(Engines):
    """Engines go on as they were started."""

    def change(self, gpu: EvaluatedGpu, items: Sequence[Item]) -> Asking[EvaluatedGpu | None]:
        shares = tuple(sorted(shares_of(items).items()))
        (changed,) = yield [replace(gpu.plan, shares=shares)]
        return changed if changed.admissible else None

    def wanted(self, gpu: EvaluatedGpu, items: Sequence[Item]) -> Sequence[Item]:
        largest = gpu.plan.config.largest_rank
        return super().wanted(gpu, [item for item in items if item.rank <= largest])


class ResizedEngines(Engines):
    """Engines keep their slots, or have one for each adapter where they had one for each."""

    def change(self, gpu: EvaluatedGpu, items: Sequence[Item]) -> Asking[EvaluatedGpu | None]:
        plan, shares = gpu.plan, shares_of(items)
        slots = min(plan.config.max_loras, self.evaluator.num_adapters(shares))
        if plan.config.max_loras >= gpu.candidate.num_adapters:
            options = self.evaluator.max_loras_options(gpu.gpu_type, list(shares))
            slots = max(options, default=slots)
        fitted = self.evaluator.plan(gpu.gpu_type, slots, shares)
        (changed,) = yield [replace(fitted, name=plan.name)]
        return changed if changed.admissible else None


class FreeEngines(Engines):
    """Engines are started anew, with the slots and the rank that are right for what they hold.

    Parameters
    ----------
    packer : Packer
        Finds them.
    without : str
        Name of an adapter that leaves the GPUs that hold it, and does not come back to these.
    """

    def __init__(self, packer: Packer, without: str = "") -> None:
        super().__init__(packer.evaluator)
        self._packer = packer
        self._without = without

    def change(self, gpu: EvaluatedGpu, items: Sequence[Item]) -> Asking[EvaluatedGpu | None]:
        found = yield from self._packer.fitting(gpu.gpu_type, items)
        if found is not None and gpu.plan.name:
            (found,) = yield [replace(found.plan, name=gpu.plan.name)]
        return found

    def held(self, gpu: EvaluatedGpu) -> list[Item]:
        return [item for item in super().held(gpu) if item.name != self._without]

    def wanted(self, gpu: EvaluatedGpu, items: Sequence[Item]) -> Sequence[Item]:
        if self._without in dict(gpu.plan.shares):
            items = [item for item in items if item.name != self._without]
        return super().wanted(gpu, items)
