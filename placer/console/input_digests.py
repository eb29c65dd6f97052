"""Digests of the files that a configuration names: by them a change of one is noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from placer.console.absolute_paths import with_absolute_paths

__all__ = ["digest", "input_digests"]

_PLACEMENT = "placement.json"  # of a previous run, whose folder may be named


def input_digests(data: Any) -> dict[str, str]:
    """SHA-256 (hex) of every file that plain data names, by its absolute path.

    Parameters
    ----------
    data : object
        As for `placer.console.absolute_paths.with_absolute_paths`.
    """
    return {path: digest(path) for path in sorted(set(_files(with_absolute_paths(data))))}


def digest(path: str) -> str:
    """SHA-256 (hex) of a file; empty where it cannot be read any more."""
    try:
        with open(path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _files(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if not str(key).startswith("_"):
                yield from _files(value)
    elif isinstance(data, list):
        for value in data:
            yield from _files(value)
    elif isinstance(data, str) and data.startswith("/") and "\0" not in data:
        for path in (data, str(Path(data, _PLACEMENT))):
            if Path(path).is_file():
                yield path
