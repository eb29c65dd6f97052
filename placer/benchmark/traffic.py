"""Traffic of an instance: the lengths and arrivals that adapters share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from placer.problem.json_fields import read_list, read_number, read_text
from twin.files.errors import InputError
from twin.sources.sharegpt import sharegpt_lengths
from twin.workload.arrivals import ArrivalProcess, BurstyArrivals, renewal_arrivals
from twin.workload.lengths import (
    CopulaLengths,
    FixedLength,
    LengthDistribution,
    LengthModel,
    LogNormalLength,
    QuantileLength,
)

__all__ = ["PROBABILITIES", "Traffic"]

PROBABILITIES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)
"""Probabilities of the quantiles that describe a length."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What adapters have in common but for rank and rate.

    Parameters
    ----------
    lengths : LengthModel
    arrivals : ArrivalProcess
    base_model : str
    """

    lengths: LengthModel
    arrivals: ArrivalProcess
    base_model: str = ""

    @classmethod
    def from_dict(cls, data: Any, where: str) -> Traffic:
        """Traffic from plain data.

        ``sharegpt`` names the model whose tokens are counted; otherwise ``prompt`` and ``output``
        are a mean and a standard deviation in tokens (0: all alike), or quantiles at
        `PROBABILITIES`. ``cv`` is the coefficient of variation of the gaps, 1 (Poisson) by
        default; with a ``relaxation`` in seconds, the dispersion of `BurstyArrivals`.

        Raises
        ------
        InputError
            If a key is unknown or a value is wrong.
        """
        accepted = ("sharegpt", "prompt", "output", "cv", "relaxation", "base_model")
        if not isinstance(data, Mapping):
            raise InputError(where, "it is not a mapping", f"keys: {', '.join(accepted)}")
        for key in data:
            if key not in accepted:
                raise InputError(where, f"unknown key {key!r}", f"accepted: {', '.join(accepted)}")
        cv = read_number(data.get("cv", 1.0), f"{where}, cv")
        arrivals: ArrivalProcess = renewal_arrivals(cv)
        if "relaxation" in data:
            relaxation = read_number(data["relaxation"], f"{where}, relaxation")
            arrivals = BurstyArrivals(cv, relaxation)
        return cls(
            _lengths(data, where),
            arrivals,
            read_text(data.get("base_model", ""), f"{where}, base_model"),
        )


def _lengths(data: Mapping[str, Any], where: str) -> LengthModel:
    if "sharegpt" in data:
        return sharegpt_lengths(data["sharegpt"])
    for key in ("prompt", "output"):
        if key not in data:
            raise InputError(where, f"{key} is missing", "or give sharegpt: MODEL")
    return CopulaLengths(
        _length(data["prompt"], f"{where}, prompt"), _length(data["output"], f"{where}, output")
    )


def _length(value: Any, where: str) -> LengthDistribution:
    numbers = [read_number(number, where) for number in read_list(value, where)]
    if len(numbers) == len(PROBABILITIES):
        return QuantileLength(PROBABILITIES, tuple(numbers))
    if len(numbers) != 2:
        raise InputError(
            where,
            f"{value} is no length",
            f"mean and deviation, or {len(PROBABILITIES)} quantiles",
        )
    mean, deviation = numbers
    return FixedLength(mean) if deviation == 0 else LogNormalLength(mean, deviation)
