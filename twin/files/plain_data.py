"""Plain data from JSON and YAML files, as far as a reader may take it for granted.

Whatever a file holds, what is handed on has values that can be shown in a message, a depth that
no function minds, and whole numbers that compiled code can take.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from twin.files.errors import InputError
from twin.files.input_file import read_input
from twin.files.json_objects import DEEPEST, JsonError, decode_json

__all__ = ["parse_json", "parse_yaml", "read_json", "read_yaml", "read_yaml_text"]

_MOST_JSON_BYTES = 512 << 20
_MOST_YAML_BYTES = 32 << 20  # which take a minute
_SHOWN = 8  # keys on the way to a value
_LARGEST = 2**63  # of whole numbers, which compiled code takes as 64 bits
_CORE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBERS = {
    "int": re.compile(r"[-+]?(0|[1-9][0-9]*|0x[0-9a-fA-F]+)"),
    "float": re.compile(
        r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|(0|[1-9][0-9]*)(?=[eE]))([eE][-+]?[0-9]+)?"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
    ),
}
"""What is a number. In YAML 1.1 010 is 8, 1:30 is 90 and 1_0 is 10: here they stay texts."""


class _Loader(_CORE):  # type: ignore[misc]  # one of two
    """Reads numbers as they look, and no key twice."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._seen: set[int] = set()

    def flatten_mapping(self, node: Any) -> None:
        """Look at the keys of a mapping before those are in it that it shares with another."""
        if id(node) not in self._seen:
            self._seen.add(id(node))
            known = set()
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and not key.tag.endswith(":merge"):
                    if (key.tag, key.value) in known:
                        problem = f"key {key.value:.60} is there twice"
                        mark = key.start_mark
                        raise yaml.constructor.ConstructorError(None, None, problem, mark)
                    known.add((key.tag, key.value))
        super().flatten_mapping(node)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, known) for tag, known in resolvers if tag.rpartition(":")[2] not in _NUMBERS]
    for first, resolvers in _CORE.yaml_implicit_resolvers.items()
}
for _name, _known in _NUMBERS.items():
    _whole = re.compile(f"(?:{_known.pattern})$")
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", _whole, list("-+.0123456789"))


def read_json(path: Path | str) -> Any:
    """Content of a JSON file.

    Raises
    ------
    InputError
        As for `read_input` and `parse_json`.
    """
    return parse_json(read_input(path, _MOST_JSON_BYTES), str(path))


def read_yaml(path: Path | str) -> Any:
    """Content of a YAML file.

    Raises
    ------
    InputError
        As for `read_input` and `parse_yaml`.
    """
    return parse_yaml(read_yaml_text(path), str(path))


def read_yaml_text(path: Path | str) -> str:
    """Text of a YAML file, for `parse_yaml`, which takes long where it is long.

    Raises
    ------
    InputError
        As for `read_input`.
    """
    return read_input(path, _MOST_YAML_BYTES)


def parse_json(text: str, where: str) -> Any:
    """Content of a JSON text.

    Parameters
    ----------
    text : str
    where : str
        File for the message.

    Raises
    ------
    InputError
        If it is not JSON, is nested too deep, has a key twice in one object, or holds a number or
        a text that cannot be handled.
    """
    try:
        data = decode_json(text)
    except JsonError as error:
        raise InputError(where, str(error)) from None
    _Check(where, len(text)).run(data)
    return data


def parse_yaml(text: str, where: str) -> Any:
    """Content of a YAML text.

    Parameters
    ----------
    text : str
    where : str
        File for the message.

    Raises
    ------
    InputError
        If it is not YAML, is nested too deep, holds a number or a text that cannot be handled, or
        has anchors that refer to themselves or stand for far more than was written.
    """
    try:
        data = yaml.load(text, _Loader)
    except RecursionError:
        raise _too_deep(where) from None
    except Exception as error:  # PyYAML's constructors raise whatever they come across
        reason = " ".join(str(error).split())
        if not isinstance(error, yaml.YAMLError):
            reason = f"a value does not fit its tag: {type(error).__name__} {reason}"
        raise InputError(where, f"it is not YAML ({reason})") from None
    _Check(where, len(text)).run(data)
    return data


def _too_deep(where: str) -> InputError:
    return InputError(where, "it is nested too deep", f"up to {DEEPEST} levels")


class _Refused(Exception):
    """Why a value is not accepted, and the keys on the way to it, the innermost first."""

    def __init__(self, problem: str, accepted: str = "") -> None:
        self.problem = problem
        self.accepted = accepted
        self.keys: list[str] = []


class _Check:
    """Looks at all of some plain data once, however often an anchor stands for a part of it."""

    def __init__(self, where: str, length: int) -> None:
        self._where = where
        self._most = 10_000 + 10 * length
        self._known: dict[int, tuple[int, int]] = {}  # values within a container, and their depth
        self._open: set[int] = set()

    def run(self, data: object) -> None:
        """Raise `InputError` where it cannot be handed on."""
        try:
            self._measure(data, 0)
        except _Refused as error:
            place = "".join(reversed(error.keys[-_SHOWN:])).removeprefix(".")
            where = f"{self._where}, {place}" if place else self._where
            raise InputError(where, error.problem, error.accepted) from None

    def _measure(self, value: object, depth: int) -> tuple[int, int]:
        """Number of values that one stands for, and how deep they are within it."""
        if not isinstance(value, (dict, list)):
            _check_value(value)
            return 1, 0
        if id(value) in self._open:
            raise _Refused("an anchor refers to itself")
        if id(value) not in self._known:
            self._open.add(id(value))
            self._known[id(value)] = self._within(value, depth)
            self._open.remove(id(value))
        number, height = self._known[id(value)]
        if depth + height > DEEPEST:
            raise _Refused("it is nested too deep", f"up to {DEEPEST} levels")
        return number, height

    def _within(self, value: dict[object, object] | list[object], depth: int) -> tuple[int, int]:
        if depth >= DEEPEST:
            raise _Refused("it is nested too deep", f"up to {DEEPEST} levels")
        number, height = 1, 0
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            try:
                if isinstance(value, dict):
                    _check_value(key)
                more, below = self._measure(part, depth + 1)
            except _Refused as error:
                error.keys.append(f"[{key}]" if isinstance(value, list) else f".{key!s:.60}")
                raise
            number += more
            height = max(height, below + 1)
            if number > self._most:
                raise _Refused("its anchors stand for far more than was written", "write it out")
        return number, height


def _check_value(value: object) -> None:
    """Refuse numbers and texts that cannot be handled, shown or written."""
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        sign = "-" if value < 0 else ""
        raise _Refused(f"a whole number of {value.bit_length()} bits", f"up to {sign}2^63")
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _Refused(f"{value!r} is no valid text", "valid Unicode") from None
