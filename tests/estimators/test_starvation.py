"""StarvationRule."""

from __future__ import annotations

import math

import pytest

from estimators.starvation import USUAL_RULE, StarvationRule
from twin.files.errors import InputError


@pytest.mark.parametrize("threshold", [0.0, 1.0, -0.5, math.nan, math.inf])
def test_thresholds_that_are_no_share_are_refused(threshold: float) -> None:
    with pytest.raises(InputError, match=f"starvation_threshold: {threshold!r} is not inside"):
        StarvationRule(threshold)


def test_equal_rules_are_one() -> None:
    assert StarvationRule() == USUAL_RULE
    assert len({USUAL_RULE, StarvationRule(0.9, True), StarvationRule(0.5)}) == 2
