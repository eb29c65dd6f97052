"""Errors in one line: the option or key, the value, and what would be accepted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from difflib import get_close_matches

from hydra.errors import HydraException, MissingConfigException, OverrideParseException

from placer.console.settings import PlaceSettings

__all__ = ["error_text"]


def error_text(error: Exception) -> str:
    """What is wrong, in one line; errors of Hydra in the words of the command line."""
    text = " ".join(str(error).split())
    if isinstance(error, MissingConfigException):
        group, _, option = (error.missing_cfg_file or "").rpartition("/")
        if group and error.options:
            return f"{group}={option}: there is no such option; accepted: {_list(error.options)}"
    elif isinstance(error, OverrideParseException):
        return f"{error.override}: it cannot be read ({text}); write KEY=VALUE"
    elif isinstance(error, HydraException):
        unknown = re.match(r"Could not override '([^']+)'", text)
        if unknown:
            return _unknown_key(unknown[1])
        if error.__cause__ is not None and "\n" not in str(error).strip():
            cause = str(error.__cause__).strip().partition("\n")[0]
            return f"{text.removeprefix('Error merging override ')}: {cause}"
    return text


def _unknown_key(key: str) -> str:
    """Why a key cannot be overridden: there is none of that name."""
    names = [f.name for f in fields(PlaceSettings)]
    head, _, rest = key.partition(".")
    if rest and head in names:
        return f"{key}: there is no such key; placer --cfg job shows those of {head}"
    near = get_close_matches(head, names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{key}: there is no such key; {hint}accepted: {_list(names)}"


def _list(names: Sequence[str]) -> str:
    return ", ".join(sorted(names))
