"""The suite has a test for every rule."""

from __future__ import annotations

from estimators.testing import EstimatorContract, EstimatorRules


def test_every_rule_has_a_test_of_its_name() -> None:
    rules = {name for name in vars(EstimatorRules) if callable(getattr(EstimatorRules, name))}
    rules = {name for name in rules if not name.startswith("_")}
    tests = {name.removeprefix("test_") for name in vars(EstimatorContract) if "test_" in name}
    assert tests == rules
