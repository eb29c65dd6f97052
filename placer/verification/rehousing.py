"""Rehousing: finds places for what GPUs have given up, on others and on further ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import (
    Item,
    by_decreasing_traffic,
    items_of,
    placeable,
    remaining,
    shares_of,
)
from placer.gpu.lockstep import Asking, run_together
from placer.gpu.packing import Packer
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu

__all__ = ["Rehousing"]

_ASKED_FIRST = 6  # GPUs at least that are asked
_HALVINGS = 3  # of what finds no place
_WORTHWHILE = 0.25  # of the GPUs that are asked, that take something, to go on asking


class Rehousing:
    """GPUs that take further adapters, with the engines that they have, and further GPUs.

    Parameters
    ----------
    judge : Evaluator
        Says which GPUs are admissible.
    packer : Packer
        Of the same evaluator; finds the engines of further GPUs.
    gpus : sequence of EvaluatedGpu
        The GPUs, evaluated by the judge.
    thorough : bool
        Ask all GPUs before further ones are opened, and not only as long as it is worthwhile.

    Attributes
    ----------
    gpus : list of EvaluatedGpu
        The GPUs as they are now; further ones come last.
    """

    def __init__(
        self, judge: Evaluator, packer: Packer, gpus: Sequence[EvaluatedGpu], thorough: bool
    ) -> None:
        self._judge = judge
        self._packer = packer
        self._thorough = thorough
        self.gpus = list(gpus)

    def place(self, items: Sequence[Item]) -> list[Item]:
        """Put items on GPUs; what is left has no place.

        GPUs that answer first are asked first, many in one batch of simulations.
        """
        left = self._share_out(items)
        if left and self._thorough and self._squeeze(left):
            return []
        return self._open_all(by_decreasing_traffic(left))

    def _squeeze(self, items: Sequence[Item]) -> bool:
        """Put ever smaller parts of items on GPUs that are there, rather than open another one.

        Whether all find a place; nothing is changed otherwise.
        """
        before, left = list(self.gpus), list(items)
        for _ in range(_HALVINGS):
            left = [item.with_share(item.share / 2) for item in left for _ in range(2)]
            left = self._share_out(left)
            if not left:
                return True
        self.gpus = before
        return False

    def _share_out(self, items: Sequence[Item]) -> list[Item]:
        """Put items on GPUs that are there, and return what is left."""
        others = [g for g, gpu in enumerate(self.gpus) if gpu.admissible]
        if not self._thorough:  # what may starve already takes nothing more
            others = [g for g in others if _slack(self.gpus[g]) > -math.inf]
        others.sort(key=lambda g: (-_slack(self.gpus[g]), g))
        left = list(items)
        num_asked = num_takers = 0
        while left and others:
            asked, others = others[: len(left)], others[len(left) :]
            left, takers = self._deal(left, asked)
            num_asked += len(asked)
            num_takers += len(takers)
            few = num_asked >= _ASKED_FIRST and num_takers < _WORTHWHILE * num_asked
            if few and not self._thorough:
                others = []
            others = [*takers, *others]
        return left

    def _deal(self, items: Sequence[Item], asked: Sequence[int]) -> tuple[list[Item], list[int]]:
        """Offer items to some GPUs, the smallest first and as many to each.

        Returns
        -------
        list of Item
            What nobody took.
        list of int
            GPUs that took all that they were offered.
        """
        problem = self._judge.problem
        rising = by_decreasing_traffic(items)[::-1]
        offers = []
        for k, g in enumerate(asked):
            held = items_of(self._judge, self.gpus[g].plan)
            offer = placeable(problem, self.gpus[g].gpu_type, rising[k :: len(asked)], held)
            if offer:
                offers.append((g, held, offer))
        found = run_together(
            self._judge, [self._add(self.gpus[g], held, offer) for g, held, offer in offers]
        )
        gone: list[Item] = []
        takers: list[int] = []
        for (g, _, offer), (number, fuller) in zip(offers, found, strict=True):
            self.gpus[g] = fuller
            gone += offer[:number]
            if number == len(offer):
                takers.append(g)
        return remaining(items, gone), takers

    def _add(
        self, gpu: EvaluatedGpu, held: Sequence[Item], offer: Sequence[Item]
    ) -> Asking[tuple[int, EvaluatedGpu]]:
        """How many of some items go on a GPU beside what it holds, and the GPU with them."""
        low, high, fuller = 0, len(offer) + 1, gpu  # low fits, high does not
        number = 1
        while high - low > 1:
            (more,) = yield [self._with_more(gpu, [*held, *offer[:number]])]
            if more.admissible:
                low, fuller = number, more
            else:
                high = number
            number = min(2 * low, len(offer)) if high > len(offer) else (low + high) // 2
        return low, fuller

    def _with_more(self, gpu: EvaluatedGpu, items: Sequence[Item]) -> GpuPlan:
        """A GPU with more adapters, and a slot for each of them where it had one for each."""
        plan, shares = gpu.plan, shares_of(items)
        slots = plan.config.max_loras
        options = self._judge.max_loras_options(gpu.gpu_type, list(shares))
        if slots >= len(plan.shares) and options:
            slots = options[-1]
        more = self._judge.plan(gpu.gpu_type, slots, shares)
        return replace(more, name=plan.name)

    def _open_all(self, items: list[Item]) -> list[Item]:
        """Put items on further GPUs, and return what is left."""
        while items and (opened := self._open(items)) is not None:
            gpu, items = opened
            self.gpus.append(gpu)
        return items

    def _open(self, items: list[Item]) -> tuple[EvaluatedGpu, list[Item]] | None:
        """One more GPU with as many items as it serves, and the items left."""
        used = [gpu.plan.profile_name for gpu in self.gpus]
        for gpu_type in self._judge.problem.available(used):
            candidates = placeable(self._judge.problem, gpu_type, items)
            count, gpu = self._packer.longest_prefix(gpu_type, (), candidates, len(candidates))
            if gpu is not None:
                return self._packer.refine(gpu), remaining(items, candidates[:count])
        return None


def _slack(gpu: EvaluatedGpu) -> float:
    """Larger for GPUs that are further from starving."""
    estimate = gpu.estimate
    return -estimate.ttft_mean if estimate.starvation_probability == 0 else -math.inf
