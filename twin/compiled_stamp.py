"""Stamp of a compiled function: what its machine code was made of, wherever that stands.

Numba keeps code as long as the function's own file is as it was. But what it calls may be inlined
from other files, constants are copied, and fields of named tuples become positions. So the stamp
is over all files of the functions that one leads to, and the values and fields that they name. It
does not say in which folder they are, so that code goes along where an installation is moved.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import numpy as np

__all__ = ["note_file", "stamp_of"]

_WORD = re.compile(r"[A-Za-z_]\w*")
_files: dict[str, tuple[int, int]] = {}


def note_file(function: Callable[..., Any]) -> None:
    """Note how the file of a function is now, as it is imported: it may change later."""
    path = _path(function)
    if path not in _files:
        try:
            status = Path(path).stat()
        except OSError:  # what a user types has no file
            _files[path] = 0, 0
        else:
            _files[path] = status.st_mtime_ns, status.st_size


def stamp_of(function: Callable[..., Any]) -> str:
    """Digest of all that the machine code of a function depends on.

    Parameters
    ----------
    function : callable
        As it is written. Functions that it calls are known by `note_file`.
    """
    told: dict[int, str] = {}
    waiting: list[object] = [function]
    while waiting:
        value = waiting.pop()
        if id(value) not in told:
            told[id(value)], further = _describe(value)
            waiting.extend(further)
    return blake2b("\n".join(sorted(told.values())).encode(), digest_size=16).hexdigest()


def _describe(value: object) -> tuple[str, list[object]]:
    """What a value is, and the further ones that it leads to."""
    function = getattr(value, "py_func", value)
    if isinstance(function, FunctionType):
        if (path := _path(function)) not in _files:
            return "", []  # not one of ours
        return f"{function.__module__} {_files[path]}", list(_named(function))
    if isinstance(value, type):
        if not issubclass(value, tuple):
            return "", []
        fields: dict[str, Any] = getattr(value, "__annotations__", {})
        names = vars(sys.modules[value.__module__])
        words = (word for kind in fields.values() for word in _WORD.findall(str(kind)))
        return f"{value} {list(fields)}", [names[word] for word in words if word in names]
    if isinstance(value, np.ndarray):
        digest = blake2b(value.tobytes(), digest_size=16).hexdigest()
        return f"{value.dtype} {value.shape} {digest}", []
    if isinstance(value, bool | int | float | str | tuple | np.generic | np.dtype | None):
        return repr(value), []
    return "", []


def _named(function: FunctionType) -> Iterator[object]:
    """Values of the module that a function names, in its code or its annotations."""
    words = {
        word for kind in function.__annotations__.values() for word in _WORD.findall(str(kind))
    }
    waiting = [function.__code__]
    while waiting:
        code = waiting.pop()
        words.update(code.co_names)
        waiting += [part for part in code.co_consts if isinstance(part, CodeType)]
    for word in sorted(words):
        if word in function.__globals__:
            yield function.__globals__[word]


def _path(function: Any) -> str:
    code: CodeType = function.__code__
    return code.co_filename
