"""Fields of JSON files, checked while they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from twin.files.errors import InputError

__all__ = [
    "read_list",
    "read_mapping",
    "read_number",
    "read_text",
    "read_whole",
    "require_keys",
    "require_version",
]


def require_keys(data: Any, keys: Sequence[str], where: str) -> None:
    """Refuse what is no mapping with exactly these keys.

    Raises
    ------
    InputError
        If it is no mapping, or a key is missing or unknown.
    """
    if not isinstance(data, Mapping):
        raise InputError(where, "it is not a mapping", f"keys: {', '.join(keys)}")
    for key in keys:
        if key not in data:
            raise InputError(where, f"{key} is missing")
    for key in data:
        if key not in keys:
            raise InputError(where, f"unknown key {key!r}", f"accepted: {', '.join(keys)}")


def require_version(data: Any, version: int, where: str) -> None:
    """Refuse the plain form of another version.

    Raises
    ------
    InputError
        If ``schema_version`` is another or missing.
    """
    found = data.get("schema_version") if isinstance(data, Mapping) else None
    if found != version:
        raise InputError(
            f"{where}, schema_version",
            f"{found!r} is not the version that this release reads",
            f"version {version}; place again to get a file of it",
        )


def read_list(value: Any, where: str) -> list[Any]:
    """A list, or `InputError`."""
    if not isinstance(value, list):
        raise InputError(where, f"{value!r} is not a list")
    return value


def read_mapping(value: Any, where: str) -> Mapping[str, Any]:
    """A mapping whose keys are texts, or `InputError`."""
    if not isinstance(value, Mapping):
        raise InputError(where, f"{value!r} is not a mapping")
    for key in value:
        read_text(key, f"{where}, key")
    return value


def read_text(value: Any, where: str) -> str:
    """A text, or `InputError`."""
    if not isinstance(value, str):
        raise InputError(where, f"{value!r} is not a text")
    return value


def read_number(value: Any, where: str) -> float:
    """A number, or `InputError`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(where, f"{value!r} is not a number")
    return float(value)


def read_whole(value: Any, where: str) -> int:
    """A whole number, or `InputError`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(where, f"{value!r} is not a whole number")
    return value
