"""Adapters by base model."""

from __future__ import annotations

from placer.bounds.base_models import adapters_by_model
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength

LENGTHS = CopulaLengths(FixedLength(10), FixedLength(10))
ONE, OTHER = (Adapter(m, 8, 1.0, LENGTHS, base_model=m) for m in ("one", "other"))
ANYWHERE = Adapter("anywhere", 8, 1.0, LENGTHS)


def test_those_of_no_named_model_are_left_out_beside_others() -> None:
    assert adapters_by_model([ONE, ANYWHERE, OTHER]) == {"one": [ONE], "other": [OTHER]}
    assert adapters_by_model([ONE, ANYWHERE]) == {"one": [ONE]}
    assert adapters_by_model([ANYWHERE]) == {"": [ANYWHERE]}
    assert adapters_by_model([]) == {}
