"""How numbers are written in pages; a dash where one is not known."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["FORMATS", "count", "milliseconds", "number", "percent"]

UNKNOWN = "–"
_LARGE = 1000.0  # from which on numbers are whole


def number(value: float | None) -> str:
    """Three digits, or all those before the point."""
    if value is None or math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if abs(value) >= _LARGE or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def percent(value: float | None) -> str:
    """A share as a percentage; many times as a multiple."""
    if value is None or math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "any"
    return f"{value:,.0f} ×" if value >= 10 else f"{100 * value:.3g} %"


def milliseconds(value: float | None) -> str:
    """Seconds as milliseconds."""
    return number(None if value is None else 1000 * value)


def count(value: int, what: str) -> str:
    """A number of things, in words."""
    return f"{value:,} {what}" + ("s" if value != 1 else "")


FORMATS: dict[str, Callable[..., str]] = {
    "number": number,
    "percent": percent,
    "milliseconds": milliseconds,
    "count": count,
}
"""Filters of the templates by their names."""
