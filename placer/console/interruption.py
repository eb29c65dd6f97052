"""Ctrl-C as a polite request: the search ends and its best placement is kept."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self

__all__ = ["Interruption"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Context in which the first Ctrl-C or SIGTERM asks the search to end and the second ends it.

    A Ctrl-C reaches all processes of a terminal. SIGTERM reaches one, which passes it on to those
    that it has started.

    Parameters
    ----------
    notify : callable
        Called once, at the first of them.

    Attributes
    ----------
    requested : bool
        Whether there was one.
    """

    def __init__(self, notify: Callable[[], None]) -> None:
        self.requested = False
        self._notify = notify
        self._held = False
        self._previous: dict[signal.Signals, Any] = {}

    @classmethod
    def of_process(cls) -> Interruption:
        """The one of this process from now on, which a signal to an earlier run has set as well.

        For processes that run one search after the other and that a Ctrl-C reaches in between.
        """
        installed = getattr(signal.getsignal(signal.SIGINT), "__self__", None)
        if isinstance(installed, cls):
            return installed
        return cls(lambda: None).__enter__()

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous = {s: signal.signal(s, self._handle) for s in _SIGNALS}
        return self

    def __exit__(self, *_exception: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Context that no signal ends, as long as files are written and told of."""
        self._held = True
        try:
            yield
        finally:
            self._held = False

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGTERM:
            for process in multiprocessing.active_children():
                process.terminate()
        if self.requested:
            if not self._held:
                raise KeyboardInterrupt
            return
        self.requested = True
        self._notify()
