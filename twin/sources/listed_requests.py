"""Requests that stand in a list within one JSON object, as exports have them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from twin.files.errors import InputError

__all__ = ["listed_requests"]

_logger = logging.getLogger(__name__)

_ACCEPTED = "an array of requests, one under a key such as requests, or an object in each line"
_MOST_SHOWN = 200  # characters of names


def listed_requests(where: str, whole: Mapping[str, Any]) -> Sequence[object]:
    """Requests of a file that is one object: those of the only list of objects in it.

    An object without lists is a request itself.

    Parameters
    ----------
    where : str
        File for messages.
    whole : mapping of str to object

    Raises
    ------
    InputError
        If several lists of objects stand in it, lists of something else do, or what stands beside
        the list says in which unit its times are.
    """
    lists = {key: value for key, value in whole.items() if isinstance(value, list) and value}
    found = [key for key, value in lists.items() if all(isinstance(one, dict) for one in value)]
    if len(found) > 1:
        raise InputError(where, f"it is one object with lists under {_shown(found)}", _ACCEPTED)
    if not found:
        if len(lists) > 1:
            raise InputError(
                where, f"it is one object with lists of values under {_shown(lists)}", _ACCEPTED
            )
        return [whole]
    key = found[0]
    beside = [name for name in whole if name != key]
    for name in beside:
        if "unit" in name.lower():
            raise InputError(
                f"{where}, key {name}",
                f"{whole[name]!r:.60} beside the requests is not read",
                "leave the key out and say workload.columns.time_unit=...",
            )
    rest = f"; not read: {_shown(beside)}" if beside else ""
    _logger.info("%s: its requests are those under %s%s", where, _shown([key]), rest)
    return lists[key]


def _shown(names: Collection[str]) -> str:
    """Names of keys for a message."""
    return ", ".join(name if name.isprintable() else repr(name) for name in names)[:_MOST_SHOWN]
