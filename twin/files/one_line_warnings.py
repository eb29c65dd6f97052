"""Warnings of the toolkit on the command line: one line each, told once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from twin.files.errors import ToolkitWarning

__all__ = ["one_line_warnings"]


@contextmanager
def one_line_warnings(tell: Callable[[str], object]) -> Iterator[None]:
    """Hand each different warning over as one line, once.

    Parameters
    ----------
    tell : callable
        Gets the text of a warning.
    """
    told: set[str] = set()

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        text = " ".join(str(message).split())
        if text not in told:
            told.add(text)
            tell(text)

    with warnings.catch_warnings():
        warnings.simplefilter("always", ToolkitWarning)
        warnings.showwarning = show
        yield
