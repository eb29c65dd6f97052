"""Notices: what the library logs for whoever reads the messages of a command."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["told_notices"]


class _Teller(logging.Handler):
    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(record.getMessage())


@contextmanager
def told_notices(tell: Callable[[str], None]) -> Iterator[None]:
    """Tell what the reading of workloads logs, such as how a request log was understood.

    Parameters
    ----------
    tell : callable
        Is given one line at a time.
    """
    logger = logging.getLogger("twin.sources")
    handler, before = _Teller(tell), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
