"""Terms that can be fitted."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from tests.twin.calibrate.known_costs import TRUE
from twin.calibrate.terms import TERMS, Term
from twin.gpu.step_time import StepTime


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_each_is_a_coefficient_of_a_profile(term: Term) -> None:
    part = replace(getattr(TRUE, term.part), **{term.name: term.typical})
    assert getattr(part, term.name) == term.typical > 0
    assert term.data


def test_those_of_the_step_time_are_in_the_order_of_its_equation() -> None:
    fitted = [term.name for term in TERMS if term.part == "step_time"]
    assert fitted == [field.name for field in fields(StepTime) if field.name in fitted]
