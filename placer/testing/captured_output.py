"""Captured output: what a program prints, also where it does so past Python."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout

__all__ = ["printed_by"]

_STREAMS = (1, 2)  # file descriptors of standard output and standard error


def printed_by(call: Callable[[], object]) -> str:
    """What a call prints."""
    sys.stdout.flush()
    sys.stderr.flush()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as file:
        kept = [os.dup(stream) for stream in _STREAMS]
        try:
            for stream in _STREAMS:
                os.dup2(file.fileno(), stream)
            with redirect_stdout(file), redirect_stderr(file):
                call()
        finally:
            for stream, copy in zip(_STREAMS, kept, strict=True):
                os.dup2(copy, stream)
                os.close(copy)
        file.flush()
        file.seek(0)
        return file.read()
