"""Numbers in JSON."""

from __future__ import annotations

import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placer.problem.json_numbers import from_json_number, to_json_number
from twin.files.errors import InputError


@given(st.floats())
def test_every_number_is_read_back(value: float) -> None:
    text = json.dumps(to_json_number(value), allow_nan=False)
    back = from_json_number(json.loads(text))
    assert (
        math.isnan(back)
        if math.isnan(value)
        else struct.pack("d", back) == struct.pack("d", value)
    )


@pytest.mark.parametrize("value", ["NaN", "", None, True, [1.0], "1"])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="is not a number"):
        from_json_number(value)
