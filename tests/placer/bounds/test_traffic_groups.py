"""Groups of similar traffic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from placer.bounds.traffic_groups import MAX_GROUPS, TrafficGroups, group_traffic
from placer.problem.adapter_classes import AdapterClasses
from placer.testing import example_problem
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.workload import Workload


def grouped(adapters: tuple[Adapter, ...]) -> TrafficGroups:
    return group_traffic(AdapterClasses(Workload(adapters)), adapters)


def of_length(name: str, prompt: int, output: int, base_model: str = "") -> Adapter:
    lengths = CopulaLengths(FixedLength(prompt), FixedLength(output))
    return Adapter(name, 8, 1.0, lengths, base_model=base_model)


def test_few_kinds_of_traffic_are_a_group_each() -> None:
    adapters = example_problem(12).workload.adapters
    found = grouped(adapters)
    assert len(found.leaders) == 2
    assert found.factor == pytest.approx(np.ones(12))
    for adapter, group in zip(adapters, found.group.tolist(), strict=True):
        assert found.leaders[group].lengths == adapter.lengths


def test_many_kinds_are_clustered_by_similarity() -> None:
    short = [of_length(f"s{i}", 100 + i, 50) for i in range(20)]
    long = [of_length(f"l{i}", 2000 + i, 50) for i in range(20)]
    found = grouped((*short, *long))
    assert len(found.leaders) <= MAX_GROUPS
    assert not set(found.group[:20].tolist()) & set(found.group[20:].tolist())
    tokens = np.array([a.token_rate for a in (*short, *long)])
    leaders = np.array([a.token_rate for a in found.leaders])
    assert found.factor == pytest.approx(tokens / leaders[found.group])
    assert np.all(abs(found.factor - 1) < 0.2)


def test_base_models_are_never_in_one_group() -> None:
    found = grouped((of_length("a", 100, 50, "one"), of_length("b", 100, 50, "two")))
    assert found.group.tolist() == [0, 1]


def test_same_groups_every_time() -> None:
    adapters = tuple(of_length(f"a{i}", 100 + 37 * i, 50 + 11 * (i % 7)) for i in range(30))
    one, two = grouped(adapters), grouped(adapters)
    assert one.group.tolist() == two.group.tolist()
    assert [a.name for a in one.leaders] == [a.name for a in two.leaders]
    burstier = replace(adapters[0], name="other")
    assert grouped((*adapters, burstier)).group[0] == grouped((*adapters, burstier)).group[-1]
