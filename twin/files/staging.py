"""Staging folders: where files are written before they are moved to their place."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # where there is no such lock, nothing is held and nothing left is found
    flock = None  # type: ignore[assignment]

__all__ = ["PREFIX", "is_staging", "remove_abandoned", "staging_folder", "try_lock"]

PREFIX = ".writing-"
"""How the name of a staging folder starts."""


@contextmanager
def staging_folder(parent: Path, prefix: str = PREFIX) -> Iterator[Path]:
    """Make a folder that is removed at the end, and that no other process takes for abandoned.

    Parameters
    ----------
    parent : Path
        Where it is made.
    prefix : str
        How its name starts.

    Yields
    ------
    Path
        The folder.
    """
    handle = None
    while handle is None:  # None where another process was faster, and removed it
        staging = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        handle = try_lock(staging)
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        os.close(handle)


def is_staging(folder: Path) -> bool:
    """Whether a folder is one that files are written to, or that a killed process left so."""
    return folder.name.startswith(".") and PREFIX in folder.name


def remove_abandoned(parent: Path, prefix: str = PREFIX) -> None:
    """Remove staging folders whose processes were killed.

    Parameters
    ----------
    parent : Path
    prefix : str
        How their names start.
    """
    if flock is None:
        return
    for entry in os.scandir(parent):
        if entry.name.startswith(prefix) and entry.is_dir(follow_symlinks=False):
            handle = try_lock(Path(entry.path))
            if handle is not None:
                shutil.rmtree(entry.path, ignore_errors=True)
                os.close(handle)


def try_lock(folder: Path) -> int | None:
    """Lock a folder for this process, as long as the descriptor is open.

    Returns
    -------
    int or None
        Descriptor of the folder; None where another process holds it, or another folder, or none,
        is there now.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        _lock(handle)
        if os.path.samestat(os.fstat(handle), os.stat(folder)):
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(handle)
    return None


def _lock(handle: int) -> None:
    """Lock what is open, unless its file system knows no locks."""
    if flock is not None:
        try:
            flock(handle, LOCK_EX | LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL, errno.EBADF):
                raise
