"""Which terms an engine has."""

from __future__ import annotations

from twin.calibrate.engine_terms import engine_terms
from twin.calibrate.terms import TERMS


def test_every_term_is_of_some_engine() -> None:
    earlier, today = (set(engine_terms(version)) for version in ("0.8.5", "0.22.1"))
    assert earlier | today == set(TERMS)
    assert earlier - today
    assert today - earlier
    assert {"base", "adapter"} <= {term.name for term in earlier & today}
