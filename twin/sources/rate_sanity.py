"""Whether the rates of a file can be requests per second, and in which unit they are otherwise."""

from __future__ import annotations

import math
import warnings
from collections.abc import Collection
from statistics import median
from typing import Literal

from twin.files.errors import InputError, ToolkitWarning
from twin.workload.adapter import Adapter

__all__ = ["MOST_OF_ALL", "PER_SECOND", "RateUnit", "check_rate", "in_gpus", "warn_of_total"]

RateUnit = Literal["s", "min", "h"]

PER_SECOND: dict[RateUnit, float] = {"s": 1.0, "min": 1 / 60, "h": 1 / 3600}
"""Requests/s that one request in each unit is."""

_GPU = 10_000.0  # tokens/s that an H100 serves of a model with 8B parameters, about
_MOST_OF_ONE = 5 * _GPU
MOST_OF_ALL = 10 * _GPU
_LEAST_OF_ALL = 0.01  # requests/s
_FEWEST_SHARES = 8  # adapters from which a sum of 1 is no chance
_REMEDY = (
    "say rate_unit=s if that is meant, min or h if it is per minute or hour "
    "(at the command line: workload.rate_unit=...)"
)


def check_rate(where: str, adapter: Adapter) -> None:
    """Ask about a rate that is too high for requests per second of one adapter.

    Parameters
    ----------
    where : str
        File, row and column, for the message.
    adapter : Adapter
        With the rate as it would be taken.

    Raises
    ------
    InputError
        If one adapter alone would need many GPUs.
    """
    if adapter.token_rate > _MOST_OF_ONE:
        problem = f"it would be {adapter.rate:g} requests/s for one adapter"
        raise InputError(where, f"{problem}, {in_gpus(adapter.token_rate)}", _REMEDY)


def warn_of_total(where: str, adapters: Collection[Adapter], values: Collection[float]) -> None:
    """Warn of rates that together are unlike requests per second.

    Parameters
    ----------
    where : str
        File and column, for the message.
    adapters : collection of Adapter
        With the rates as they are taken.
    values : collection of float
        As they stand in the file.

    Raises
    ------
    InputError
        If they would need many GPUs, and most adapters more than one each.

    Warns
    -----
    ToolkitWarning
        If they would need many GPUs, are hardly any, or sum to 1 or 100 as shares do.
    """
    rate = math.fsum(adapter.rate for adapter in adapters)
    tokens = math.fsum(adapter.token_rate for adapter in adapters)
    total = math.fsum(values)
    problem = ""
    if tokens > MOST_OF_ALL:
        problem = f"they are {rate:.4g} requests/s together, {in_gpus(tokens)}"
        usual = median(adapter.token_rate for adapter in adapters)
        if usual > _GPU:
            raise InputError(where, f"{problem}, most adapters more than one each", _REMEDY)
    elif rate < _LEAST_OF_ALL:
        problem = f"they are {rate:.4g} requests/s together, {rate * 3600:.3g} in an hour"
    elif len(values) >= _FEWEST_SHARES and len(set(values)) > 1:
        for whole in (1.0, 100.0):
            if math.isclose(total, whole, rel_tol=1e-6):
                problem = f"they sum to {whole:g}, as shares do, and are taken as requests/s"
    if problem:
        warnings.warn(f"{where}: {problem}; {_REMEDY}", ToolkitWarning, stacklevel=3)


def in_gpus(tokens: float) -> str:
    """Tokens/s in words."""
    return f"{tokens:,.0f} tokens/s, which take about {tokens / _GPU:.0f} GPUs such as an H100"
