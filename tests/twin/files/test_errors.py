"""Errors tell where, what and what would be accepted, and can be sent between processes."""

from __future__ import annotations

import pickle

import pytest

from twin.files import errors
from twin.files.errors import (
    EngineVersionWarning,
    EstimatedProfileWarning,
    ExtrapolationWarning,
    InputError,
    InsufficientMemoryError,
    ProfileError,
    ToolkitError,
    ToolkitWarning,
)


def test_message_has_place_problem_and_remedy() -> None:
    error = InputError("adapters.csv, row 3", "'x' is not a number", "a positive number")
    assert str(error) == "adapters.csv, row 3: 'x' is not a number; a positive number"


def test_message_without_remedy() -> None:
    assert str(InputError("duration", "it is 0")) == "duration: it is 0"


@pytest.mark.parametrize("kind", [InputError, ProfileError])
def test_pickled_and_back(kind: type[InputError]) -> None:
    error = kind("gpu", "'T4' is not known", "known: L40S")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert (copy.where, copy.problem, copy.accepted) == ("gpu", "'T4' is not known", "known: L40S")
    assert str(copy) == str(error)


def test_memory_error_pickled_and_back() -> None:
    copy = pickle.loads(pickle.dumps(InsufficientMemoryError("it needs 8 GiB, 4 are free")))
    assert str(copy) == "it needs 8 GiB, 4 are free"


def test_memory_error_carried_by_dask() -> None:
    tblib = pytest.importorskip("tblib.pickling_support")  # what Dask carries errors with
    error = InsufficientMemoryError("it needs 8 GiB, 4 are free")
    make, arguments = tblib.pickle_exception(error)[:2]
    assert str(make(*arguments)) == str(error)


@pytest.mark.parametrize(
    ("kind", "parents"),
    [
        (InputError, (ToolkitError, ValueError)),
        (ProfileError, (InputError,)),
        (InsufficientMemoryError, (ToolkitError, MemoryError)),
        (EngineVersionWarning, (ToolkitWarning,)),
        (EstimatedProfileWarning, (ToolkitWarning,)),
        (ExtrapolationWarning, (ToolkitWarning,)),
        (ToolkitWarning, (UserWarning,)),
    ],
)
def test_can_be_caught_as(kind: type, parents: tuple[type, ...]) -> None:
    assert all(issubclass(kind, parent) for parent in parents)


def test_the_tree_in_the_docstring_is_complete() -> None:
    assert errors.__doc__ is not None
    assert all(name in errors.__doc__ for name in errors.__all__)


def test_long_values_are_shown_by_their_beginning_and_end() -> None:
    error = InputError("file", f"{'x' * 5000!r} is no number", "a number")
    assert len(str(error)) < 650
    assert str(error).startswith("file: 'xxx")
    assert str(error).endswith("xxx' is no number; a number")
