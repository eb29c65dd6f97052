"""Files on the command line: which kind of workload they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from twin.files.errors import InputError

__all__ = ["name_workloads"]

_SUFFIXES = {
    **dict.fromkeys((".csv", ".json"), ""),  # either
    **dict.fromkeys((".yaml", ".yml"), "adapters"),
    **dict.fromkeys((".tsv", ".jsonl", ".ndjson"), "trace"),
}
_TAKE_A_VALUE = (
    *("--config-dir", "-cd", "--config-path", "-cp", "--config-name", "-cn", "--package", "-p"),
    *("--cfg", "-c", "--info", "-i", "--hydra-help"),
)
_ADAPTERS = re.compile(r"\b(rank|rate_req_s)\b")
_HEAD = 4096  # characters in which a file shows what it is
_PLAIN = re.compile(r"[A-Za-z0-9_./-]+")


def name_workloads(arguments: list[str], tell: Callable[[str], None]) -> list[str]:
    """Arguments in which a file, given alone or as ``workload.path``, has its kind of workload.

    Parameters
    ----------
    arguments : list of str
        As the user gave them.
    tell : callable
        Is told what was understood.

    Returns
    -------
    list of str
        Arguments with ``workload=adapters`` or ``workload=trace`` where no workload was chosen,
        and ``workload.path=FILE`` for a file.

    Raises
    ------
    InputError
        If several files are given, of which the last would be read.
    """
    named = [_named(argument, before) for before, argument in pairwise(["", *arguments])]
    chosen = any(re.match(r"[~+]*workload(@[^=]*)?=", argument) for argument in named)
    paths = [text.partition("=")[2] for text in named if text.startswith("workload.path=")]
    if len(paths) > 1:
        problem = f"two files of the workload, {paths[0]} and {paths[1]}"
        raise InputError("command line", problem, "give one")
    if chosen or not paths:
        return named
    path = paths[0].strip("'\"")
    option = _option(Path(path))
    tell(f"{path} is read by workload={option}")
    return [*named, f"workload={option}"]


def _named(argument: str, before: str) -> str:
    """``workload.path=FILE`` for what looks like a file, everything else as it is."""
    alone = "=" not in argument or Path(argument).is_file()
    if argument.startswith(("-", "~", "+")) or before in _TAKE_A_VALUE or not alone:
        return argument
    if Path(argument).suffix.lower() not in _SUFFIXES and not Path(argument).is_file():
        return argument
    quoted = argument if _PLAIN.fullmatch(argument) else "'" + argument.replace("'", "\\'") + "'"
    return f"workload.path={quoted}"


def _option(path: Path) -> str:
    """Option that reads a file: by its ending, or its first characters; adapters if unsure."""
    option = _SUFFIXES.get(path.suffix.lower(), "")
    if option or not path.is_file():
        return option or "adapters"
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            head = stream.read(_HEAD).lower()
    except OSError:  # which its reader says
        return "adapters"
    if path.suffix.lower() == ".csv":
        head = head.partition("\n")[0]
    return "adapters" if _ADAPTERS.search(head) else "trace"
