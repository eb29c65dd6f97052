"""Content of an input file, or one clear error; every file that users give is read here."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from twin.files.errors import InputError
from twin.files.packed_files import HEAD, refuse_packed

__all__ = [
    "MOST_BYTES",
    "check_input",
    "input_lines",
    "read_input",
    "read_input_bytes",
    "unknown_ending",
]

MOST_BYTES = 2 << 30
"""Bytes that an input file may have, as it is read whole: 2 GiB."""


def check_input(path: Path | str, most: int = MOST_BYTES) -> None:
    """Refuse what is no readable file of reasonable size, without waiting for a pipe or a device.

    Parameters
    ----------
    path : Path or str
    most : int
        Bytes that the file may have.

    Raises
    ------
    InputError
        If the file is missing, is a folder, a pipe or a device, or is too large.
    """
    where = str(path)
    try:
        status = os.stat(path)
    except FileNotFoundError:
        raise InputError(where, "there is no such file") from None
    except OSError as error:
        raise InputError(where, f"it cannot be read ({error.strerror})") from None
    except ValueError:  # a character that no path has
        raise InputError(repr(where), "it is not the name of a file") from None
    if stat.S_ISDIR(status.st_mode):
        raise InputError(where, "it is a folder", "give a file")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(where, "it is no regular file, but a pipe or a device", "give a file")
    if status.st_size > most:
        raise InputError(where, f"it has {_size(status.st_size)}", f"up to {_size(most)} are read")


def read_input_bytes(path: Path | str, most: int = MOST_BYTES) -> bytes:
    """Whole content of a file.

    Parameters
    ----------
    path : Path or str
    most : int
        Bytes that the file may have.

    Raises
    ------
    InputError
        As for `check_input`, or if the file cannot be read, is empty, or is larger than the free
        memory.
    """
    where = str(path)
    check_input(path, most)
    try:
        with open(path, "rb") as stream:
            data = stream.read(os.fstat(stream.fileno()).st_size)
    except OSError as error:
        raise InputError(where, f"it cannot be read ({error.strerror})") from None
    except MemoryError:
        raise InputError(where, "it is larger than the free memory") from None
    if not data:
        raise InputError(where, "it is empty")
    return data


def input_lines(path: Path | str) -> Iterator[str]:
    """Lines of a file in UTF-8 with their ends, without a byte order mark.

    The file is read before the first line is given out, so that none stays open where a reader
    stops early.

    Raises
    ------
    InputError
        As for `read_input`.
    """
    return iter(io.StringIO(read_input(path), newline=""))


def read_input(path: Path | str, most: int = MOST_BYTES) -> str:
    """Whole text of a file in UTF-8, without a byte order mark.

    Parameters
    ----------
    path : Path or str
    most : int
        Bytes that the file may have.

    Raises
    ------
    InputError
        As for `read_input_bytes`, or if the file is packed, not UTF-8, or blank.
    """
    where, data = str(path), read_input_bytes(path, most)
    refuse_packed(where, data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            where, f"byte {error.object[error.start]:#04x} is not UTF-8", "save it as UTF-8"
        ) from None
    if not text.strip():
        raise InputError(where, "it is empty")
    return text


def unknown_ending(path: Path, accepted: str) -> InputError:
    """What is wrong with a file whose name ends as none that is read does.

    Raises
    ------
    InputError
        As for `check_input`, or if the file is packed.
    """
    check_input(path)
    with path.open("rb") as stream:
        refuse_packed(str(path), stream.read(HEAD))
    return InputError(str(path), f"ending {path.suffix!r} is not known", accepted)


def _size(number: int) -> str:
    """Bytes in words."""
    return f"{number / 2**30:.3g} GiB" if number >= 2**30 else f"{number / 2**20:.3g} MiB"
