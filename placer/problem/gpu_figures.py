"""Figures of one GPU of a result: what it is predicted to do, and what limits it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from estimators.base import Estimate
from placer.problem.json_fields import read_text, require_keys
from placer.problem.json_numbers import from_json_number, read_numbers, to_json_number
from twin.files.errors import InputError

__all__ = ["GpuFigures"]

_KEYS = ("estimate", "cost", "binding", "headroom", "burst_starvation_probability")
_ESTIMATE = Estimate._fields


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

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        numbers = {
            name: number if name == "memory_error" else to_json_number(number)
            for name, number in self.estimate._asdict().items()
        }
        return {
            "estimate": numbers,
            "cost": [to_json_number(v) for v in self.cost],
            "binding": self.binding,
            "headroom": to_json_number(self.headroom),
            "burst_starvation_probability": to_json_number(self.burst_starvation_probability),
        }

    @classmethod
    def from_dict(cls, data: Any, where: str) -> GpuFigures:
        """Read what `to_dict` wrote.

        Parameters
        ----------
        data : object
        where : str
            Its place in a file, for messages.

        Raises
        ------
        InputError
            If a key is missing, unknown or of the wrong type.
        """
        require_keys(data, _KEYS, where)
        burst = "burst_starvation_probability"
        return cls(
            _read_estimate(data["estimate"], f"{where}, estimate"),
            read_numbers(data["cost"], f"{where}, cost"),
            read_text(data["binding"], f"{where}, binding"),
            from_json_number(data["headroom"], f"{where}, headroom"),
            from_json_number(data[burst], f"{where}, {burst}"),
        )


def _read_estimate(data: Any, where: str) -> Estimate:
    require_keys(data, _ESTIMATE, where)
    values: dict[str, Any] = {
        name: from_json_number(data[name], f"{where}, {name}")
        for name in _ESTIMATE
        if name != "memory_error"
    }
    if not isinstance(data["memory_error"], bool):
        raise InputError(f"{where}, memory_error", "it is neither true nor false")
    return Estimate(**values, memory_error=data["memory_error"])
