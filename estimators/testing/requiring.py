"""Requiring: a rule that is broken says so in words, also where asserts are compiled away."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial

__all__ = ["broken_rules", "close", "require", "require_rules"]

_CLOSE = 1e-6


def require(kept: bool, broken: str) -> None:
    """Raise an ``AssertionError`` with some words unless a rule is kept."""
    if not kept:
        raise AssertionError(broken)


def close(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether numbers are the same but for rounding."""
    return len(one) == len(other) and all(
        a == b or math.isclose(a, b, rel_tol=_CLOSE, abs_tol=1e-12)
        for a, b in zip(one, other, strict=True)
    )


def broken_rules(cases: Iterable[partial[None]]) -> list[str]:
    """What is broken of some rules, in words; an error of another kind breaks a rule as well.

    Parameters
    ----------
    cases : iterable of partial
        Checks that raise an ``AssertionError`` where their rule is broken, with what they are to
        be called with.
    """
    return [f"{_words(case)}: {error}" for case in cases if (error := _error(case))]


def require_rules(tested: object, rules: str, cases: Iterable[partial[None]]) -> None:
    """Raise an ``AssertionError`` that says what is broken of all rules, unless they are kept.

    Parameters
    ----------
    tested : object
        What is tested.
    rules : str
        Whose rules they are: those of estimators, for example.
    cases : iterable of partial
        As for `broken_rules`.
    """
    broken = broken_rules(cases)
    require(not broken, "\n- ".join([f"{tested!r} breaks rules of {rules}:", *broken]))


def _error(case: Callable[[], None]) -> str:
    """What is broken; empty where nothing is."""
    try:
        case()
    except AssertionError as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _words(case: partial[None]) -> str:
    name = case.func.__name__.replace("_", " ")
    return name + (f" ({', '.join(map(repr, case.args))})" if case.args else "")
