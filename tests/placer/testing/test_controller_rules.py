"""Controllers that break a rule are told which, in words."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from placer.controllers import MinCostFlow, Observation
from placer.testing import ControllerContract, ControllerRules, check_controller


@dataclass(frozen=True)
class Odd:
    """Sends everything to the first engine, but for what is wrong with it."""

    wrong: str
    past: list[float] = field(default_factory=list, repr=False, compare=False)

    def decide(self, seen: Observation, rng: np.random.Generator) -> np.ndarray:
        shares = np.zeros_like(seen.shares)
        shares[:, 0] = 1.0
        if self.wrong == "half":
            return shares / 2
        if self.wrong == "flat":
            return shares[0]
        if self.wrong == "meddling":
            seen.shares[:] = shares
        if self.wrong == "moody":
            self.past.append(0.0)
            return np.roll(shares, len(self.past) % 2, axis=1)
        if self.wrong == "mindful":
            self.past.append(float(seen.rates.sum()))
            return np.roll(shares, int(self.past[-2:][0] > self.past[-1]), axis=1)
        return shares


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("half", "the shares of .* sum to 0.5"),
        ("flat", "its shares have the shape"),
        ("meddling", "it changes what it sees"),
        ("moody", "the same random numbers give other decisions"),
        ("mindful", "what it saw before changes what it decides"),
    ],
)
def test_broken_rules_are_told_in_words(wrong: str, words: str) -> None:
    with pytest.raises(AssertionError, match=words) as told:
        check_controller(Odd(wrong))
    assert str(told.value).startswith(f"Odd(wrong='{wrong}') breaks rules of controllers:\n- ")


def test_a_good_controller_breaks_none() -> None:
    check_controller(Odd("nowhere"))
    check_controller(MinCostFlow())


def test_every_rule_has_a_test() -> None:
    rules = {name for name in vars(ControllerRules) if not name.startswith("_")}
    fields = set(ControllerRules.__dataclass_fields__)
    tests = {name for name in vars(ControllerContract) if name.startswith("test_")}
    assert {f"test_{name}" for name in rules - fields} == tests
