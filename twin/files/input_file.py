"""Text of an input file, or one clear error."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from twin.files.errors import InputError

__all__ = ["input_lines", "read_input"]


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


def read_input(path: Path | str) -> str:
    """Whole text of a file in UTF-8, without a byte order mark.

    Raises
    ------
    InputError
        If the file is missing, is no file, cannot be read, is not UTF-8 or is empty.
    """
    where = str(path)
    try:
        with open(path, encoding="utf-8-sig", newline="") as stream:
            text = stream.read()
    except FileNotFoundError:
        raise InputError(where, "there is no such file") from None
    except IsADirectoryError:
        raise InputError(where, "it is a folder", "give a file") from None
    except UnicodeDecodeError as error:
        raise InputError(
            where, f"byte {error.object[error.start]:#04x} is not UTF-8", "save it as UTF-8"
        ) from None
    except OSError as error:
        raise InputError(where, f"it cannot be read ({error.strerror})") from None
    if not text.strip():
        raise InputError(where, "it is empty")
    return text
