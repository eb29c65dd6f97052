"""Waves of a migration, carried out on a fleet that notices what is not served."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators.testing import example_adapters, example_base, example_profile
from placer.deploy.change import Change, Wave, describe_change
from placer.deploy.deployment import Deployment, describe_deployment
from placer.problem.fleet import GpuType
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.replanning import plan_migration
from twin.workload.workload import Workload

NAMES = [adapter.name for adapter in example_adapters(6)]
PROFILE = example_profile()


def problem(before: Placement, count: int | None = None) -> Problem:
    workload = Workload((*example_adapters(6), example_base()))
    return Problem(workload, (GpuType(PROFILE, count),), previous=before)


def placement(*contents: str, slots: int = 4) -> Placement:
    """GPUs a, b, ... with the adapters of these digits and the base model; equal parts of each."""
    numbers = {d: sum(d in content for content in contents) for d in "012345b"}
    plans = []
    for letter, content in zip("abcdefgh", contents, strict=False):
        if not content:
            continue
        shares = {
            "base" if digit == "b" else NAMES[int(digit)]: 1 / numbers[digit] for digit in content
        }
        config = PROFILE.engine_config(slots, 32)
        plans.append(GpuPlan(PROFILE.name, config, tuple(sorted(shares.items())), letter))
    base = ("base",) if numbers["b"] else ()
    return Placement(tuple(plans), base=base)


def change(
    before: Placement, after: Placement, count: int | None = None
) -> tuple[Change, Deployment]:
    stated = problem(before, count)
    migration = plan_migration(before, after, stated)
    return describe_change(stated, migration), describe_deployment(stated, after)


def carry_out(waves: tuple[Wave, ...], before: Deployment, after: Deployment) -> None:
    """Take the steps of all waves; the names of both deployments have to be served throughout."""
    held = {group.name: {a.name for a in group.adapters} for group in before.groups}
    final = {group.name: {a.name for a in group.adapters} for group in after.groups}
    routes = dict(before.routes)
    both = before.routes.keys() & after.routes.keys()
    for wave in waves:
        held |= {group: set(final[group]) for group in wave.start}
        for group, name in wave.load:
            assert name not in held[group]
            held[group].add(name)
        routes = dict(wave.routes)
        for name in both:
            for group in routes.get(name, {}):
                assert name in held[group] or name in after.base
            assert sum(routes.get(name, {"": 1.0}).values()) == pytest.approx(1)
        for group, name in wave.unload:
            assert group not in routes.get(name, {})
            held[group].remove(name)
        for group in wave.stop:
            assert not any(group in shares for shares in routes.values())
            del held[group]
        listed = {(g, name) for name, groups in wave.held.items() for g in groups}
        assert listed == {(group, name) for group, names in held.items() for name in names}
    assert held == final
    assert routes.keys() == after.routes.keys()
    for name, shares in after.routes.items():
        assert routes[name] == pytest.approx(shares)


contents = st.lists(
    st.text("012345b", max_size=4).map(lambda t: "".join(sorted(set(t)))), min_size=1, max_size=4
).filter(any)


@settings(max_examples=150, deadline=None)
@given(one=contents, two=contents, slots=st.sampled_from([4, 8]), count=st.none() | st.just(4))
def test_every_adapter_is_served_throughout(
    one: list[str], two: list[str], slots: int, count: int | None
) -> None:
    made, after = change(placement(*one), placement(*two, slots=slots), count)
    carry_out(made.waves(after), made.before, after)
    carry_out(made.grouped_waves(after), made.before.grouped(), after.grouped())


def test_nothing_to_do_is_no_wave() -> None:
    made, after = change(placement("01", "2b"), placement("01", "2b"))
    assert made.waves(after) == ()


def test_loads_come_first_and_stops_last() -> None:
    made, after = change(placement("01", "2", "3"), placement("0", "12", "", "3"))
    (wave,) = made.waves(after)
    assert wave.start == ("d",)
    assert wave.load == (("b", NAMES[1]),)
    assert wave.unload == (("a", NAMES[1]),)
    assert wave.stop == ("c",)
    assert wave.held == {NAMES[0]: ("a",), NAMES[1]: ("b",), NAMES[2]: ("b",), NAMES[3]: ("d",)}


def test_without_a_free_gpu_there_are_several_waves() -> None:
    before = placement("01", "23")
    made, after = change(before, placement("01", "23", slots=8), count=2)
    waves = made.waves(after)
    assert len(waves) > 1
    assert {group for wave in waves for group in wave.stop} == {"a", "b"}
    carry_out(waves, made.before, after)


def test_a_group_gets_further_engines_and_loses_them() -> None:
    made, after = change(placement("0", "0"), placement("0", "0", "0"))
    (wave,) = made.grouped_waves(after)
    name = after.grouped().groups[0].name
    assert (wave.grow, wave.start, wave.shrink, wave.stop) == ((name,), (), (), ())
    made, after = change(placement("0", "0", "0"), placement("0", "0"))
    (wave,) = made.grouped_waves(after)
    assert (wave.grow, wave.start, wave.shrink, wave.stop) == ((), (), (name,), ())


def test_a_group_that_is_divided_is_started() -> None:
    made, after = change(placement("01", "01"), placement("01", "0"))
    (wave,) = made.grouped_waves(after)
    names = [group.name for group in after.grouped().groups]
    assert (wave.shrink, wave.start) == ((names[0],), (names[1],))
    carry_out((wave,), made.before.grouped(), after.grouped())


def test_base_models_are_called_what_requests_name() -> None:
    made, _ = change(placement("0b", "1"), placement("0", "1b"))
    assert [step.adapter for step in made.migration.steps] == ["example-8b"]


def test_what_runs_on_profiles_that_are_gone_is_stopped() -> None:
    before = placement("0", "1")
    gone = replace(before.gpus[1], profile_name="gone")
    made, after = change(replace(before, gpus=(before.gpus[0], gone)), placement("01"))
    (wave,) = made.waves(after)
    assert (wave.load, wave.stop) == ((("a", NAMES[1]),), ("b",))
