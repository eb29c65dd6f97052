"""Pipes that nobody reads any more."""

from __future__ import annotations

import os

import pytest

from twin.files.closed_pipe import PipeConsole, drop_output, write_output
from twin.files.command_messages import plain_console


@pytest.fixture
def closed() -> int:
    """End of a pipe that nobody reads."""
    reads, writes = os.pipe()
    os.close(reads)
    return writes


def test_a_console_goes_on(closed: int) -> None:
    with os.fdopen(closed, "w") as stream:
        console = PipeConsole(file=stream)
        for _ in range(3):
            console.print("x\n" * 50_000, highlight=False)
        assert console.quiet
    assert isinstance(plain_console(), PipeConsole)


def test_a_text_is_written_if_somebody_reads_it(closed: int) -> None:
    with os.fdopen(closed, "w") as stream:
        write_output(stream, "x" * 100_000)
        write_output(stream, "y")
    reads, writes = os.pipe()
    with os.fdopen(writes, "w") as stream:
        write_output(stream, "read")
        drop_output(stream)
        write_output(stream, "not read")
    with os.fdopen(reads) as end:
        assert end.read() == "read"
