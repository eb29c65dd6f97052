"""The tightest of several bounds, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from estimators.base import Estimate
from placer.bounds.traffic_levels import Figure
from placer.objectives.objective import Objective, Relaxation
from placer.problem.problem import Problem
from twin.workload.adapter import Adapter

__all__ = ["Bound", "NamedRelaxation", "tightest_bound"]


@dataclass(frozen=True, slots=True)
class Bound:
    """A value that no admissible placement can go below.

    Parameters
    ----------
    value : tuple of float
        One component for each of the objective's.
    name : str
        What it rests on.
    """

    value: tuple[float, ...]
    name: str


class NamedRelaxation(Relaxation, Protocol):
    """A relaxation with a name for reports."""

    @property
    def name(self) -> str: ...


def tightest_bound(
    objective: Objective, problem: Problem, relaxations: Iterable[NamedRelaxation]
) -> Bound:
    """Largest bound that the objective derives from any of some relaxations.

    Its name is that of the relaxation, "idle engines" where the objective looked at these, both
    where it did both, and empty where it asked for neither.
    """
    best: Bound | None = None
    for relaxation in relaxations:
        watched = _Watched(relaxation)
        value = objective.lower_bound(problem, watched)
        if best is None or value > best.value:
            best = Bound(value, ", ".join(watched.asked))
    if best is None:
        raise ValueError("There is no relaxation.")
    return best


class _Watched:
    """A relaxation that notes what it is asked for."""

    def __init__(self, relaxation: NamedRelaxation) -> None:
        self._relaxation = relaxation
        self.asked: dict[str, None] = {}

    @property
    def min_gpus(self) -> int:
        self.asked[self._relaxation.name] = None
        return self._relaxation.min_gpus

    def least(self, weights: Mapping[str, float]) -> float:
        self.asked[self._relaxation.name] = None
        return self._relaxation.least(weights)

    def idle(self, adapter: Adapter) -> list[Estimate]:
        self.asked["idle engines"] = None
        return self._relaxation.idle(adapter)

    def shared(self, figure: Figure, *, per_request: bool, fewest: int = 1) -> float:
        self.asked[self._relaxation.name] = self.asked["shared traffic"] = None
        return self._relaxation.shared(figure, per_request=per_request, fewest=fewest)
