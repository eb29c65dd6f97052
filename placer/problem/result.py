"""Result: the placement that was found, and how good it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from placer.problem.gpu_figures import GpuFigures
from placer.problem.json_fields import (
    read_list,
    read_text,
    read_whole,
    require_keys,
    require_version,
)
from placer.problem.json_numbers import from_json_number, read_numbers, to_json_number
from placer.problem.placement import Placement
from placer.problem.verification_record import Verification
from twin.files.errors import InputError

__all__ = ["SCHEMA_VERSION", "Result", "SolveStatus"]

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
    UNCHECKED = "unchecked"
    """It ended before the estimator was asked for any complete placement; this one follows rules
    of thumb, and nothing says that its GPUs serve their adapters."""
    INTERRUPTED = "interrupted"
    """The user stopped the search; the placement is the best so far."""


@dataclass(frozen=True, slots=True)
class Result:
    """Outcome of a search.

    Parameters
    ----------
    placement : Placement
        The best found; adapters that it does not serve are in its ``unplaced``.
    value : tuple of float
        Sum of the GPUs' costs; compared lexicographically. Infinite where it is not known.
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
        """(value - bound) / abs(value) in the first component; the others only break ties."""
        value, bound = next(zip(self.value, self.lower_bound, strict=True), (0.0, 0.0))
        if math.isinf(value):
            return math.inf
        if value == bound:
            return 0.0
        return (value - bound) / abs(value) if value else math.inf

    @property
    def verified(self) -> bool:
        """Whether all adapters are placed, and the twin tested each GPU and found no fault."""
        return self.is_feasible() and self.verification is not None and self.verification.is_proof

    def is_feasible(self) -> bool:
        """Whether all adapters are placed on GPUs that serve them, as far as was checked."""
        complete = bool(self.placement.gpus) and not self.placement.unplaced
        unfit = SolveStatus.INFEASIBLE, SolveStatus.UNCHECKED
        complete = complete and self.status not in unfit
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
            "gpus": [figures.to_dict() for figures in self.gpus],
            "verification": self.verification and self.verification.to_dict(),
            "answered_by": dict(self.answered_by),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Result:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            If the schema version is another, a key is missing, unknown or of the wrong type, or
            the figures are not those of the placement.
        """
        require_version(data, SCHEMA_VERSION, "result")
        require_keys(data, _KEYS, "result")
        status = data["status"]
        if status not in [member.value for member in SolveStatus]:
            known = ", ".join(member.value for member in SolveStatus)
            raise InputError("result, status", f"{status!r} is unknown", f"accepted: {known}")
        result = cls(
            placement=Placement.from_dict(data["placement"], "result, placement"),
            value=read_numbers(data["value"], "result, value"),
            lower_bound=read_numbers(data["lower_bound"], "result, lower_bound"),
            bound=read_text(data["bound"], "result, bound"),
            status=SolveStatus(status),
            reason=read_text(data["reason"], "result, reason"),
            runtime=from_json_number(data["runtime"], "result, runtime"),
            num_estimates=read_whole(data["num_estimates"], "result, num_estimates"),
            seed=read_whole(data["seed"], "result, seed"),
            strategy=read_text(data["strategy"], "result, strategy"),
            objective=read_text(data["objective"], "result, objective"),
            gpus=tuple(
                GpuFigures.from_dict(entry, f"result, gpus[{index}]")
                for index, entry in enumerate(read_list(data["gpus"], "result, gpus"))
            ),
            verification=None
            if data["verification"] is None
            else Verification.from_dict(data["verification"], "result, verification"),
            answered_by=_read_counts(data["answered_by"], "result, answered_by"),
        )
        _check_same_size(result)
        return result


_KEYS = (
    *("schema_version", "placement", "value", "lower_bound", "bound", "gap", "status", "reason"),
    *("runtime", "num_estimates", "seed", "strategy", "objective", "gpus", "verification"),
    "answered_by",
)


def _read_counts(value: Any, where: str) -> tuple[tuple[str, int], ...]:
    if not isinstance(value, Mapping):
        raise InputError(where, f"{value!r} is not a mapping")
    return tuple((name, read_whole(number, f"{where}, {name}")) for name, number in value.items())


def _check_same_size(result: Result) -> None:
    """Refuse figures of other GPUs than the placement has, and values that cannot be compared."""
    number = len(result.placement.gpus)
    if len(result.gpus) != number:
        raise InputError("result, gpus", f"{len(result.gpus)} of them", f"{number}, as are placed")
    width = len(result.value)
    if len(result.lower_bound) != width:
        raise InputError(
            "result, lower_bound", f"it has {len(result.lower_bound)} numbers", f"{width}"
        )
    for index, figures in enumerate(result.gpus):
        if len(figures.cost) != width:
            where = f"result, gpus[{index}], cost"
            raise InputError(
                where, f"it has {len(figures.cost)} numbers", f"{width}, as the value"
            )
    if result.verification is not None:
        checked = result.verification
        for index in (
            *checked.starved,
            *checked.memory_errors,
            *checked.rejected,
            *checked.untested,
        ):
            if not 0 <= index < number:
                raise InputError("result, verification", f"{index} is the number of no GPU")
