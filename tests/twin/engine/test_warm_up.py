"""Warm-up."""

from __future__ import annotations

from estimators.testing import example_profile
from twin.engine.warm_up import warm_up
from twin.kernel import engine


def test_the_engine_is_compiled_for_every_workload_afterwards() -> None:
    warm_up(example_profile())
    assert len(engine.advance.signatures) == 1
