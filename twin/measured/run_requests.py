"""RunRequests: the very requests of a measured run, from the file that its row names."""

from __future__ import annotations

import gzip
import io
import math
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.files.csv_rows import csv_rows, rows_of_lines
from twin.files.errors import InputError
from twin.files.input_file import read_input_bytes
from twin.files.packed_files import refuse_packed
from twin.measured.row_fields import RowFields
from twin.workload.workload import RequestStream

__all__ = [
    "MOST_TOKENS",
    "RANKS_FILE",
    "RunRequests",
    "ServedAdapters",
    "read_ranks",
    "read_run_requests",
]

MOST_TOKENS = 2**24
"""Tokens that the prompt or the answer of a measured request may have."""

RANKS_FILE = "adapters.csv"
"""Table of adapters and their ranks beside the files of requests."""

_COLUMNS = ("adapter", "prompt_tokens", "output_tokens")
_TIMES = ("sent_s", "arrival_s")
_BASE_MODEL = ("", "base")
_NUMBERED = re.compile(r"[^0-9]*([0-9]{1,9})")
_MOST_UNPACKED = 1 << 30  # bytes


class ServedAdapters(NamedTuple):
    """What is known of the adapters of a run.

    Parameters
    ----------
    ranks : mapping of int to int
        Their number by rank; some may have no request.
    slot_rank : int
        ``max_lora_rank`` of the engine.
    folder : Path
        Where a table of their ranks may lie.
    """

    ranks: Mapping[int, int]
    slot_rank: int
    folder: Path


@dataclass(frozen=True, slots=True, eq=False)
class RunRequests:
    """Requests of one run, in the order in which they were sent.

    Parameters
    ----------
    sent : ndarray of shape (n,)
        Seconds since the start of the window.
    adapter : ndarray of shape (n,)
        Index of the adapter, -1 for the base model.
    prompt_tokens, output_tokens : ndarray of shape (n,)
        Tokens that were asked for.
    adapter_rank : ndarray of shape (num_adapters,)
    """

    sent: NDArray[np.float64]
    adapter: NDArray[np.int32]
    prompt_tokens: NDArray[np.int32]
    output_tokens: NDArray[np.int32]
    adapter_rank: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        where: str,
        sent: NDArray[np.float64],
        names: Sequence[str],
        prompt_tokens: NDArray[np.int32],
        output_tokens: NDArray[np.int32],
        served: ServedAdapters,
    ) -> RunRequests:
        """Requests whose adapters are known by name.

        Parameters
        ----------
        where : str
            File for messages.
        sent : ndarray of shape (n,)
            Sorted.
        names : sequence of str, of length n
            Adapter of each; empty for the base model.
        prompt_tokens, output_tokens : ndarray of shape (n,)
        served : ServedAdapters

        Raises
        ------
        InputError
            If the rank of an adapter is not known, or larger than the engine's slots.
        """
        known = sorted({name for name in names if name}, key=_by_number)
        rank = _ranks(where, known, served)
        if rank.size and rank.max() > served.slot_rank:
            problem = (
                f"an adapter has rank {rank.max()}, and the engine slots of {served.slot_rank}"
            )
            raise InputError(where, problem)
        index = {name: i for i, name in enumerate(known)} | {"": -1}
        adapter = np.array([index[name] for name in names], np.int32)
        return cls(sent, adapter, prompt_tokens, output_tokens, rank)

    @property
    def num_tokens(self) -> int:
        """Input and output tokens of all of them."""
        return int(self.prompt_tokens.sum() + self.output_tokens.sum())

    def stream(self, duration: float, order: int) -> RequestStream:
        """The requests as the twin takes them.

        Parameters
        ----------
        duration : float
            Length of the window in seconds.
        order : int
            Number of an order of the adapters. An engine goes through the adapters of a batch in
            an order that nobody records; 0 is that of the table, others are drawn.
        """
        place = np.arange(self.adapter_rank.size)
        if order:
            place = np.random.default_rng(order).permutation(place)
        rank = np.empty_like(self.adapter_rank)
        rank[place] = self.adapter_rank
        adapter = np.append(place, -1)[self.adapter].astype(np.int32)  # -1 is the last
        return RequestStream(
            self.sent, adapter, self.prompt_tokens, self.output_tokens, rank, duration
        )


