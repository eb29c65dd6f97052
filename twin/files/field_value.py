"""Values of fields in input files: from text or plain data to numbers and names."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from difflib import get_close_matches

from twin.files.errors import InputError

__all__ = ["check_columns", "to_name", "to_number", "to_positive"]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def to_number(where: str, value: object, accepted: str) -> float:
    """A finite number.

    Parameters
    ----------
    where : str
        File, row and column for the message.
    value : object
        Text or number.
    accepted : str
        What the column accepts, for the message.

    Raises
    ------
    InputError
        If the value is no number, or not finite.
    """
    number = math.nan
    if isinstance(value, str):
        if _NUMBER.fullmatch(value.strip()):
            number = float(value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        number = float(value) if abs(value) < 1e300 else math.inf
    if not math.isfinite(number):
        raise InputError(where, f"{value!r} is not a number", accepted)
    return number


def to_positive(where: str, value: object) -> float:
    """A positive number.

    Raises
    ------
    InputError
        If the value is no number, not finite, zero or negative.
    """
    accepted = "a positive number"
    number = to_number(where, value, accepted)
    if number <= 0:
        raise InputError(where, f"{value!r} is not positive", accepted)
    return number


def to_name(where: str, value: object) -> str:
    """A name that is not empty; numbers in YAML and JSON are taken as texts.

    Raises
    ------
    InputError
        If the value is empty or no text.
    """
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        name = str(value).strip()
        if name and name.isprintable():
            return name
    accepted = "give a text that is not empty and can be printed"
    raise InputError(where, f"{value!r} is not a name", accepted)


def check_columns(
    where: str,
    names: Collection[str],
    required: Collection[str],
    accepted: Collection[str] | None = None,
) -> None:
    """Check the names of the columns or keys of a file.

    Parameters
    ----------
    where : str
        File and row for the message.
    names : collection of str
        What the file has.
    required, accepted : collection of str
        What it must have, and what it may have; None for anything.

    Raises
    ------
    InputError
        If a name is missing, not accepted, or appears twice.
    """
    for name in names:
        if accepted is not None and name not in accepted:
            near = get_close_matches(str(name), accepted, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise InputError(
                where, f"unknown column {name!r}", f"{hint}accepted: {', '.join(accepted)}"
            )
    for name in (*required, *(() if accepted is None else accepted)):
        if list(names).count(name) > 1:
            raise InputError(where, f"column {name!r} appears twice", "rename one")
    for name in required:
        if name not in names:
            raise InputError(
                where, f"column {name!r} is missing", f"needed: {', '.join(required)}"
            )
