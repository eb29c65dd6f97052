"""RowFields: one row of a table of measurements, read column by column."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from twin.files.errors import InputError
from twin.files.field_value import to_number

__all__ = ["RowFields"]

_COUNTS = "value:count;value:count"


@dataclass(frozen=True, slots=True)
class RowFields:
    """Fields of a row; a column that is not there is as one that is empty.

    Every method raises `InputError` where a value is not acceptable.

    Parameters
    ----------
    row : mapping of str to str
        Text by column.
    where : str
        File and row for messages.
    """

    row: Mapping[str, str]
    where: str

    def text(self, column: str, default: str = "") -> str:
        """Text, or the default where it is empty."""
        return self.row.get(column) or default

    def choice(self, column: str, accepted: Collection[str], default: str) -> str:
        """One of the texts that are accepted."""
        text = self.text(column, default)
        if text not in accepted:
            raise self.error(column, repr(text), f"accepted: {', '.join(accepted)}")
        return text

    def number(self, column: str) -> float:
        """A number of at least 0, or NaN where it is empty."""
        text = self.text(column).strip()
        if not text:
            return math.nan
        value = to_number(self._place(column), text, "a number")
        if value < 0:
            raise self.error(column, f"{text} is negative", "0 or more")
        return value

    def first(self, *columns: str) -> float:
        """The first of these numbers that is there, or NaN."""
        return next((v for v in map(self.number, columns) if not math.isnan(v)), math.nan)

    def seconds(self, *columns: str) -> float:
        """The first of these times, which are in milliseconds."""
        return self.first(*columns) / 1e3

    def whole(self, column: str, default: int = 0) -> int:
        """A whole number of at least 0, or the default where it is empty."""
        value = self.number(column)
        if math.isnan(value):
            return default
        if not value.is_integer():
            raise self.error(column, f"{value:g} is not a whole number")
        return int(value)

    def flag(self, column: str) -> bool:
        """Whether the number is 1, where it is 0 or 1; an empty one is 0."""
        return self.switch(column) is True

    def switch(self, column: str) -> bool | None:
        """Whether the number is 1, where it is 0 or 1; None where it is empty."""
        value = self.number(column)
        if value not in (0, 1):
            if math.isnan(value):
                return None
            raise self.error(column, f"{value:g} is neither 0 nor 1", "1 for on, 0 for off")
        return value == 1

    def counts(self, column: str) -> dict[float, int]:
        """Counts by value, from ``value:count;value:count``."""
        counts: dict[float, int] = {}
        for part in filter(None, self.text(column).split(";")):
            value, _, count = part.partition(":")
            key = to_number(self._place(column), value, _COUNTS)
            number = to_number(self._place(column), count, _COUNTS)
            if key <= 0 or number < 1 or not number.is_integer():
                raise self.error(column, f"{part!r} is not a positive value and a count", _COUNTS)
            counts[key] = counts.get(key, 0) + int(number)
        return counts

    def ranks(self, column: str) -> dict[int, int]:
        """Numbers of adapters by rank, from ``rank:count;rank:count``."""
        counts = self.counts(column)
        if odd := [rank for rank in counts if not rank.is_integer()]:
            raise self.error(column, f"{odd[0]:g} is no rank", "whole numbers")
        return {int(rank): count for rank, count in counts.items()}

    def error(self, column: str, problem: str, accepted: str = "") -> InputError:
        """Error that names the column."""
        return InputError(self._place(column), problem, accepted)

    def _place(self, column: str) -> str:
        return f"{self.where}, column {column}"
