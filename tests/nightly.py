"""How many inputs are made up: some as usual, many more where somebody has the time."""

from __future__ import annotations

import os

from hypothesis import settings

__all__ = ["NIGHTLY", "names_in_tens", "texts"]

NIGHTLY = int(os.environ.get("MUTATED_INPUTS", "0"))
"""Inputs for every reader and writer, as ``make test-nightly`` gives them; 0: as usual."""

_USUAL = 300

texts = settings(max_examples=NIGHTLY or _USUAL)
"""Settings of a test that gets one text."""
names_in_tens = settings(max_examples=(NIGHTLY or _USUAL) // 10)
"""Settings of a test that gets ten names at once."""
