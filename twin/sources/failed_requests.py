"""Requests of a log that failed: they took no part of the engine that could be known."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError

__all__ = ["find_failed", "is_failure", "tells_failures"]

_GOOD = {
    *("ok", "success", "successful", "succeeded", "completed", "complete", "finished", "done"),
    *("stop", "length", "eos"),
}
_BAD = {
    *("error", "errored", "fail", "failed", "failure", "timeout", "timed out", "cancelled"),
    *("canceled", "abort", "aborted", "rejected", "dropped", "incomplete"),
}
_NOTHING = {"", "none", "null", "nil", "nan", "n/a", "na", "undefined", "-", "[]", "{}"}
_CODE = re.compile(
    r"(?:http[ /]?(?:[1-3](?:\.[01])? )?)?([1-5][0-9][0-9](?:\.0*)?)(?: [a-z '-]+)?"
)
_CODES = {
    *("200", "201", "202", "204", "400", "401", "402", "403", "404", "408", "409", "413", "422"),
    *("424", "429", "499", "500", "502", "503", "504", "529"),
}  # of HTTP that servers of models answer with
_MOST_WORDS = 20  # different ones, in a column that tells
_YES, _NO = {"true", "1", "yes", "y", "t"}, {"false", "0", "no", "n", "f"}


def find_failed(
    where: str, column: str, numbers: Sequence[int], values: Sequence[object]
) -> NDArray[np.bool_]:
    """Which requests failed, by a column that tells.

    Parameters
    ----------
    where : str
        File, for the message.
    column : str
        Its name says how it is read: one with ``succe`` is true for those that did not fail, one
        with ``error`` or ``exception`` is empty for them or says that all went well, one with
        ``fail`` is false for them, and any other holds a status code or word.
    numbers : sequence of int
        Number of each row in the file.
    values : sequence of length n

    Returns
    -------
    ndarray of bool, shape (n,)

    Raises
    ------
    InputError
        If a value is none that is known.
    """
    name = column.strip().lower()
    answers: dict[str, bool | None] = {}
    failed = np.zeros(len(values), bool)
    for index, value in enumerate(values):
        text = "" if value is None else str(value).strip().lower()
        if text not in answers:
            answers[text] = _failed(name, text)
        answer = answers[text]
        if answer is None:
            raise InputError(
                f"{where}, row {numbers[index]}, {column}",
                f"whether a request with {value!r} failed is not known",
                f"status=none where {column} does not tell (workload.columns.status=none)",
            )
        failed[index] = answer
    return failed


def is_failure(value: object) -> bool:
    """Whether a value is a word for a failure, whatever its column is called."""
    return str(value).strip().lower() in _BAD


def tells_failures(values: Collection[str]) -> bool:
    """Whether values tell requests that failed from others, whatever their column is called."""
    if not 1 < len(values) <= _MOST_WORDS:
        return False
    return any(map(is_failure, values)) or (
        all(value in _CODES for value in values) and not all(value[0] == "2" for value in values)
    )


def _failed(column: str, text: str) -> bool | None:
    """Whether a request failed; None where that is not known."""
    code = _code(text)
    if "error" in column or "exception" in column:
        return text not in _NOTHING | _NO | _GOOD and not 200 <= code < 400
    if "succe" in column:
        good, bad = _YES | _GOOD, _NO | _BAD
        return {**dict.fromkeys(good, False), **dict.fromkeys(bad, True)}.get(text)
    if "fail" in column and text in _YES | _NO | _NOTHING:
        return text in _YES
    if text in _GOOD:
        return False
    if text in _BAD:
        return True
    return not 200 <= code < 400 if 100 <= code < 600 else None


def _code(text: str) -> float:
    """Status code of HTTP, with or without words around it; NaN for none."""
    found = _CODE.fullmatch(text)
    return float(found[1]) if found else math.nan
