"""Figures that no change makes worse by more than a tenth.

Who makes one better lowers it.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["assert_none_is_worse"]

WORSE = 1.1


def assert_none_is_worse(figures: Mapping[str, float | None], kept: Mapping[str, float]) -> None:
    """Compare errors, of which less is better, with those that were kept."""
    for name, error in kept.items():
        now = figures[name]
        assert now is not None
        assert now <= WORSE * error, f"{name} was {error}, is {now:.3f}"
