"""First placement: complete within a moment, for searches that end before they have one."""

from __future__ import annotations

import math
from collections.abc import Iterator

from estimators.base import Estimate
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import make_items, missing_items
from placer.gpu.largest_shares import largest_share
from placer.gpu.packing import Packer
from placer.objectives import GpuCount
from placer.objectives.objective import Objective
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.search.rough_packing import rough_packing

__all__ = ["FirstPlacement"]

_ROOMS = (0.8, 0.9, 1.0)  # of the engines, the second and third where there are too few GPUs
_LESS = 0.6  # of the room, where the estimator finds a GPU too full
_CHECKS = 5  # of the estimator
_AT_ONCE = 8  # GPUs


class FirstPlacement:
    """A complete placement by rules of thumb, and what the estimator says of it.

    It is packed without a single estimate (`placer.search.rough_packing`). Then the estimator is
    asked once for each GPU, and what is on GPUs that it rejects is packed with less room. Where a
    GPU serves everything and is rejected nonetheless, one of its adapters may be late even alone:
    the one with the longest prompts is asked for. Where GPUs are not limited and less room does
    not help, what is rejected gets GPUs of its own at last.

    Parameters
    ----------
    problem : Problem
    objective : Objective

    Attributes
    ----------
    checked : list of EvaluatedGpu or None
        The GPUs, all admissible; None as long as the estimator has not accepted them.
    hopeless : tuple of str
        Adapters of which no GPU serves even a small share, as far as they were met; then there is
        no placement.
    """

    def __init__(self, problem: Problem, objective: Objective) -> None:
        self._problem, self._objective = problem, objective
        self._room = _ROOMS[0]
        self._num_checks = 0
        self._packed = False
        self._packings = _packings(problem, objective)
        self._accepted: list[EvaluatedGpu] = []
        self._rejected: list[GpuPlan] = []
        self._waiting: list[GpuPlan] = []
        self.checked: list[EvaluatedGpu] | None = None
        self.hopeless: tuple[str, ...] = ()

    def plans(self) -> list[GpuPlan]:
        """The GPUs; none where there are too few, or the estimator goes on rejecting some."""
        if not self._packed:
            self._packed = True
            self._take_next()
        return [*(gpu.plan for gpu in self._accepted), *self._rejected, *self._waiting]

    def check(self, evaluator: Evaluator) -> None:
        """Ask the estimator for the GPUs that it was not asked for.

        Raises
        ------
        BudgetExhausted
            If the search has to end; what was asked for is remembered.
        """
        while self.checked is None and self.plans():
            while self._waiting:
                gpus = evaluator.evaluate(self._waiting[:_AT_ONCE])
                del self._waiting[:_AT_ONCE]
                self._accepted += [gpu for gpu in gpus if gpu.admissible]
                self._rejected += [gpu.plan for gpu in gpus if not gpu.admissible]
            if not self._rejected:
                self.checked = self._accepted
            elif not self.hopeless:
                self.hopeless = self._late_alone(evaluator)
                self._pack_anew(evaluator)

    def unchecked(self, evaluator: Evaluator) -> list[EvaluatedGpu]:
        """The GPUs without any figures, and none admissible."""
        return [_without_figures(evaluator, plan) for plan in self.plans()]

    def _late_alone(self, evaluator: Evaluator) -> tuple[str, ...]:
        """An adapter, with those that have to be beside it, that no GPU serves well enough.

        Of those on rejected GPUs that serve everything, the one with the longest prompts is asked
        for, and of these the one with the least traffic.
        """
        rejected = evaluator.evaluate(self._rejected)  # remembered
        serving = [
            adapter
            for gpu in rejected
            if not (gpu.estimate.memory_error or evaluator.starves(gpu.estimate))
            for adapter in gpu.candidate.adapters
        ]
        if not serving:
            return ()
        slowest = min(serving, key=lambda a: (-a.lengths.prompt_mean, -a.rank, a.rate, a.name))
        bundle = self._problem.rules.bundle(slowest.name)
        found = largest_share(evaluator, [evaluator.adapters[name] for name in bundle])
        return () if found.parts else tuple(bundle)

    def _pack_anew(self, evaluator: Evaluator) -> None:
        """Pack what is on rejected GPUs with less room, or else all on other GPUs, if any."""
        if self.hopeless:
            self._accepted, self._rejected = [], []
            return
        kept = [gpu.plan for gpu in self._accepted]
        packed = None
        self._num_checks += 1
        if self._num_checks < _CHECKS:
            self._room *= _LESS
            packed = rough_packing(
                self._problem, self._objective, self._room, kept, self._rejected
            )
        if packed is not None:
            self._waiting = packed[len(kept) :]
        elif self._problem.gpu_limit is None:
            self._accepted = self._each_alone(evaluator)
        else:
            self._accepted, self._num_checks, self._room = [], 0, _ROOMS[0]
            self._take_next()
        self._rejected = []

    def _take_next(self) -> None:
        """Wait for what the estimator says of the next packing, if there is one."""
        self._objective, self._waiting = next(self._packings, (self._objective, []))

    def _each_alone(self, evaluator: Evaluator) -> list[EvaluatedGpu]:
        """The accepted GPUs, and one for each item on none of them; none if that is in vain."""
        items, self.hopeless = make_items(evaluator, even=True)
        if self.hopeless:
            return []
        left, gpus = missing_items(items, self._accepted), list(self._accepted)
        packer = Packer(evaluator)
        for gpu_type in self._problem.fleet:
            found = packer.fit_all([(gpu_type, [item]) for item in left])
            gpus += [gpu for gpu in found if gpu is not None]
            left = [item for item, gpu in zip(left, found, strict=True) if gpu is None]
        return [] if left else gpus


def _packings(problem: Problem, objective: Objective) -> Iterator[tuple[Objective, list[GpuPlan]]]:
    """Whole placements with whom they are for, the best first."""
    # Those that the objective prefers may be too small where GPUs are limited; and without an
    # estimator nobody knows which latencies it would accept.
    for room in _ROOMS:
        for chosen in (objective, GpuCount()):
            plans = rough_packing(problem, chosen, room)
            if plans is not None:
                yield chosen, plans


def _without_figures(evaluator: Evaluator, plan: GpuPlan) -> EvaluatedGpu:
    """A GPU of which nothing is known but what it is to serve."""
    planned = evaluator.planned(plan)
    nothing = math.nan
    estimate = Estimate(planned.candidate.token_rate, nothing, nothing, False, nothing, nothing)
    return EvaluatedGpu(planned, estimate, cost=(), admissible=False)
