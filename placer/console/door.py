"""The console script ``placer``."""

from __future__ import annotations

from typing import NoReturn

from twin.files.door import enter

__all__ = ["main"]


def main() -> NoReturn:
    """Enter the command line, whose libraries take a while to import."""
    enter("placer.console.place")
