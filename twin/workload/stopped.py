"""Giving up: work that takes long asks every now and then whether to go on."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Stopped", "never", "stop_if"]


class Stopped(Exception):  # a signal, not an error
    """Work was given up before its end."""


def never() -> bool:
    """Answer of whoever waits for the end."""
    return False


def stop_if(stop: Callable[[], bool]) -> None:
    """Give up if ``stop`` says so.

    Raises
    ------
    Stopped
        If it does.
    """
    if stop():
        raise Stopped
