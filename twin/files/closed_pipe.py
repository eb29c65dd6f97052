"""Pipes that nobody reads any more, as behind ``head``: the command goes on, its files count."""

from __future__ import annotations

import os
from typing import IO

from rich.console import Console

__all__ = ["PipeConsole", "drop_output", "write_output"]


class PipeConsole(Console):
    """A console that says nothing more where its pipe is closed; Rich's ends the process."""

    def on_broken_pipe(self) -> None:
        """Leave out what nobody reads."""
        self.quiet = True
        drop_output(self.file)


def write_output(stream: IO[str], text: str) -> None:
    """Write a text, if somebody reads it."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        drop_output(stream)


def drop_output(stream: IO[str]) -> None:
    """Let all that is written to a stream, and what it still holds, go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
