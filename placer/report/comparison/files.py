"""Files of a comparison: rows as CSV, JSON and Parquet, means as CSV."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from placer.report.comparison.baseline import Difference
from placer.report.comparison.configurations import FIGURES, Configuration
from placer.report.comparison.statistics import Mean
from twin.files.csv_rows import csv_text

__all__ = ["means_csv", "rows_csv", "rows_json", "rows_parquet"]

Row = Mapping[str, Any]

_UNKNOWN = Mean(float("nan"), None, 0)


def rows_csv(rows: Sequence[Row]) -> str:
    """One line for each run.

    Of a list of numbers, such as the components of a value, the first stands under its name, and
    the others under ``name_2``, ``name_3`` and so on.
    """
    return csv_text([dict(_flat(row)) for row in rows])


def _flat(row: Row) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if isinstance(value, list) and all(map(_is_number, value)):
            for place, number in enumerate(value or [None], 1):
                yield (key if place == 1 else f"{key}_{place}"), number
        else:
            yield key, value


def rows_json(rows: Sequence[Row]) -> str:
    """A list with an object for each run."""
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"


def rows_parquet(rows: Sequence[Row]) -> bytes:
    """A table with a row for each run; a column is text where its values are of several types."""
    import pyarrow as pa  # here: slow, and for comparisons alone
    import pyarrow.parquet as pq

    columns = {key: [row.get(key) for row in rows] for key in _keys(rows)}
    arrays = {key: _column(pa, values) for key, values in columns.items()}
    stream = io.BytesIO()
    pq.write_table(pa.table(arrays), stream)
    return stream.getvalue()


def means_csv(configurations: Sequence[Configuration], compared: Sequence[Difference]) -> str:
    """One line for each configuration: means, half widths of their intervals, differences."""
    by_name = {difference.configuration.name: difference for difference in compared}
    lines = []
    for one in configurations:
        line: dict[str, Any] = dict(one.asked)
        line |= {"runs": len(one.runs), "placed": len(one.placed)}
        for key in FIGURES:
            line |= _cells(f"{key}_mean", one.mean(key))
        difference = by_name.get(one.name)
        line["baseline"] = difference.baseline.name if difference else None
        figures = difference.figures if difference else {}
        for key in FIGURES:
            line |= _cells(f"{key}_difference", figures.get(key))
        lines.append(line)
    return csv_text(lines)


def _cells(name: str, mean: Mean | None) -> dict[str, Any]:
    known = mean or _UNKNOWN
    value = known.mean if mean else None
    return {name: value, f"{name}_half_width": known.half_width, f"{name}_n": known.n}


def _keys(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row))


def _column(pa: Any, values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    if known and all(_is_number(value) for value in known):
        whole = all(isinstance(value, int) for value in known)
        return pa.array(values, pa.int64() if whole else pa.float64())
    if known and all(isinstance(value, bool) for value in known):
        return pa.array(values, pa.bool_())
    if known and all(isinstance(value, list) for value in known):
        return pa.array(values, pa.list_(pa.float64()))
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
