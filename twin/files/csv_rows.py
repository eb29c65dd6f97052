"""Rows of a CSV file with a header: read with their places for messages, and written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from twin.files.errors import InputError
from twin.files.field_value import check_columns
from twin.files.input_file import input_lines

__all__ = ["csv_rows", "csv_text", "rows_of_lines"]


def csv_rows(
    path: Path | str, required: Sequence[str], accepted: Sequence[str] | None = None
) -> Iterator[tuple[str, dict[str, str]]]:
    """Read the rows of a CSV file; empty ones are passed over.

    Parameters
    ----------
    path : Path or str
        File whose first row names the columns.
    required : sequence of str
        Columns that there must be.
    accepted : sequence of str or None
        Columns that there may be, or None for any.

    Returns
    -------
    iterator of tuple of str and dict
        Place (file and row; the header is row 1), and text by column.

    Raises
    ------
    InputError
        If the file cannot be read, its fields are separated by something else, a column is
        missing, unknown or there twice, or a row has another number of fields.
    """
    return rows_of_lines(str(path), input_lines(path), required, accepted)


def rows_of_lines(
    where: str,
    lines: Iterable[str],
    required: Sequence[str],
    accepted: Sequence[str] | None = None,
) -> Iterator[tuple[str, dict[str, str]]]:
    """The same of lines that have been read; ``where`` names their file."""
    reader = csv.reader(lines, strict=True)
    number = 1
    try:
        header = [name.strip() for name in next(reader)]
        _check_separator(f"{where}, row 1", header)
        check_columns(f"{where}, row 1", header, required, accepted)
        for number, cells in enumerate(reader, start=2):
            if any(map(str.strip, cells)):
                if len(cells) != len(header):
                    raise InputError(
                        f"{where}, row {number}",
                        f"it has {len(cells)} fields",
                        f"{len(header)}, as the header has",
                    )
                yield f"{where}, row {number}", dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise InputError(f"{where}, after row {number}", f"it is not CSV ({error})") from None


def _check_separator(where: str, header: Sequence[str]) -> None:
    for sign, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(header) == 1 and sign in header[0]:
            raise InputError(where, f"its fields are separated by {word}", "separate by commas")


def csv_text(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as text with a header: the columns of all of them, empty where a row has none.

    Everything is in quotes where something has a carriage return, which Python's writer takes for
    no end of a line, and readers for one.
    """
    columns = list(dict.fromkeys(column for row in rows for column in row))
    cells = (str(cell) for row in rows for cell in (*row, *row.values()))
    returns = any("\r" in cell for cell in cells)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(
        text,
        columns,
        restval="",
        lineterminator="\n",
        quoting=csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL,
    )
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
