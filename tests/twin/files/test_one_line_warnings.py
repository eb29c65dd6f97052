"""Warnings as lines."""

from __future__ import annotations

import warnings

import pytest

from twin.files.errors import EngineVersionWarning, ExtrapolationWarning
from twin.files.one_line_warnings import one_line_warnings


def test_each_is_one_line_and_told_once() -> None:
    told: list[str] = []
    with one_line_warnings(told.append):
        for text in ("of another\n  version", "of another version", "another one"):
            warnings.warn(text, EngineVersionWarning, stacklevel=1)
        warnings.warn("another one", ExtrapolationWarning, stacklevel=1)
    assert told == ["of another version", "another one"]


def test_afterwards_warnings_are_what_they_were() -> None:
    with one_line_warnings(pytest.fail):
        pass
    with pytest.warns(EngineVersionWarning, match="told"):
        warnings.warn("told as usual", EngineVersionWarning, stacklevel=1)
