"""Tables of a folder of measurements: rows are added one by one, and each file is always whole."""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from twin.files.atomic_write import write_bytes, write_text
from twin.files.csv_rows import csv_rows, csv_text
from twin.files.errors import InputError
from twin.measure.records import Answer

__all__ = ["Row", "Tables"]

Row = dict[str, str | int | float | None]
"""A row that is written: values by column, None for what is not known."""

_ENGINE = ("max_loras", "max_lora_rank")
_NEEDED = {
    "adapters.csv": ("adapter", "rank"),
    "step_latency.csv": ("row_id", "requested_adapters", "num_prompts", *_ENGINE),
    "serving_runs.csv": ("run_id", "starved", *_ENGINE),
}
"""Columns without which a table that is there is another one of the same name."""

_RECORD = (
    *("arrival_s", "adapter", "prompt_tokens", "output_tokens"),
    *("sent_s", "first_token_s", "finish_s"),
)


class Tables:
    """Tables in a folder.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def rows(self, name: str, wanted: Mapping[str, object] | None = None) -> list[dict[str, str]]:
        """Rows of a table; none where it is not there.

        Parameters
        ----------
        name : str
        wanted : mapping, optional
            Columns and the values that they must have.

        Raises
        ------
        InputError
            If the table cannot be read, or is another one of that name.
        """
        path = self.folder / name
        needed = _NEEDED.get(name, ())
        rows = [row for _, row in csv_rows(path, needed)] if path.is_file() else []
        texts = {column: _text(value) for column, value in (wanted or {}).items()}
        return [row for row in rows if all(row.get(k) == v for k, v in texts.items())]

    def add(self, name: str, row: Row) -> None:
        """Add a row; the file is replaced in one step.

        Columns that it does not have yet are added to it.

        Raises
        ------
        InputError, OSError
            If the file that is there cannot be read, or the new one not be written.
        """
        rows: list[Mapping[str, object]] = [
            *self.rows(name),
            {k: _text(v) for k, v in row.items()},
        ]
        write_text(self.folder / name, csv_text(rows))

    def add_requests(self, name: str, answers: Sequence[Answer], began: float) -> None:
        """Write every request of a run, compressed; an empty finish was cut at the window's end.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_RECORD)
        for answer in answers:
            request = answer.request
            first = f"{answer.times[0] - began:.4f}" if answer.times else ""
            finish = f"{answer.times[-1] - began:.4f}" if answer.is_complete else ""
            writer.writerow(
                [
                    f"{request.arrival:.4f}",
                    request.adapter,
                    request.prompt_tokens,
                    request.output_tokens,
                    f"{answer.sent - began:.4f}",
                    first,
                    finish,
                ]
            )
        write_bytes(self.folder / name, gzip.compress(text.getvalue().encode(), mtime=0))

    def refuse_others(self, name: str, identity: Row) -> None:
        """Refuse a table that holds what was measured of another server.

        Parameters
        ----------
        name : str
        identity : Row
            Columns and values that every row must have; columns that a row lacks do not matter.

        Raises
        ------
        InputError
            If a row has another value.
        """
        for row in self.rows(name):
            for column, value in identity.items():
                if row.get(column, _text(value)) != _text(value):
                    raise InputError(
                        str(self.folder / name),
                        f"it holds measurements with {column} {row[column]!r}, "
                        f"and this server has {_text(value)!r}",
                        "give --out another folder",
                    )


def _text(value: object) -> str:
    """A value as it is written, with more digits than are true."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:.9g}" if isinstance(value, float) else str(value)
