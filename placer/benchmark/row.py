"""Row: what one strategy did with one instance."""

from __future__ import annotations

from dataclasses import dataclass

from placer.problem.result import SolveStatus
from placer.search.search import same_values

__all__ = ["Row"]

_ENDED_EARLY = (SolveStatus.TIME_LIMIT, SolveStatus.UNCHECKED, SolveStatus.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Row:
    """What one strategy did with one instance.

    Parameters
    ----------
    instance, family : str
    num_adapters : int
    rule : str
        By which GPUs starve; one of `placer.benchmark.instance.RULES`.
    strategy, objective, estimator : str
        Options of the configuration groups.
    gpus : int
        After verification, which repairs what starves; baselines are not repaired.
    value, lower_bound : tuple of float
    bound : str
        What the bound rests on.
    gap : float
        Infinite where no placement was found.
    status, reason : str
    feasible : bool
        Whether all adapters are placed on GPUs that passed whatever check there was.
    runtime_s : float
        Seconds, with verification.
    max_estimates : float
        Candidates that the estimator might be asked for; infinite without a limit.
    num_estimates : int
        Candidates that it was asked for.
    verified : bool
        Whether the twin found nothing wrong.
    starved_gpus, memory_errors : int
        GPUs that fail verification.
    moved : int
        Adapters that were moved by repair.
    """

    instance: str
    family: str
    num_adapters: int
    rule: str
    strategy: str
    objective: str
    estimator: str
    gpus: int
    value: tuple[float, ...]
    lower_bound: tuple[float, ...]
    bound: str
    gap: float
    status: str
    reason: str
    feasible: bool
    runtime_s: float
    max_estimates: float
    num_estimates: int
    verified: bool
    starved_gpus: int
    memory_errors: int
    moved: int

    @property
    def ended_by_itself(self) -> bool:
        """Whether a larger limit on the estimates would have changed nothing."""
        return self.num_estimates < self.max_estimates and self.status not in _ENDED_EARLY

    @property
    def optimal(self) -> bool:
        """Whether the placement is feasible and its value equals its bound."""
        return self.feasible and same_values(self.value, self.lower_bound)
