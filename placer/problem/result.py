"""Result: the placement that was found, how good it is, and how that was checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from estimators.base import Estimate
from placer.problem.json_fields import (
    read_list,
    read_text,
    read_whole,
    require_keys,
    require_version,
)
from placer.problem.json_numbers import from_json_number, to_json_number
from placer.problem.placement import Placement
from twin.files.errors import InputError

__all__ = ["SCHEMA_VERSION", "GpuFigures", "Result", "SolveStatus", "Verification"]

SCHEMA_VERSION = 1
"""Version of the plain form; it changes when a reader would have to."""


class SolveStatus(StrEnum):
    """How a search ended."""

    OPTIMAL = "optimal"
    """The value equals the lower bound."""
    FEASIBLE = "feasible"
    """Every adapter is placed; nothing is proven about the value."""
    INFEASIBLE = "infeasible"
    """No admissible placement of all adapters was found; the reason says whether none exists."""
    TIME_LIMIT = "time_limit"
    """The budget was spent first; the placement is the best so far."""
    INTERRUPTED = "interrupted"
    """The user stopped the search; the placement is the best so far."""


@dataclass(frozen=True, slots=True)
class GpuFigures:
    """What one GPU of a placement is predicted to do.

    Parameters
    ----------
    estimate : Estimate
        By the twin over several seeds where the result was verified, else by the estimator.
    cost : tuple of float
        From the objective and the strategy's estimator.
    binding : str
        What limits the GPU: ``"KV memory"``, ``"slots"``, ``"batch size"`` or ``"compute"``; empty
        where it was not determined.
    headroom : float
        Traffic that can still be added before the GPU starves, relative to what it has: 0.2 means
        that all rates may grow by 20 %. NaN where it was not determined.
    burst_starvation_probability : float
        Probability of starving where arrivals are burstier than assumed; NaN where that was not
        tested.
    """

    estimate: Estimate
    cost: tuple[float, ...]
    binding: str = ""
    headroom: float = float("nan")
    burst_starvation_probability: float = float("nan")


@dataclass(frozen=True, slots=True)
class Verification:
    """How a placement was checked by the twin.

    Parameters
    ----------
    duration : float
        Simulated seconds of every GPU under every seed.
    seeds : tuple of int
        Seeds of the arrivals, other than the search used.
    arrival_cv : float or None
        Coefficient of variation of the gaps between requests that was tested too; None for none.
    starved, memory_errors, rejected : tuple of int
        Positions of the GPUs that starve, do not start, or are rejected by the objective, after
        repair.
    num_moved : int
        Adapters that were moved, in full or in part, to repair GPUs that starved.
    num_opened : int
        GPUs that were added for them.
    """

    duration: float
    seeds: tuple[int, ...]
    arrival_cv: float | None = None
    starved: tuple[int, ...] = ()
    memory_errors: tuple[int, ...] = ()
    rejected: tuple[int, ...] = ()
    num_moved: int = 0
    num_opened: int = 0

    @property
    def passed(self) -> bool:
        """Whether there are no such GPUs."""
        return not (self.starved or self.memory_errors or self.rejected)


@dataclass(frozen=True, slots=True)
class Result:
    """Outcome of a search.

    Parameters
    ----------
    placement : Placement
        The best found; adapters that it does not serve are in its ``unplaced``.
    value : tuple of float
        Sum of the GPUs' costs; compared lexicographically.
    lower_bound : tuple of float
        No admissible placement has a smaller value, by the estimator in use.
    bound : str
        What the lower bound rests on.
    status : SolveStatus
    reason : str
        Why, where the status is not optimal or feasible.
    runtime : float
        Seconds, with verification.
    num_estimates : int
        Candidates that the estimator was asked for in the search.
    seed : int
        Seed of the strategy.
    strategy, objective : str
        Class and parameters.
    gpus : tuple of GpuFigures
        One for each GPU of the placement.
    verification : Verification or None
        How the placement was checked; None if it was not.
    answered_by : tuple of (str, int)
        Who answered how many candidates in the search, for an estimator that combines several.
    """

    placement: Placement
    value: tuple[float, ...]
    lower_bound: tuple[float, ...]
    bound: str
    status: SolveStatus
    reason: str
    runtime: float
    num_estimates: int
    seed: int
    strategy: str
    objective: str
    gpus: tuple[GpuFigures, ...]
    verification: Verification | None = None
    answered_by: tuple[tuple[str, int], ...] = ()

    @property
    def gap(self) -> float:
        """(value - bound) / abs(value) in the first component in which they differ, else 0."""
        for value, bound in zip(self.value, self.lower_bound, strict=True):
            if value != bound:
                return (value - bound) / abs(value) if value else float("inf")
        return 0.0

    @property
    def verified(self) -> bool:
        """Whether the twin checked the placement and found nothing wrong."""
        return self.verification is not None and self.verification.passed

    def is_feasible(self) -> bool:
        """Whether all adapters are placed on GPUs that serve them, as far as was checked."""
        complete = bool(self.placement.gpus) and not self.placement.unplaced
        complete = complete and self.status is not SolveStatus.INFEASIBLE
        return complete and (self.verification is None or self.verification.passed)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, with a ``schema_version``."""
        return {
            "schema_version": SCHEMA_VERSION,
            "placement": self.placement.to_dict(),
            "value": [to_json_number(v) for v in self.value],
            "lower_bound": [to_json_number(v) for v in self.lower_bound],
            "bound": self.bound,
            "gap": to_json_number(self.gap),
            "status": self.status.value,
            "reason": self.reason,
            "runtime": self.runtime,
            "num_estimates": self.num_estimates,
            "seed": self.seed,
            "strategy": self.strategy,
            "objective": self.objective,
            "gpus": [_figures_to_dict(figures) for figures in self.gpus],
            "verification": self.verification and dataclasses.asdict(self.verification),
            "answered_by": dict(self.answered_by),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Result:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            If the schema version is another, or a key is missing, unknown or of the wrong type.
        """
        require_version(data, SCHEMA_VERSION, "result")
        require_keys(data, _KEYS, "result")
        status = data["status"]
        if status not in [member.value for member in SolveStatus]:
            known = ", ".join(member.value for member in SolveStatus)
            raise InputError("result, status", f"{status!r} is unknown", f"accepted: {known}")
        return cls(
            placement=Placement.from_dict(data["placement"], "result, placement"),
            value=_read_numbers(data["value"], "result, value"),
            lower_bound=_read_numbers(data["lower_bound"], "result, lower_bound"),
            bound=read_text(data["bound"], "result, bound"),
            status=SolveStatus(status),
            reason=read_text(data["reason"], "result, reason"),
            runtime=from_json_number(data["runtime"], "result, runtime"),
            num_estimates=read_whole(data["num_estimates"], "result, num_estimates"),
            seed=read_whole(data["seed"], "result, seed"),
            strategy=read_text(data["strategy"], "result, strategy"),
            objective=read_text(data["objective"], "result, objective"),
            gpus=tuple(
                _read_figures(entry, f"result, gpus[{index}]")
                for index, entry in enumerate(read_list(data["gpus"], "result, gpus"))
            ),
            verification=_read_verification(data["verification"], "result, verification"),
            answered_by=_read_counts(data["answered_by"], "result, answered_by"),
        )


_KEYS = (
    *("schema_version", "placement", "value", "lower_bound", "bound", "gap", "status", "reason"),
    *("runtime", "num_estimates", "seed", "strategy", "objective", "gpus", "verification"),
    "answered_by",
)
_ESTIMATE = Estimate._fields


def _figures_to_dict(figures: GpuFigures) -> dict[str, Any]:
    estimate = figures.estimate
    numbers = {
        name: estimate.memory_error if name == "memory_error" else to_json_number(number)
        for name, number in ((name, getattr(estimate, name)) for name in _ESTIMATE)
    }
    return {
        "estimate": numbers,
        "cost": [to_json_number(v) for v in figures.cost],
        "binding": figures.binding,
        "headroom": to_json_number(figures.headroom),
        "burst_starvation_probability": to_json_number(figures.burst_starvation_probability),
    }


def _read_figures(data: Any, where: str) -> GpuFigures:
    keys = ("estimate", "cost", "binding", "headroom", "burst_starvation_probability")
    require_keys(data, keys, where)
    numbers = data["estimate"]
    require_keys(numbers, _ESTIMATE, f"{where}, estimate")
    values: dict[str, Any] = {
        name: from_json_number(numbers[name], f"{where}, estimate, {name}")
        for name in _ESTIMATE
        if name != "memory_error"
    }
    if not isinstance(numbers["memory_error"], bool):
        raise InputError(f"{where}, estimate, memory_error", "it is neither true nor false")
    return GpuFigures(
        Estimate(**values, memory_error=numbers["memory_error"]),
        _read_numbers(data["cost"], f"{where}, cost"),
        read_text(data["binding"], f"{where}, binding"),
        from_json_number(data["headroom"], f"{where}, headroom"),
        from_json_number(
            data["burst_starvation_probability"], f"{where}, burst_starvation_probability"
        ),
    )


def _read_verification(data: Any, where: str) -> Verification | None:
    if data is None:
        return None
    names = [field.name for field in dataclasses.fields(Verification)]
    require_keys(data, names, where)
    values: dict[str, Any] = {
        name: tuple(read_whole(v, f"{where}, {name}") for v in read_list(data[name], where))
        for name in ("seeds", "starved", "memory_errors", "rejected")
    }
    cv = data["arrival_cv"]
    return Verification(
        duration=from_json_number(data["duration"], f"{where}, duration"),
        arrival_cv=None if cv is None else from_json_number(cv, f"{where}, arrival_cv"),
        num_moved=read_whole(data["num_moved"], f"{where}, num_moved"),
        num_opened=read_whole(data["num_opened"], f"{where}, num_opened"),
        **values,
    )


def _read_numbers(value: Any, where: str) -> tuple[float, ...]:
    return tuple(from_json_number(number, where) for number in read_list(value, where))


def _read_counts(value: Any, where: str) -> tuple[tuple[str, int], ...]:
    if not isinstance(value, Mapping):
        raise InputError(where, f"{value!r} is not a mapping")
    return tuple((name, read_whole(number, f"{where}, {name}")) for name, number in value.items())
