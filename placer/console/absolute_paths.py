"""Absolute paths: so that a configuration still finds its files from another folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["with_absolute_paths"]


def with_absolute_paths(data: Any) -> Any:
    """Plain data in which the texts that name an existing file give its absolute path.

    Only texts with a dot or a slash count; keys that start with an underscore are left alone.

    Parameters
    ----------
    data : object
        Mappings, lists and plain values.
    """
    if isinstance(data, dict):
        return {
            key: value if str(key).startswith("_") else with_absolute_paths(value)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [with_absolute_paths(value) for value in data]
    if isinstance(data, str) and ("." in data or "/" in data) and _is_file(data):
        return str(Path(data).resolve())
    return data


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a path, or not one
        return False
