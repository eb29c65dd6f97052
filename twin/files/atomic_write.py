"""Files that are either written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from twin.files.errors import InputError
from twin.files.staging import remove_abandoned, staging_folder

__all__ = [
    "check_target",
    "move_drafts",
    "named_errors",
    "write_bytes",
    "write_drafts",
    "write_files",
    "write_text",
]


def check_target(path: Path | str | None, where: str) -> None:
    """Refuse a file that could not be written, before the work whose result it is to hold.

    Parameters
    ----------
    path : Path, str or None
        File to be written; None for none.
    where : str
        Argument that names it, for the message.

    Raises
    ------
    InputError
        If it is a folder, or lies in what is no folder or must not be written to.
    """
    if path is None:
        return
    path = Path(path)
    if path.is_dir():
        raise InputError(where, f"{path} is a folder", "the name of a file")
    folder = path.parent
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.is_dir():
        raise InputError(where, f"{path} cannot be written: {folder} is not a folder")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise InputError(where, f"{path} cannot be written: no permission")


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write a file under a temporary name beside it and move it into place, as `write_text`.

    Raises
    ------
    OSError
        If the file cannot be written; whatever was there before is untouched.
    """
    _write(Path(path), data)


def write_text(path: Path | str, text: str, *, executable: bool = False) -> None:
    """Write a text file under a temporary name beside it and move it into place.

    Parameters
    ----------
    path : Path or str
        File to write; its folder is made where it is missing. An existing file is replaced in one
        step, so that a reader sees the old content or the new, never a part. What is there and is
        no file, such as ``/dev/stdout`` or a pipe, is written to.
    text : str
        Content, written as UTF-8.
    executable : bool
        Give the file the execute permission.

    Raises
    ------
    OSError
        If the file cannot be written; whatever was there before is untouched.
    """
    _write(Path(path), text, executable=executable)


def _write(path: Path, content: str | bytes, *, executable: bool = False) -> None:
    with named_errors(path):
        if path.exists() and not path.is_file():
            path.write_bytes(_encoded(content))
        else:
            write_files(path.parent, {path.name: content}, executable=executable)


def _encoded(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def write_files(
    folder: Path | str, files: Mapping[str, str | bytes], *, executable: bool = False
) -> None:
    """Write several files, and move them into place only when all are complete.

    Parameters
    ----------
    folder : Path or str
        Where the files go; made where it is missing.
    files : mapping of str to str or bytes
        Content by path relative to ``folder``; texts as UTF-8. They are moved in this order, so
        that the last one tells a reader that all are there.
    executable : bool
        Give the files that start with ``#!`` the execute permission.

    Raises
    ------
    OSError
        If a file cannot be written; no file is moved then.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    remove_abandoned(folder)
    with named_errors(folder), staging_folder(folder) as staging:
        write_drafts(staging, files, executable=executable)
        move_drafts(staging, folder, files)


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Name what was to be written in errors that name a temporary file, or none: a full disk."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


def write_drafts(
    staging: Path, files: Mapping[str, str | bytes], *, executable: bool = False
) -> None:
    """Write files to a staging folder; parameters as for `write_files`."""
    for name, content in files.items():
        draft = staging / name
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data := _encoded(content))
        if executable and data.startswith(b"#!"):
            draft.chmod(0o755)


def move_drafts(staging: Path, folder: Path, names: Iterable[str]) -> None:
    """Move files from a staging folder to another one, in this order."""
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(staging / name, target)
