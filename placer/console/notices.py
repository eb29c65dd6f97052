"""Notices: what the library logs for whoever reads the messages of a command."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["told_notices"]

_SOURCES = ("twin.sources", "placer.console", "placer.tuning")


class _Teller(logging.Handler):
    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(record.getMessage())


@contextmanager
def told_notices(tell: Callable[[str], None]) -> Iterator[None]:
    """Tell what is logged of the input: how a request log was understood, what goes on.

    Parameters
    ----------
    tell : callable
        Is given one line at a time.
    """
    handler = _Teller(tell)
    before = {logger: logger.level for logger in map(logging.getLogger, _SOURCES)}
    for logger in before:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        for logger, level in before.items():
            logger.removeHandler(handler)
            logger.setLevel(level)
