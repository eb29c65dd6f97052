"""Evaluator: what strategies know about GPUs; binds estimator, objective and problem."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from estimators.base import Candidate, Estimate, Estimator, Stoppable, scatters
from placer.gpu.budget import Budget, BudgetExhausted
from placer.objectives.objective import Objective, keeps_limits
from placer.problem.adapter_classes import AdapterClasses
from placer.problem.fleet import GpuType
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu, PlannedGpu
from placer.problem.problem import Problem
from twin.files.errors import InputError
from twin.gpu.engine_config import EngineConfig
from twin.workload.adapter import Adapter
from twin.workload.stopped import Stopped

__all__ = ["Evaluator"]

_EVEN_CHANCE = 0.5

_Key = tuple[str, EngineConfig, tuple[tuple[int, float], ...]]


class Evaluator:
    """Predicts GPUs, and tells what they cost and whether they may be used.

    GPUs that differ only in the names of interchangeable adapters are estimated once.

    Parameters
    ----------
    estimator : Estimator
        Predicts.
    objective : Objective
        Says what a GPU costs, and which it rejects.
    problem : Problem
        What is to be placed.
    budget : Budget, optional
        Limits of the search; none by default.

    Attributes
    ----------
    classes : AdapterClasses
        Which adapters are interchangeable.
    adapters : mapping of str to Adapter
        Adapters by name.
    admissible_gpus : list of EvaluatedGpu
        All that were found admissible so far, one for each that differs in more than the names of
        interchangeable adapters.
    """

    def __init__(
        self,
        estimator: Estimator,
        objective: Objective,
        problem: Problem,
        budget: Budget | None = None,
    ) -> None:
        self.estimator = estimator
        self.objective = objective
        self.problem = problem
        self.budget = Budget() if budget is None else budget
        self.classes = AdapterClasses(problem.workload, self._distinguish())
        self.adapters = problem.workload.by_name
        self.admissible_gpus: list[EvaluatedGpu] = []
        self._memo: dict[_Key, Estimate] = {}
        self._listed: set[_Key] = set()
        self._parts: dict[tuple[str, float], Adapter] = {}
        self._options: dict[tuple[str, int, int], tuple[int, ...]] = {}

    @property
    def num_estimates(self) -> int:
        """Candidates that the estimator was asked for."""
        return self.budget.num_estimates

    def max_loras_options(self, gpu_type: GpuType, names: Sequence[str]) -> tuple[int, ...]:
        """Slot counts worth trying for some adapters, ascending.

        The profile's, up to the number of adapters, and those of engines that are running, without
        those for which the GPU's memory does not suffice; none where it does not suffice for one
        slot. The base model alone is served without any.
        """
        rank, most = self.max_lora_rank(names), self.num_adapters(names)
        profile = gpu_type.profile
        key = profile.name, rank, most
        if key not in self._options:
            running = self.problem.running
            options = {min(option, most) for option in profile.max_loras_grid} | {most}
            if running is not None and most:
                options |= running.max_loras(profile.name) - {0}
            self._options[key] = tuple(
                option
                for option in sorted(options)
                if profile.memory_error(gpu_type.engine_config(option, rank)) is None
            )
        return self._options[key]

    def num_adapters(self, names: Iterable[str]) -> int:
        """Adapters among some names, those of base models left out."""
        return sum(not self.adapters[name].is_base for name in names)

    def max_lora_rank(self, names: Sequence[str]) -> int:
        """Smallest legal ``max_lora_rank`` that holds some adapters and that the rules allow.

        0, that of an engine without LoRA, for base models alone.
        """
        return self.problem.rules.engine_rank(max([self.adapters[name].rank for name in names]))

    def plan(self, gpu_type: GpuType, max_loras: int, shares: Mapping[str, float]) -> GpuPlan:
        """A GPU for these adapters, with the smallest legal ``max_lora_rank`` that holds them."""
        config = gpu_type.engine_config(max_loras, self.max_lora_rank(list(shares)))
        return GpuPlan(gpu_type.profile.name, config, tuple(sorted(shares.items())))

    def evaluate(self, plans: Sequence[GpuPlan]) -> list[EvaluatedGpu]:
        """Predict what GPUs would do, and what they would cost.

        Raises
        ------
        BudgetExhausted
            If the estimator would have to be asked and the search has to end.
        """
        gpus = [self.planned(plan) for plan in plans]
        keys = [self._key(plan, self.classes.estimated_class) for plan in plans]
        unknown: dict[_Key, Candidate] = {}
        for key, gpu in zip(keys, gpus, strict=True):
            if key not in self._memo:
                unknown.setdefault(key, gpu.candidate)
        waiting = list(unknown.items())
        while waiting:
            self.budget.check()
            number = self.budget.portion(len(waiting))
            asked, waiting = waiting[:number], waiting[number:]
            estimates = self.estimate([candidate for _, candidate in asked])
            self._memo.update(zip((key for key, _ in asked), estimates, strict=True))
        evaluated = [
            self._evaluated(gpu, self._memo[key]) for key, gpu in zip(keys, gpus, strict=True)
        ]
        for plan, key, known in zip(plans, keys, evaluated, strict=True):
            if known.admissible:
                own = self._key(plan, self.classes.adapter_class) if self.classes.finer else key
                if own not in self._listed:
                    self._listed.add(own)
                    self.admissible_gpus.append(known)
        return evaluated

    @contextmanager
    def within(self, budget: Budget) -> Iterator[None]:
        """Keep to other limits for a while."""
        own, self.budget = self.budget, budget
        try:
            yield
        finally:
            self.budget = own

    def estimate(self, candidates: Sequence[Candidate]) -> list[Estimate]:
        """Ask the estimator, even when the budget is spent; not remembered.

        Raises
        ------
        BudgetExhausted
            If the time limit is exceeded by far meanwhile, and the estimator can be stopped.
        """
        rule, overdue = self.problem.starvation, self.budget.overdue
        try:
            if self.budget.time_limit is not None and isinstance(self.estimator, Stoppable):
                estimates = list(self.estimator.estimate_unless(overdue, candidates, rule))
            else:
                estimates = list(self.estimator.estimate(candidates, rule))
        except Stopped:
            raise BudgetExhausted from None
        self.budget.spend(len(candidates))
        return estimates

    def planned(self, plan: GpuPlan) -> PlannedGpu:
        """A GPU of a placement with its profile and its adapters."""
        profile = self.problem.gpu_type(plan.profile_name).profile
        whole = self.adapters
        adapters = [
            whole[name] if share == 1 else self._part(name, share) for name, share in plan.shares
        ]
        return PlannedGpu(self.problem, plan, Candidate(profile, plan.config, tuple(adapters)))

    def _part(self, name: str, share: float) -> Adapter:
        """An adapter with a share of its traffic: one object, which estimators know again."""
        key = name, share
        if key not in self._parts:
            adapter = self.adapters[name]
            self._parts[key] = replace(adapter, rate=adapter.rate * share)
        return self._parts[key]

    def admissible(self, estimate: Estimate) -> bool:
        """Whether a GPU with this prediction may be used."""
        return (
            not estimate.memory_error
            and not self.starves(estimate)
            and self._in_time(estimate)
            and self.objective.admissible(estimate)
        )

    def starves(self, estimate: Estimate) -> bool:
        """Whether a GPU serves too little of its traffic, or is too likely to."""
        return self._fails(estimate, self.problem.max_starvation_probability)

    def _in_time(self, estimate: Estimate) -> bool:
        """Whether a GPU keeps the latency limits, where the objective does.

        Raises
        ------
        InputError
            If the estimator does not predict them.
        """
        if not keeps_limits(self.objective):
            return True
        limits = self.problem.latency_limits
        for name in limits.named:
            if math.isnan(getattr(estimate, f"{name}_p99")):
                raise InputError(
                    f"latency_limits.{name}",
                    f"the estimator does not predict the 99th percentile of {name.upper()}",
                    "use estimator=twin, or objective=gpu_count, which looks at no latency",
                )
        return not limits.broken(estimate)

    def may_pass(self, estimate: Estimate) -> bool:
        """Whether a prediction leaves open that a GPU may be used.

        By an estimator that does not scatter, what it says of starving and of the latency limits
        that the objective keeps. By one that does, see `may_serve`: how late a GPU near saturation
        is differs with the requests.
        """
        if scatters(self.estimator):
            return self.may_serve(estimate)
        in_time = not keeps_limits(self.objective) or not self.problem.latency_limits.broken(
            estimate
        )
        return in_time and not (estimate.memory_error or self.starves(estimate))

    def may_serve(self, estimate: Estimate) -> bool:
        """Whether a prediction leaves open that a GPU serves its traffic, whatever the objective.

        It does where starving is no likelier than not: under other arrivals, or by another
        estimator, such a GPU may well be admissible.
        """
        most = max(_EVEN_CHANCE, self.problem.max_starvation_probability)
        return not (estimate.memory_error or self._fails(estimate, most))

    def _fails(self, estimate: Estimate, most: float) -> bool:
        """Whether a GPU serves too little, or starves with more than some probability."""
        return (
            estimate.served_ratio < self.problem.starvation.threshold
            or estimate.starvation_probability > most
        )

    def value(self, gpus: Sequence[EvaluatedGpu]) -> tuple[float, ...]:
        """Value of a placement: the sum of its GPUs' costs for each component."""
        costs = zip(*(gpu.cost for gpu in gpus), strict=True)
        return tuple(math.fsum(component) for component in costs)

    def _evaluated(self, gpu: PlannedGpu, estimate: Estimate) -> EvaluatedGpu:
        cost = tuple(
            math.inf if math.isnan(c) else float(c) for c in self.objective.gpu_cost(gpu, estimate)
        )
        kept = not self.problem.rules or self.problem.rules.violation(gpu.plan.shares) is None
        return EvaluatedGpu(gpu, estimate, cost, kept and self.admissible(estimate))

    def _key(self, plan: GpuPlan, number: Callable[[str], int]) -> _Key:
        content = sorted([(number(name), share) for name, share in plan.shares])
        return plan.profile_name, plan.config, tuple(content)

    def _distinguish(self) -> Callable[[Adapter], Hashable] | None:
        """What makes adapters of a class different: rules, and what the objective says."""
        problem, rules = self.problem, self.problem.rules
        by_objective = getattr(self.objective, "distinguish", None)
        if not rules and by_objective is None:
            return None

        def distinguish(adapter: Adapter) -> Hashable:
            own = by_objective(problem, adapter) if by_objective is not None else None
            return rules.distinguish(adapter.name), own

        return distinguish
