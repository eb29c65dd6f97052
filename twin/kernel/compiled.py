"""How the kernel's functions are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

__all__ = ["compiled"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Compile a function of the kernel, which must not allocate arrays.

    It goes without Numba's run-time (NRT): counting the references of a dozen arrays at every call
    would take two thirds of the time of a simulation. And it is inlined where it is called: to
    hand over that many arrays would take half of what is left.
    """
    decorate: Any = njit
    options = {"cache": True, "nogil": True, "forceinline": True, "_nrt": False}
    return cast(_Function, decorate(**options)(function))
