"""Memory of this machine: what is free, and a refusal of what does not fit."""

from __future__ import annotations

import os
from pathlib import Path

from twin.files.errors import InsufficientMemoryError

__all__ = ["free_bytes", "require_memory"]

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")
_SMALL = 64 << 20  # bytes that are not worth asking for
_GIB = 1 << 30


def free_bytes() -> int | None:
    """Bytes that can be had without swapping, as far as the system tells; None if it does not.

    On Linux this is ``MemAvailable``, or what the control group leaves if that is less.
    """
    left = [_available(), _left_in_cgroup()]
    return min((count for count in left if count is not None), default=None)


def require_memory(needed: float, purpose: str, remedy: str) -> None:
    """Refuse what needs more memory than is free.

    Parameters
    ----------
    needed : float
        Bytes.
    purpose : str
        What needs them, for the message.
    remedy : str
        What to do instead.

    Raises
    ------
    InsufficientMemoryError
        If there are fewer.
    """
    if needed <= _SMALL:
        return
    free = free_bytes()
    if free is not None and needed > free:
        raise InsufficientMemoryError(
            f"{purpose} would need {needed / _GIB:.1f} GiB of memory, "
            f"and {free / _GIB:.1f} GiB are free; {remedy}"
        )


def _available() -> int | None:
    try:
        for line in _MEMINFO.read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            if name == "MemAvailable":
                return int(value.split()[0]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _left_in_cgroup() -> int | None:
    """What a container may still take; None without a limit."""
    try:
        limit, used = (
            int((_CGROUP / name).read_text(encoding="ascii"))
            for name in ("memory.max", "memory.current")
        )
    except (OSError, ValueError):  # "max" is no number: there is no limit
        return None
    return max(0, limit - used)
