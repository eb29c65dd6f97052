"""Names and paths of adapters, as vLLM and its command line can take them."""

from __future__ import annotations

import re

from twin.files.errors import InputError
from twin.files.field_value import to_name

__all__ = [
    "adapter_folder",
    "base_name",
    "check_adapter_name",
    "check_adapter_path",
    "to_adapter_name",
]

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
_MOST_BYTES = 255  # of a file's name


def check_adapter_name(name: str, where: str = "adapter name") -> None:
    """Refuse a name under which vLLM could not serve an adapter.

    Letters of any script, spaces, punctuation, quotes and backslashes are accepted.

    Parameters
    ----------
    name : str
    where : str
        File, row and column for the message.

    Raises
    ------
    InputError
        If the name is empty, longer than 255 bytes, or has an equals sign or a character that
        cannot be printed.
    """
    if isinstance(name, str) and _PLAIN.fullmatch(name):
        return
    if not (isinstance(name, str) and name.strip()):
        raise InputError(where, f"{name!r} is not a name", "give a text that is not empty")
    _check_printable(name, where)
    if "=" in name:
        raise InputError(where, f"{name!r} has a '='", "rename it: vLLM reads NAME=PATH")
    if len(name.encode()) > _MOST_BYTES:
        raise InputError(where, f"{name[:40]!r}... has more than {_MOST_BYTES} bytes", "rename it")


def to_adapter_name(where: str, value: object) -> str:
    """Name of an adapter from a field of a file; numbers are taken as texts.

    Raises
    ------
    InputError
        If the value is no name, or one that `check_adapter_name` refuses.
    """
    name = to_name(where, value)
    check_adapter_name(name, where)
    return name


def base_name(model: str = "") -> str:
    """Name for requests for the base model where nobody gives one: the model's, if it is known."""
    return model or "base-model"


def adapter_folder(name: str) -> str:
    """Folder of an adapter that has no path of its own: its name, but never outside.

    A slash makes a folder in a folder. Names that are no such path, as ``..`` and ``a//b``, and
    those with a percent sign are written as in a URL, so that no two adapters share a folder.
    """
    if "%" not in name and {"", ".", ".."}.isdisjoint(name.split("/")):
        return name
    folder = name.replace("%", "%25").replace("/", "%2F")
    return folder.replace(".", "%2E") if folder in (".", "..") else folder


def check_adapter_path(path: str, where: str = "adapter path") -> None:
    """Refuse a path that vLLM could not be told.

    Parameters
    ----------
    path : str
        Folder or repository of an adapter.
    where : str
        File, row and column for the message.

    Raises
    ------
    InputError
        If it is no text, or has a character that cannot be printed.
    """
    if not isinstance(path, str):
        raise InputError(where, f"{path!r} is not a path", "give a text")
    _check_printable(path, where)


def _check_printable(text: str, where: str) -> None:
    if not text.isprintable():
        raise InputError(where, f"{text!r} has characters that cannot be printed", "rename it")
