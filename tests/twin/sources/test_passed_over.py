"""Columns of a log that are not read: what is asked about, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from twin.files.errors import InputError
from twin.sources.trace_columns import TraceColumns
from twin.sources.trace_file import read_trace

Write = Callable[..., Path]

HEADER = "timestamp,prompt_tokens,output_tokens"


def rows(*values: object) -> str:
    return "".join(f"{i},5,6,{value}\n" for i, value in enumerate(values))


@pytest.mark.parametrize(
    ("column", "values"), [("level", ("DEFAULT", "ERROR")), ("http_code", (200, 429))]
)
def test_failures_are_asked_about_by_what_stands_in_a_column(
    log: Write, column: str, values: tuple[object, ...]
) -> None:
    path = log(f"{HEADER},{column}\n{rows(values[0], *values)}")
    with pytest.raises(
        InputError, match=rf"{column!r} may tell which requests failed \(2 .* status={column}, or"
    ):
        read_trace(path)
    assert len(read_trace(path, TraceColumns(status="none"))) == 3
    assert len(read_trace(log(f"{HEADER},{column}\n{rows(*values[:1] * 3)}"))) == 3


def test_a_known_status_leaves_other_words_alone(log: Write) -> None:
    text = f"{HEADER},status,level\n0,5,6,ok,ERROR\n1,5,6,ok,x\n2,5,6,failed,x\n"
    assert len(read_trace(log(text))) == 2


@pytest.mark.parametrize("name", ["base", "Base-Model", "no_lora", "default"])
def test_what_looks_like_the_base_model_is_asked_about(log: Write, name: str) -> None:
    path = log(f"{HEADER},adapter\n{rows('a', name, 'b')}")
    with pytest.raises(
        InputError, match=f"'adapter' may call the base model '{name}'; say base_model={name}, or"
    ):
        read_trace(path)
    assert read_trace(path, TraceColumns(base_model=name)).names == ("a", "b")
    assert read_trace(path, TraceColumns(base_model="none")).names == ("a", name, "b")


def test_columns_that_are_not_read_are_named(log: Write, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    read_trace(log(f"{HEADER},user,cached tokens\n0,5,6,x,1\n1,5,6,x,2\n"))
    assert caplog.messages[-1].endswith("log.csv: columns that are not read: user, cached tokens")
    caplog.clear()
    read_trace(log(f"{HEADER}\n0,5,6\n1,5,6\n"))
    assert len(caplog.messages) == 1
