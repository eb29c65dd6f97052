"""Rules that are broken say so in words."""

from __future__ import annotations

from functools import partial

import pytest

from estimators.testing.requiring import broken_rules, close, require


def seven_is_even() -> None:
    require(7 % 2 == 0, "7 is odd")


def test_a_broken_rule_is_an_assertion_error_with_its_words() -> None:
    require(True, "not said")
    with pytest.raises(AssertionError, match=r"^7 is odd$"):
        seven_is_even()


def test_only_broken_rules_are_listed() -> None:
    assert broken_rules([partial(seven_is_even), partial(require, True, "not said")]) == [
        "seven is even: 7 is odd"
    ]


def test_numbers_are_close_but_for_rounding() -> None:
    assert close([1.0, 0.0], [1.0 + 1e-9, 1e-15])
    assert not close([1.0], [1.1])
    assert not close([1.0], [1.0, 1.0])
