"""Chunks of a log: from fields to times, lengths and adapters."""

from __future__ import annotations

import numpy as np
import pytest

from twin.files.errors import InputError
from twin.sources.trace_columns import TraceColumns, find_columns
from twin.sources.trace_part import Names, TracePart, join_parts, read_part
from twin.sources.trace_rows import RowChunk

HEADER = ["timestamp", "prompt_tokens", "output_tokens", "adapter", "status"]


def part(
    *rows: tuple[object, ...], names: Names | None = None, before: tuple[TracePart, ...] = ()
) -> TracePart:
    found = find_columns("log", HEADER, TraceColumns())
    names = Names({}, set()) if names is None else names
    chunk = RowChunk(range(2, 2 + len(rows)), rows)
    return read_part("log", chunk, HEADER, found, names, before)


def test_rows() -> None:
    names = Names({"a": 0}, set())
    read = part((0.5, 0, 3, "b", 200), (1, 20, 4, " a ", "ok"), names=names)
    assert read.times.tolist() == [0.5, 1.0]
    assert (read.prompt_tokens.tolist(), read.output_tokens.tolist()) == ([0, 20], [3, 4])
    assert (read.adapter.tolist(), list(names.numbers)) == ([1, 0], ["a", "b"])
    assert not read.failed.any()


def test_requests_that_failed_need_neither_lengths_nor_an_adapter() -> None:
    names = Names({}, set())
    rows = [(0, "", None, "", 500), (1, 5, 0, "b", 200), (2, 5, 6, "a", 200)]
    read = part(*rows, names=names)
    assert read.failed.tolist() == [True, True, False]
    assert read.adapter.tolist() == [-1, -1, 0]
    assert (list(names.numbers), names.failed) == (["a"], {"", "b"})
    with pytest.raises(InputError, match="log, row 2, output_tokens: None is not a number"):
        part((0, 5, None, "a", 200))


@pytest.mark.parametrize("nobody", [None, "", " ", "None", "null", "-"])
def test_rows_without_an_adapter_are_for_the_base_model(nobody: object) -> None:
    read = part((0, 5, 6, "a", 200), (1, 5, 6, nobody, 200), (2, 5, 6, "a", 200))
    assert read.adapter.tolist() == [0, -1, 0]
    assert not read.failed.any()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((10**400, 5, 6, "a", 200), "log, row 2, timestamp: .* is not a time"),
        ((0, 10**400, 6, "a", 200), "log, row 2, prompt_tokens: .* is not a number"),
        ((0, 5, 2**31, "a", 200), "log, row 2, output_tokens: 2147483648 is out of range"),
        ((0, 5, True, "a", 200), "log, row 2, output_tokens: True is not a number"),
        ((0, 5, 6, "x\x00", 200), "log, row 2, adapter: .* is not a name"),
        ((0, 5, 6, True, 200), "log, row 2, adapter: True is not a name"),
        ((0, 5, 6, "a", "odd"), "log, row 2, status: whether a request with 'odd' failed"),
    ],
)
def test_values_that_cannot_be_understood(row: tuple[object, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        part(row)


def test_true_is_no_adapter_even_where_1_is_one() -> None:
    with pytest.raises(InputError, match="log, row 3, adapter: True is not a name"):
        part((0, 5, 6, 1, 200), (1, 5, 6, True, 200))


def test_chunks_follow_each_other_or_are_sorted() -> None:
    first, second = part((5, 1, 1, "a", 200)), part((3, 2, 1, "a", 200))
    with pytest.raises(InputError, match="log, row 2, timestamp: 3 is earlier than the row befo"):
        part((3, 2, 1, "a", 200), before=(first,))
    assert join_parts([first, second], in_order=True).times.tolist() == [5, 3]
    joined = join_parts([first, second], in_order=False)
    np.testing.assert_array_equal(joined.times, [3, 5])
    np.testing.assert_array_equal(joined.prompt_tokens, [2, 1])
