"""What if: the same placement, and the best one, under other conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from placer.gpu.evaluator import Evaluator
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.verification.judges import Judges
from twin.files.errors import InputError
from twin.workload.rank import legal_rank

__all__ = ["Change", "WhatIf", "what_if"]


@dataclass(frozen=True, slots=True)
class Change:
    """Other conditions.

    Parameters
    ----------
    rate_factor : float
        By which all request rates are multiplied, above 0.
    gpus : int or None
        Number of GPUs more, or fewer where it is negative, than the placement has; they are the
        most that may be used. None to leave the limit as it is.
    max_lora_rank : int or None
        Rank that all engines are started for at least.

    Raises
    ------
    InputError
        If a value is out of range.
    """

    rate_factor: float = 1.0
    gpus: int | None = None
    max_lora_rank: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.rate_factor < float("inf"):
            raise InputError("rate factor", f"{self.rate_factor!r} is not a positive number")
        if self.max_lora_rank is not None:
            try:
                legal_rank(self.max_lora_rank)
            except InputError as error:
                raise InputError("max_lora_rank", error.problem, error.accepted) from None

    @property
    def text(self) -> str:
        """The change in words."""
        parts = []
        if self.rate_factor != 1:
            parts.append(f"rates × {self.rate_factor:g}")
        if self.gpus is not None:
            number = abs(self.gpus)
            more = "more" if self.gpus > 0 else "fewer"
            parts.append(f"{number} GPU{'s' * (number != 1)} {more}")
        if self.max_lora_rank is not None:
            parts.append(f"max_lora_rank {legal_rank(self.max_lora_rank)}")
        return ", ".join(parts) or "no change"

    def problem(self, problem: Problem, num_gpus: int) -> Problem:
        """The problem under these conditions.

        Parameters
        ----------
        problem : Problem
        num_gpus : int
            GPUs of the placement.

        Raises
        ------
        InputError
            If no GPU is left, or an adapter fits on no GPU any more.
        """
        changed = problem
        if self.rate_factor != 1:
            adapters = tuple(
                replace(a, rate=a.rate * self.rate_factor) for a in problem.workload.adapters
            )
            workload = replace(problem.workload, adapters=adapters)
            changed = replace(changed, workload=workload)
        if self.gpus is not None:
            if num_gpus + self.gpus < 1:
                raise InputError("GPUs", f"{self.gpus:+d} leaves none of {num_gpus}")
            changed = replace(changed, max_gpus=num_gpus + self.gpus)
        if self.max_lora_rank is not None:
            rank = max(legal_rank(self.max_lora_rank), problem.rules.max_lora_rank)
            changed = replace(changed, rules=replace(problem.rules, max_lora_rank=rank))
        return changed

    def plan(self, plan: GpuPlan) -> GpuPlan:
        """A GPU of the placement under these conditions."""
        if self.max_lora_rank is None or not plan.config.max_loras:
            return plan
        rank = max(plan.config.max_lora_rank, legal_rank(self.max_lora_rank))
        return replace(plan, config=replace(plan.config, max_lora_rank=rank))


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would happen under other conditions.

    Parameters
    ----------
    change : Change
    failing : tuple of str or None
        GPUs that would starve or not start if the placement stayed as it is; None where it could
        not stay, since there are not enough GPUs.
    result : Result
        The best placement that was found then.
    num_gpus : int
        GPUs of that placement.
    """

    change: Change
    failing: tuple[str, ...] | None
    result: Result
    num_gpus: int


def what_if(
    judges: Judges, placement: Placement, change: Change, search: Callable[[Problem], Result]
) -> WhatIf:
    """Judge a placement under other conditions, and place anew.

    Parameters
    ----------
    judges : Judges
        Of the problem that was solved; see `placer.explain.judge.twin_judges`.
    placement : Placement
        What was found for it.
    change : Change
        What is different.
    search : callable
        Solves a problem, such as by `placer.solve`.

    Raises
    ------
    InputError
        If the problem cannot be stated under these conditions: an adapter fits on no GPU any more,
        or no GPU is left.
    """
    number = judges.quick.problem.num_gpus(plan.profile_name for plan in placement.gpus)
    problem = change.problem(judges.quick.problem, number)
    failing = None
    limit = problem.gpu_limit
    if limit is None or len(placement.gpus) <= limit:
        judge = judges.strict
        changed = Evaluator(
            judge.estimator, judge.objective, change.problem(judge.problem, number)
        )
        gpus = changed.evaluate([change.plan(plan) for plan in placement.gpus])
        failing = tuple(
            name for name, gpu in zip(placement.names, gpus, strict=True) if not gpu.admissible
        )
    result = search(problem)
    used = problem.num_gpus(plan.profile_name for plan in result.placement.gpus)
    return WhatIf(change, failing, result, used)
