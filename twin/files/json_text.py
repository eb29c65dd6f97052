"""Plain data as JSON text that people can read, and that takes little time however long it is."""

from __future__ import annotations

from itertools import groupby
from json import JSONEncoder

__all__ = ["json_text"]

_MARK = "\x01"  # JSON has it in no text: there it is escaped
_TYPES = {str, int, float, bool, type(None)}
_MANY = 8  # plain values, beyond which each has a line of its own
_PLAIN, _SHORT, _LONG = range(3)


def json_text(data: object, *, allow_nan: bool = True) -> str:
    """JSON with one line for each mapping or list of a few plain values, in UTF-8, not escaped.

    Parameters
    ----------
    data : object
        Plain data; keys are texts.
    allow_nan : bool
        Whether numbers may be infinite or none, for which JSON has no word.

    Raises
    ------
    ValueError
        If a number may not.
    """
    encoder = JSONEncoder(ensure_ascii=False, allow_nan=allow_nan, separators=(f",{_MARK}", ": "))
    return _text(data, encoder, "\n") + "\n"


def _text(data: object, encoder: JSONEncoder, line: str) -> str:
    """Text of a value; ``line`` begins one, with the blanks that are due there."""
    if not data or not isinstance(data, dict | list | tuple) or _kind(data) == _SHORT:
        return encoder.encode(data).replace(_MARK, " ")
    below = f"{line} "
    mapping = isinstance(data, dict)
    rows: list[str] = []
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for kind, run in groupby(items, key=lambda item: _kind(item[1])):
        if kind == _LONG:
            for key, value in run:
                name = f"{encoder.encode(str(key))}: " if mapping else ""
                rows.append(name + _text(value, encoder, below))
        else:  # all at once
            text = encoder.encode(dict(run) if mapping else [value for _, value in run])[1:-1]
            for end in ("",) if kind == _PLAIN else "}]":  # there are none within
                text = text.replace(f"{end},{_MARK}", f"{end},{below}")
            rows.append(text.replace(_MARK, " "))
    first, last = "{}" if mapping else "[]"
    return f"{first}{below}{f',{below}'.join(rows)}{line}{last}"


def _kind(data: object) -> int:
    """Whether it is a plain value, a mapping or a list of a few of them, or something else."""
    if not isinstance(data, dict | list | tuple):
        return _PLAIN
    values = data.values() if isinstance(data, dict) else data
    short = 0 < len(data) <= _MANY and {type(value) for value in values} <= _TYPES
    return _SHORT if short else _LONG
