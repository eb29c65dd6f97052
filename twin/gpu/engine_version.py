"""Order of engine versions."""

from __future__ import annotations

import re

from twin.files.errors import InputError

__all__ = ["release"]


def release(version: str) -> tuple[int, int, int]:
    """Numbers of a vLLM version, which compare as the versions do.

    Parameters
    ----------
    version : str
        Like 0.8.5, v0.8.5.post1 or 0.22; what is missing counts as 0.

    Raises
    ------
    InputError
        If the version cannot be read.
    """
    found = re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?", version)
    if not found:
        raise InputError("engine version", f"{version!r} cannot be read", "like 0.8.5")
    return int(found[1]), int(found[2]), int(found[3] or 0)
