"""The library of instances holds what its README says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from placer.benchmark.instance import RULES, Instance
from placer.benchmark.library import read_library
from placer.console.option_help import list_options

FOLDER = Path(__file__).parent / "instances"
LIBRARY = read_library(FOLDER)
BY_RULE = [instance for rule in RULES for instance in read_library(FOLDER, rule=rule)]


def test_there_are_enough_instances_in_every_family() -> None:
    families = Counter(instance.family for instance in LIBRARY)
    assert len(LIBRARY) >= 60
    assert set(families) == {
        *("paper_low", "paper_mixed", "paper_high", "zipf", "trace", "servegen", "rank_heavy"),
        *("hot", "memory_bound", "compute_bound", "mixed_fleet", "planted"),
    }
    assert min(families.values()) >= 3


@pytest.mark.parametrize("instance", BY_RULE, ids=lambda one: f"{one.name}-{one.rule}")
def test_an_instance_is_complete(instance: Instance) -> None:
    path = FOLDER / instance.family / f"{instance.name}.yaml"
    assert path.is_file()
    assert path.stat().st_size < 40_000
    assert 10 < len(instance.about) < 100
    assert set(instance.objectives) <= set(list_options("objective"))
    for objective in instance.objectives:
        best = instance.best_known[objective]
        assert best.lower_bound <= best.value
        assert best.found_by in {*list_options("strategy"), "planted"}
