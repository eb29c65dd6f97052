"""DatasetPlan."""

from __future__ import annotations

import pytest

from estimators.dataset.code_version import code_version
from estimators.dataset.plan import DatasetPlan
from estimators.model.prediction import EVERY_ENGINE
from estimators.starvation import StarvationRule
from estimators.testing import example_profile
from twin.files.errors import InputError


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("num_scenarios", 0, "0 is below 1; 1 or more"),
        ("num_edge_scenarios", -1, "-1 is below 0; 0 or more"),
        ("seed", -1, "-1 is below 0"),
        ("most_requests", 9, "9 is below 1000"),
        ("most_adapters", 0, "0 is below 1"),
        ("starvation_threshold", 1.0, r"1\.0 is not inside"),
    ],
)
def test_plans_that_make_no_sense_are_refused(key: str, value: float, words: str) -> None:
    with pytest.raises(InputError, match=f"{key}: {words}"):
        DatasetPlan(example_profile(), **{key: value})  # type: ignore[arg-type]  # one at a time


def test_everything_that_makes_a_dataset_is_in_its_provenance() -> None:
    profile = example_profile()
    assert DatasetPlan(profile, 7, 3, 2000, 9, 5, 0.75).provenance == {
        "profile": "example",
        "fingerprint": profile.fingerprint,
        "code_version": code_version(),
        "num_scenarios": "7",
        "num_edge_scenarios": "3",
        "most_requests": "2000",
        "most_adapters": "9",
        "seed": "5",
        "starvation_threshold": "0.75",
    }


def test_engines_are_drawn_where_there_is_no_profile() -> None:
    plan = DatasetPlan()
    assert plan.name == EVERY_ENGINE
    assert plan.provenance["profile"] == plan.provenance["fingerprint"] == EVERY_ENGINE


def test_the_usual_threshold_is_that_of_the_usual_rule() -> None:
    assert DatasetPlan(example_profile()).starvation_threshold == StarvationRule().threshold