def read_run_requests(path: Path, served: ServedAdapters) -> RunRequests:
    """Read the requests of a run, plain or packed with gzip.

    The columns are ``adapter`` (empty or ``base`` for the base model), ``prompt_tokens``,
    ``output_tokens`` and the time of sending, ``sent_s`` or ``arrival_s``. Ranks are those of
    ``adapters.csv`` (columns ``adapter`` and ``rank``) in the same folder; without it, where all
    adapters have one rank, that one, and where names end in numbers, the ranks of the run's mix in
    turn.

    Parameters
    ----------
    path : Path
    served : ServedAdapters

    Raises
    ------
    InputError
        If a file cannot be read or has no request, a value is not acceptable, or the rank of an
        adapter is not known.
    """
    rows = [
        RowFields(row, where) for where, row in rows_of_lines(str(path), _lines(path), _COLUMNS)
    ]
    if not rows:
        raise InputError(str(path), "it has no request")
    time = next((column for column in _TIMES if column in rows[0].row), None)
    if time is None:
        raise InputError(str(path), f"there is no column {' or '.join(_TIMES)}")
    sent = np.array([_known(fields, time) for fields in rows])
    order = np.argsort(sent, kind="stable")
    names = [rows[i].text("adapter").strip() for i in order]
    prompt, output = (
        np.array([_tokens(rows[i], column) for i in order], np.int32) for column in _COLUMNS[1:]
    )
    owners = ["" if name in _BASE_MODEL else name for name in names]
    return RunRequests.of(str(path), sent[order], owners, prompt, output, served)


def _lines(path: Path) -> io.StringIO:
    data = read_input_bytes(path)
    if path.suffix == ".gz":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
                data = packed.read(_MOST_UNPACKED + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(str(path), f"it cannot be unpacked ({error})") from None
        if len(data) > _MOST_UNPACKED:
            raise InputError(str(path), "it has more than 1 GiB when unpacked")
        if not data:
            raise InputError(str(path), "it is empty")
    refuse_packed(str(path), data)
    try:
        return io.StringIO(data.decode("utf-8-sig"), newline="")
    except UnicodeDecodeError:
        raise InputError(str(path), "it is not UTF-8", "save it as UTF-8") from None


def read_ranks(folder: Path) -> dict[str, int] | None:
    """Ranks by name, as the table in a folder has them; None without such a table.

    Raises
    ------
    InputError
        If the table cannot be read, or a value is not acceptable.
    """
    table = folder / RANKS_FILE
    if not table.is_file():
        return None
    ranks: dict[str, int] = {}
    for where, row in csv_rows(table, ("adapter", "rank")):
        fields = RowFields(row, where)
        name, rank = fields.text("adapter").strip(), _known(fields, "rank")
        if name in ranks:
            raise fields.error("adapter", f"{name!r} appears twice", "one row for each adapter")
        if not rank.is_integer():
            raise fields.error("rank", f"{rank:g} is no rank", "a whole number")
        ranks[name] = int(rank)
    return ranks


def _ranks(where: str, known: Sequence[str], served: ServedAdapters) -> NDArray[np.int64]:
    """Ranks of the adapters that have requests."""
    number = sum(served.ranks.values())
    if len(known) > number:
        problem = f"{len(known)} adapters have requests"
        raise InputError(where, problem, f"up to the {number} that the run served")
    by_name = read_ranks(served.folder)
    if by_name is not None:
        if missing := [name for name in known if name not in by_name]:
            table = str(served.folder / RANKS_FILE)
            raise InputError(table, f"adapter {missing[0]!r} is not in it", "add its rank")
        return np.array([by_name[name] for name in known], np.int64)
    mix = list(served.ranks)
    numbers = [_NUMBERED.fullmatch(name) for name in known]
    if len(mix) == 1 or not known:
        return np.full(len(known), mix[0] if mix else 0, np.int64)
    dealt = [sum(i % len(mix) == k for i in range(number)) for k in range(len(mix))]
    if all(numbers) and dealt == list(served.ranks.values()):
        return np.array([mix[int(n[1]) % len(mix)] for n in numbers if n], np.int64)
    problem = f"the ranks of {len(known)} adapters are not known"
    accepted = f"give {RANKS_FILE} with the columns adapter and rank in the same folder"
    raise InputError(where, problem, accepted)


def _by_number(name: str) -> tuple[str, int, str]:
    """Key by which a2 comes before a10."""
    match = _NUMBERED.fullmatch(name)
    return (name.rstrip("0123456789"), int(match[1]) if match else 0, name)


def _known(fields: RowFields, column: str) -> float:
    """A number of at least 0 that has to be there."""
    value = fields.number(column)
    if math.isnan(value):
        raise fields.error(column, "it is empty", "a number")
    return value


def _tokens(fields: RowFields, column: str) -> int:
    value = _known(fields, column)
    if not (1 <= value <= MOST_TOKENS and value.is_integer()):
        problem = f"{value:g} is no whole number of tokens"
        raise fields.error(column, problem, f"1 to {MOST_TOKENS}")
    return int(value)
