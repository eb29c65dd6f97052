"""Rules as plain data, and their files."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from placer.console.parameter_types import describe_type, fits_type
from placer.problem.rules import Rules
from twin.files.errors import InputError
from twin.files.plain_data import read_yaml

__all__ = ["read_rules", "rules_from_dict"]


def rules_from_dict(data: Any, where: str = "rules") -> Rules:
    """Rules from plain data with the fields of `Rules` as keys, none of them required.

    Raises
    ------
    InputError
        If it is no mapping, a key is unknown, or a value is of the wrong type or refused.
    """
    names = [field.name for field in fields(Rules)]
    if not isinstance(data, Mapping):
        raise InputError(where, "it is not a mapping", f"keys: {', '.join(names)}")
    hints = typing.get_type_hints(Rules)
    for key, value in data.items():
        if key not in names:
            raise InputError(where, f"unknown key {key!r}", f"accepted: {', '.join(names)}")
        if not fits_type(value, hints[key]):
            raise InputError(
                f"{where}.{key}", f"{value!r} is not accepted", f"give {describe_type(hints[key])}"
            )
    try:
        return Rules(**data)
    except InputError as error:
        place = error.where.replace("rules", where, 1)
        raise InputError(place, error.problem, error.accepted) from None


def read_rules(path: Path | str) -> Rules:
    """Rules from a YAML or JSON file.

    Raises
    ------
    InputError
        If the file cannot be read or is not YAML, or its content is not as for `rules_from_dict`.
    """
    return rules_from_dict(read_yaml(path), str(path))
