"""Names of the floors below that `placer` offers."""

from __future__ import annotations

import estimators
import placer
import twin
from placer import floors_below


def test_they_are_what_the_floors_call_so() -> None:
    for name in floors_below.__all__:
        floor = estimators if name in estimators.__all__ else twin
        assert getattr(placer, name) is getattr(floor, name)
