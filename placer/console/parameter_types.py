"""Whether a value from a configuration file fits an annotated parameter."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

__all__ = ["describe_type", "fits_type"]

_ANY = (Any, object, Path)
_WORDS = {int: "an integer", float: "a number", bool: "true or false", str: "a text"}


def fits_type(value: Any, hint: Any) -> bool:
    """Whether a plain value (number, text, list, mapping, None) may be given for a parameter.

    Only what a configuration file can be wrong about is checked: numbers, texts, flags, choices
    and sequences of them. An object is written as a mapping with a ``_target_``. Any other
    annotation accepts everything, as the object itself checks.

    Examples
    --------
    >>> fits_type("abc", float | None), fits_type(3, float | None)
    (False, True)
    """
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return fits_type(value, typing.get_args(hint)[0])
    if origin in (typing.Union, types.UnionType):
        return any(fits_type(value, part) for part in typing.get_args(hint))
    if hint is None or hint is type(None):
        return value is None
    if origin is typing.Literal:
        return value in typing.get_args(hint)
    if hint in (int, float):
        number = isinstance(value, (int, float) if hint is float else int)
        return number and not isinstance(value, bool)
    if hint in (bool, str):
        return isinstance(value, hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return value in [text for member in hint for text in (member.value, member.name)]
    container = origin or hint
    if isinstance(container, type) and issubclass(container, Mapping):
        return isinstance(value, dict) and all(
            fits_type(part, accepted)
            for entry in value.items()
            for part, accepted in zip(entry, typing.get_args(hint), strict=False)
        )
    if container in (tuple, list) or container is typing.get_origin(typing.Sequence[int]):
        parts = [p for p in typing.get_args(hint) if p is not Ellipsis]
        uniform = len(parts) == 1
        return isinstance(value, list) and (
            not uniform or all(fits_type(item, parts[0]) for item in value)
        )
    is_plain = value is None or isinstance(value, (bool, int, float, str, list))
    return not (is_plain and isinstance(hint, type) and hint not in _ANY)


def describe_type(hint: Any) -> str:
    """What a parameter accepts, in words.

    Examples
    --------
    >>> describe_type(float | None)
    'a number or null'
    """
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return describe_type(typing.get_args(hint)[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(describe_type(part) for part in typing.get_args(hint))
    if hint is type(None):
        return "null"
    if origin is typing.Literal:
        return " or ".join(str(choice) for choice in typing.get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return " or ".join(str(member.value) for member in hint)
    if hint in _WORDS:
        return _WORDS[hint]
    parts = [p for p in typing.get_args(hint) if p is not Ellipsis]
    if isinstance(hint, type) and not issubclass(hint, (Mapping, Sequence)):
        return f"a mapping whose _target_ makes a {hint.__name__}"
    if issubclass(origin or hint, Mapping):
        of = f" of {describe_type(parts[0])} to {describe_type(parts[1])}" if parts else ""
        return f"a mapping{of}"
    return f"a list, each {describe_type(parts[0])}" if len(parts) == 1 else "a list"
