"""Errors and warnings of all three packages.

The hierarchy::

    ToolkitError
    ├── InputError (ValueError)            something the user wrote is wrong
    │   └── ProfileError                   a serving profile file is wrong
    └── InsufficientMemoryError (MemoryError)   a simulation would need more memory than is free
    ToolkitWarning (UserWarning)
    ├── EngineVersionWarning               a profile is used with another engine version
    ├── EstimatedProfileWarning            a profile was scaled from datasheets, not measured
    └── ExtrapolationWarning               an estimate lies outside what was measured or trained on
"""

from __future__ import annotations

__all__ = [
    "EngineVersionWarning",
    "EstimatedProfileWarning",
    "ExtrapolationWarning",
    "InputError",
    "InsufficientMemoryError",
    "ProfileError",
    "ToolkitError",
    "ToolkitWarning",
]

_LONGEST = 600  # characters of a place or a problem


class ToolkitError(Exception):
    """Root of every error that lora-placer raises on purpose."""


class InputError(ToolkitError, ValueError):
    """User input that cannot be accepted.

    The message names the place (file, row or key), the value, and what would be accepted. Of a
    long value it shows the beginning and the end.

    Parameters
    ----------
    where : str
        File, row or key at fault, e.g. ``"adapters.csv, row 3, column rank"``.
    problem : str
        What is wrong, with the value.
    accepted : str, optional
        What would be accepted instead.
    """

    def __init__(self, where: str, problem: str, accepted: str = "") -> None:
        self.where = _shortened(where)
        self.problem = _shortened(problem)
        self.accepted = accepted
        message = f"{self.where}: {self.problem}"
        super().__init__(f"{message}; {accepted}" if accepted else message)

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str]]:
        return type(self), (self.where, self.problem, self.accepted)


def _shortened(text: str) -> str:
    """A text as it can be read in one line."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST * 2 // 3]} ... {text[-_LONGEST // 3 :]}"


class ProfileError(InputError):
    """A serving profile that cannot be read or does not cover the request."""


class InsufficientMemoryError(ToolkitError, MemoryError):
    """A simulation that would need more memory than is free."""

    # Dask makes errors of other processes anew, which Python allows with MemoryError's own
    # constructor only unless the class says how.
    def __reduce__(self) -> tuple[type[InsufficientMemoryError], tuple[str, ...]]:
        return type(self), self.args


class ToolkitWarning(UserWarning):
    """Root of every warning of lora-placer."""


class EngineVersionWarning(ToolkitWarning):
    """A serving profile is used with an engine version it was not measured with."""


class EstimatedProfileWarning(ToolkitWarning):
    """A serving profile was scaled from another GPU's instead of being measured."""


class ExtrapolationWarning(ToolkitWarning):
    """An estimate lies outside the range that was measured or trained on."""
