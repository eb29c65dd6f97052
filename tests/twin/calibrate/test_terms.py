"""Terms that can be fitted."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from tests.twin.calibrate.known_costs import TRUE
from twin.calibrate.terms import TERMS, Term, term_value
from twin.gpu.step_time import FIXED_TERMS, StepTime


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_each_is_a_coefficient_of_a_profile(term: Term) -> None:
    part = replace(getattr(TRUE, term.part), **{term.name: term.typical})
    assert getattr(part, term.name) == term.typical > 0
    assert term.data
    assert 0 < term.spread <= 1
    assert term_value(replace(TRUE, **{term.part: part}), term) == term.typical
    assert term.key == f"{term.part}.{term.name}"


def test_all_of_the_step_time_that_vllm_has_can_be_fitted() -> None:
    fitted = {term.name for term in TERMS if term.part == "step_time"}
    kept = {"adapter_rank", "scheduler_running", *FIXED_TERMS}  # of engines that do not pad, and 0
    assert fitted == {field.name for field in fields(StepTime)} - kept
