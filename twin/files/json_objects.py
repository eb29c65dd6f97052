"""JSON as it is decoded everywhere: no object has a key twice."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["DEEPEST", "JsonError", "decode_json"]

DEEPEST = 100
"""Containers within each other that plain data may have."""

_MOST_SHOWN = 60  # characters of a key, and of the object that it is in


class JsonError(ValueError):
    """What is wrong with a text that should be JSON, as a message says it of a file."""


def decode_json(text: str) -> Any:
    """Content of a JSON text.

    Raises
    ------
    JsonError
        If it is not JSON, is nested too deep, or an object has a key twice, of which readers
        would take the last.
    """
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise JsonError(f"it is nested too deep; up to {DEEPEST} levels") from None
    except JsonError:
        raise
    except ValueError as error:
        raise JsonError(f"it is not JSON ({error})") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of its keys and values."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise JsonError(
            f"key {twice[:_MOST_SHOWN]!r} stands twice in one object, "
            f"{json.dumps(found)[:_MOST_SHOWN]}..."
        )
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_unique)
