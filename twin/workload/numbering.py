"""Numbering of equal values."""

from __future__ import annotations

__all__ = ["Numbering"]


class Numbering:
    """Numbers values from 0, in the order in which they come; equal ones have the same number.

    Values are hashable, and may hold whole tables: each object is hashed once, and kept.
    """

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}
        self._objects: dict[int, tuple[object, int]] = {}

    def __call__(self, value: object) -> int:
        """Number of a value."""
        known = self._objects.get(id(value))
        if known is None:
            known = value, self._numbers.setdefault(value, len(self._numbers))
            self._objects[id(value)] = known
        return known[1]

    def __len__(self) -> int:
        return len(self._numbers)
