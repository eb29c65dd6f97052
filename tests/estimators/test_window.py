"""Window."""

from __future__ import annotations

import math

import pytest

from estimators.window import USUAL_WINDOW, Window
from twin.files.errors import InputError


def test_little_traffic_is_looked_at_for_longer() -> None:
    assert USUAL_WINDOW.seconds(5.0) == 600.0
    assert USUAL_WINDOW.seconds(0.1) == 3000.0
    assert Window(60.0, 0).seconds(0.1) == 60.0
    assert isinstance(Window(60).seconds(5.0), float)  # or what is compiled would be once more


@pytest.mark.parametrize(
    ("key", "value"),
    [("duration", 0.0), ("duration", math.nan), ("duration", math.inf), ("min_requests", -1)],
)
def test_values_out_of_range_are_named(key: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"estimator\.window\.{key}: {value!r} is"):
        Window(**{key: value})  # type: ignore[arg-type]  # one at a time
