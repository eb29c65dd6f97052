"""The files of a folder, replaced by others in one step."""

from __future__ import annotations

import ctypes
import os
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from twin.files.atomic_write import move_drafts, named_errors, write_drafts
from twin.files.errors import InputError
from twin.files.staging import PREFIX, remove_abandoned, staging_folder, try_lock

__all__ = ["replace_files"]

_PATIENCE = 30.0  # seconds for another process that writes to the same folder
_MOST_CARRIED = 10_000  # files of others in the folder
_AT_FDCWD, _EXCHANGE = -100, 2  # of renameat2


def replace_files(
    folder: Path | str,
    files: Mapping[str, str],
    earlier: Callable[[Path], Collection[str]] = lambda _: (),
    *,
    executable: bool = False,
) -> None:
    """Write text files to a folder, in place of those that were written there before.

    Whoever looks at the folder sees all of the earlier files or all of the new ones, whenever the
    process is killed: a complete folder is exchanged with it. Where that is not possible (the
    system cannot, or the folder is the current one, or its parent must not be written to), the
    earlier files are removed before the new ones are moved in, so that the two are never mixed.
    Of several processes one writes after the other. What processes left that were killed is
    removed.

    Parameters
    ----------
    folder : Path or str
        Made where it is missing. Files in it that are neither written nor ``earlier`` stay.
    files : mapping of str to str
        Content by path relative to ``folder``; the last ones are removed first and written last.
    earlier : callable
        Files, relative to the folder that it is given, that were written there before; they go.
    executable : bool
        Give the files that start with ``#!`` the execute permission.

    Raises
    ------
    InputError
        If another process does not end writing to the folder.
    OSError
        If a file cannot be written; what was there before is untouched then.
    """
    folder = Path(os.path.realpath(folder))
    with _only_writer(folder):
        remove_abandoned(folder)
        names = earlier(folder)
        if not (_can_be_exchanged(folder) and _exchange(folder, files, names, executable)):
            with named_errors(folder), staging_folder(folder) as staging:
                write_drafts(staging, files, executable=executable)
                for name in (*reversed(list(files)), *names):
                    (folder / name).unlink(missing_ok=True)
                move_drafts(staging, folder, files)


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Wait until no other process replaces the files of a folder."""
    end = time.monotonic() + _PATIENCE
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        handle = try_lock(folder)
        if handle is not None:
            break
        if time.monotonic() > end:
            raise InputError(
                str(folder), "another process is writing to it", "give another folder"
            )
        time.sleep(0.05)
    try:
        yield
    finally:
        os.close(handle)


def _can_be_exchanged(folder: Path) -> bool:
    """Whether another folder may be put in its place: nobody stands in it, and it is no mount."""
    return not (Path.cwd().is_relative_to(folder) or os.path.ismount(folder))


def _exchange(
    folder: Path, files: Mapping[str, str], earlier: Collection[str], executable: bool
) -> bool:
    """Put a complete folder in the place of another; whether that was possible.

    Files of others are linked into it before, so that they are in both.
    """
    prefix = f".{folder.name}{PREFIX}"
    try:
        remove_abandoned(folder.parent, prefix)
        with staging_folder(folder.parent, prefix) as staging:
            write_drafts(staging, files, executable=executable)
            _carry(folder, staging, {*files, *earlier})
            staging.chmod(stat.S_IMODE(folder.stat().st_mode))
            return _swap(staging, folder)
    except OSError:  # of a parent that must not be written to, or files that cannot be linked
        return False


def _carry(folder: Path, target: Path, left_out: Collection[str]) -> None:
    """Link all files of a folder, and of those within it, into another one."""
    number = 0
    for root, folders, names in os.walk(folder):
        place = target / os.path.relpath(root, folder)
        links = [name for name in folders if os.path.islink(os.path.join(root, name))]
        for name in folders:
            if name not in links:
                (place / name).mkdir(exist_ok=True)
        for name in (*names, *links):
            path = Path(root, name)
            if path.relative_to(folder).as_posix() not in left_out:
                number += 1
                if number > _MOST_CARRIED:
                    raise OSError("too many files")
                os.link(path, place / name, follow_symlinks=False)


def _swap(one: Path, two: Path) -> bool:
    """Exchange two folders in one step; whether the system can."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    paths = os.fsencode(one), os.fsencode(two)
    return bool(rename(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _EXCHANGE) == 0)
