"""Numbers in JSON, which has no infinities and no NaN."""

from __future__ import annotations

import math
from typing import Any

from placer.problem.json_fields import read_list
from twin.files.errors import InputError

__all__ = ["finite", "from_json_number", "read_numbers", "to_json_number"]

_NAMES = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def finite(value: Any) -> Any:
    """The value, or None for a number that JSON does not have."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def to_json_number(value: float) -> float | str:
    """The number itself where JSON has it, else ``"nan"``, ``"inf"`` or ``"-inf"``."""
    return value if math.isfinite(value) else str(float(value))


def from_json_number(value: object, where: str = "number") -> float:
    """Read what `to_json_number` wrote.

    Raises
    ------
    InputError
        If it is not a number.
    """
    if isinstance(value, str) and value in _NAMES:
        return _NAMES[value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(where, f"{value!r} is not a number", f"or {', '.join(_NAMES)}")
    return float(value)


def read_numbers(value: object, where: str) -> tuple[float, ...]:
    """A list of what `to_json_number` wrote.

    Raises
    ------
    InputError
        If it is no list, or holds anything else.
    """
    return tuple(from_json_number(number, where) for number in read_list(value, where))
