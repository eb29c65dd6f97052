"""Migrations, carried out step by step on a fleet that refuses what real engines would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators.testing import example_adapters, example_base, example_profile
from placer.problem.fleet import GpuType
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.problem.routing_table import route_adapters
from placer.problem.rules import Rules
from placer.replanning import Migration, Step, plan_migration
from twin.workload.workload import Workload

NAMES = [f"adapter-{i:03d}" for i in range(8)]
PROFILES = (example_profile("one"), replace(example_profile("two"), model="other"))


BASE = {"base", "other-base"}


def problem(
    count: int | None = None, max_gpus: int | None = None, rules: Rules | None = None
) -> Problem:
    """Eight adapters of ranks 8, 16 and 32, the last two for the other base model."""
    adapters = tuple(
        replace(a, base_model="other" if i >= 6 else "example-8b")
        for i, a in enumerate(example_adapters(8))
    )
    fleet = tuple(GpuType(p, count, "all" if count else "") for p in PROFILES)
    base = replace(example_base(), base_model="example-8b")
    return Problem(Workload((*adapters, base)), fleet, max_gpus, rules=rules or Rules())


def gpu(name: str, content: str, rank: int = 32, max_loras: int = 4) -> GpuPlan:
    """A GPU with the adapters of these digits; ``1/2`` is half of the requests of adapter 1."""
    shares: dict[str, float] = {}
    for part in content.split():
        digit, _, parts = part.partition("/")
        shares[NAMES[int(digit)] if digit.isdigit() else digit] = 1 / int(parts or 1)
    other = any(adapter in NAMES[6:] for adapter in shares)
    config = PROFILES[other].engine_config(max_loras, rank)
    return GpuPlan(PROFILES[other].name, config, tuple(sorted(shares.items())), name)


class Fleet:
    """Engines that serve, and what would go wrong on them."""

    def __init__(self, problem: Problem, before: Placement, after: Placement) -> None:
        self.problem = problem
        self.adapters = {a.name: a for a in problem.workload.adapters}
        self.new = dict(zip(after.names, after.gpus, strict=True))
        self.engines = dict(zip(before.names, before.gpus, strict=True))
        self.holds = {n: {a for a, _ in p.shares} for n, p in self.engines.items()}
        self.routes = route_adapters(before)

    def carry_out(self, step: Step) -> None:
        if step.action == "start":
            assert step.gpu not in self.engines
            used = [plan.profile_name for plan in self.engines.values()]
            free = [t.profile.name for t in self.problem.available(used)]
            self.engines[step.gpu] = self.new[step.gpu]
            assert self.engines[step.gpu].profile_name in free
            self.holds[step.gpu] = {name for name, _ in self.new[step.gpu].shares}
        elif step.action == "stop":
            assert not any(step.gpu in shares for shares in self.routes.values())
            del self.engines[step.gpu], self.holds[step.gpu]
        elif step.action == "load":
            assert step.adapter not in BASE
            plan, adapter = self.engines[step.gpu], self.adapters[step.adapter]
            assert step.adapter not in self.holds[step.gpu]
            assert adapter.rank <= plan.config.max_lora_rank
            profile = self.problem.gpu_type(plan.profile_name).profile
            assert adapter.base_model == profile.model
            self.holds[step.gpu].add(step.adapter)
        elif step.action == "unload":
            assert step.gpu not in self.routes.get(step.adapter, {})
            self.holds[step.gpu].remove(step.adapter)
        else:
            assert step.action == "route"
            assert all(step.adapter in {*self.holds[name], *BASE} for name in step.shares)
            self.routes[step.adapter] = dict(step.shares)


def follow(problem: Problem, before: Placement, after: Placement) -> Migration:
    """Plan a migration and carry it out; nothing that is served on both sides may go unserved."""
    migration = plan_migration(before, after, problem)
    fleet = Fleet(problem, before, after)
    both = set(before.total_shares()) & set(after.total_shares())
    limits = {
        name: max(len(plan.shares), len(fleet.engines[name].shares))
        for name, plan in fleet.new.items()
        if name in migration.kept
    }
    unshared = all(share == 1 for plan in (*before.gpus, *after.gpus) for _, share in plan.shares)
    unserved = set()
    for step in migration.steps:
        fleet.carry_out(step)
        for name in both:
            shares = fleet.routes.get(name, {})
            if shares:
                assert sum(shares.values()) == pytest.approx(1)
                assert all(name in {*fleet.holds[gpu], *BASE} for gpu in shares)
            else:
                unserved.add(name)
        if unshared and not migration.count("stop"):
            assert all(len(fleet.holds[name]) <= most + 1 for name, most in limits.items())
    assert sorted(unserved) == list(migration.interrupted)
    engines = {n: (p.profile_name, p.config) for n, p in fleet.engines.items()}
    assert engines == {n: (p.profile_name, p.config) for n, p in fleet.new.items()}
    assert {n: s for n, s in fleet.routes.items() if s} == route_adapters(after)
    loaded = {n: {a for a, _ in p.shares} - BASE for n, p in fleet.new.items()}
    assert {n: held - BASE for n, held in fleet.holds.items()} == loaded
    return migration


def actions(migration: Migration) -> list[str]:
    return [
        " ".join(filter(None, (s.action, s.gpu, s.adapter.removeprefix("adapter-00"))))
        for s in migration.steps
    ]


def test_requests_for_the_base_model_are_only_routed() -> None:
    before = Placement((gpu("a", "0 1 base/2"), gpu("b", "2 base/2")))
    after = Placement((gpu("a", "0 1"), gpu("b", "2 base")))
    migration = follow(problem(), before, after)
    assert actions(migration) == ["route base"]
    assert migration.steps[0].shares == {"b": 1.0}
    assert (migration.num_moves, migration.kept) == (0, ("a", "b"))


def test_an_engine_of_its_own_is_started_before_they_go_there() -> None:
    before = Placement((gpu("a", "0 1 base"),))
    bare = replace(gpu("b", "base", rank=8), config=PROFILES[0].engine_config(0, 0))
    migration = follow(problem(), before, Placement((gpu("a", "0 1"), bare)))
    assert actions(migration) == ["start b", "route base"]
    assert migration.num_moves == 0


def test_requests_for_a_base_model_that_are_served_no_more_are_not_unloaded() -> None:
    before = Placement((gpu("a", "0 other-base"),), base=("other-base",))
    migration = follow(problem(), before, Placement((gpu("a", "0"),)))
    assert actions(migration) == ["route other-base"]


def test_nothing_changes_nothing() -> None:
    same = Placement((gpu("a", "0 1 2"), gpu("b", "3 4 5")))
    migration = follow(problem(), same, same)
    assert migration == Migration((), ("a", "b"), (), 0, (), 2)


def test_adapters_are_loaded_before_they_are_unloaded() -> None:
    before = Placement((gpu("a", "0 1 2"), gpu("b", "3 4 5")))
    after = Placement((gpu("a", "0 1 3"), gpu("b", "2 4 5")))
    migration = follow(problem(), before, after)
    assert actions(migration) == [
        *("load b 2", "route 2", "unload a 2"),
        *("load a 3", "route 3", "unload b 3"),
    ]
    assert (migration.num_moves, migration.restarted, migration.interrupted) == (2, (), ())


def test_a_gpu_is_closed_after_its_adapters_have_moved() -> None:
    before = Placement((gpu("a", "0 1 2"), gpu("b", "3")))
    after = Placement((gpu("a", "0 1 2 3"),))
    assert actions(follow(problem(), before, after)) == ["load a 3", "route 3", "stop b"]


def test_adapters_that_are_wanted_no_more_make_room_first() -> None:
    before = Placement((gpu("a", "0 1"), gpu("b", "2")))
    after = Placement((gpu("a", "0 2"),), (NAMES[1],))
    steps = actions(follow(problem(), before, after))
    assert steps == ["route 1", "unload a 1", "load a 2", "route 2", "stop b"]


def test_another_configuration_is_started_beside_the_old_one_where_there_is_a_gpu() -> None:
    before, after = Placement((gpu("a", "0 1"),)), Placement((gpu("b", "0 1", max_loras=2),))
    migration = follow(problem(2), before, after)
    assert actions(migration) == ["start b", "route 0", "route 1", "stop a"]
    assert (migration.num_moves, migration.restarted, migration.kept) == (2, (), ())


def test_where_there_is_none_the_other_engines_take_the_adapters_for_a_while() -> None:
    before = Placement((gpu("a", "0 1"), gpu("b", "2 3")))
    after = Placement((gpu("a", "0 1", max_loras=2), gpu("b", "2 3")))
    migration = follow(problem(2), before, after)
    assert actions(migration) == [
        *("load b 0", "route 0", "load b 1", "route 1", "stop a", "start a"),
        *("route 0", "unload b 0", "route 1", "unload b 1"),
    ]
    assert migration.restarted == ("a",)
    assert migration.interrupted == ()


def test_replicas_go_on_alone_while_an_engine_is_restarted() -> None:
    before = Placement((gpu("a", "0/2 1"), gpu("b", "0/2 2")))
    after = Placement((gpu("a", "0/2 1", rank=16), gpu("b", "0/2 2")))
    migration = follow(problem(2), before, after)
    assert "load b 0" not in actions(migration)
    assert migration.steps[0] == Step("route", adapter=NAMES[0], shares={"b": 1.0})


@pytest.mark.parametrize(
    ("others", "rules"),
    [
        ("", Rules()),  # a single GPU
        ("6", Rules()),  # of another base model
        ("0", Rules()),  # made for a smaller rank, below
        ("0", Rules(apart=[[NAMES[0], NAMES[2]]])),
    ],
)
def test_what_no_other_engine_can_hold_is_interrupted_and_said_so(
    others: str, rules: Rules
) -> None:
    rank = 32 if rules else 8
    beside = (gpu("b", others, rank),) if others else ()
    before = Placement((gpu("a", "2"), *beside))
    after = Placement((gpu("a", "2", max_loras=2), *beside))
    migration = follow(problem(len(before.gpus), rules=rules), before, after)
    assert migration.interrupted == (NAMES[2],)


def test_max_gpus_counts_while_migrating() -> None:
    before, after = Placement((gpu("a", "0"),)), Placement((gpu("b", "0", max_loras=2),))
    assert follow(problem(max_gpus=1), before, after).interrupted == (NAMES[0],)
    assert follow(problem(max_gpus=2), before, after).interrupted == ()


def test_a_full_fleet_is_restarted_one_engine_at_a_time() -> None:
    before = Placement((gpu("a", "0 1"), gpu("b", "2 3"), gpu("c", "4 5")))
    after = Placement(
        tuple(replace(plan, config=gpu("x", "0", 32, 2).config) for plan in before.gpus)
    )
    migration = follow(problem(3), before, after)
    assert migration.restarted == ("a", "b", "c")
    assert migration.interrupted == ()
    up = [step.action for step in migration.steps if step.action in ("start", "stop")]
    assert up == ["stop", "start"] * 3


def test_gpus_that_are_left_out_do_not_count() -> None:
    rules = Rules(leave_out=["gpu-00"])
    before = Placement((gpu("gpu-00", "0 1"),))
    after = Placement((gpu("gpu-01", "0 1"),))
    one_type = Problem(
        Workload(problem().workload.adapters[:2]), (GpuType(PROFILES[0], 2),), rules=rules
    )
    migration = plan_migration(before, after, one_type)
    assert actions(migration) == ["start gpu-01", "route 0", "route 1", "stop gpu-00"]


def _placements(names: Iterable[str], shared: bool) -> st.SearchStrategy[Placement]:
    """Any placement of some of the adapters on GPUs with some of the names."""
    names = list(names)

    @st.composite
    def build(draw: st.DrawFn) -> Placement:
        contents: dict[tuple[str, bool], dict[str, float]] = {}
        profile_of = {name: draw(st.booleans()) for name in names}
        unplaced = []
        for index, adapter in enumerate(NAMES):
            gpus = [name for name in names if profile_of[name] == (index >= 6)]
            most = min(len(gpus), 2 if shared else 1)
            chosen = (
                draw(st.lists(st.sampled_from(gpus), unique=True, max_size=most)) if gpus else []
            )
            if not chosen:
                unplaced.append(adapter)
            for name in chosen:
                key = (name, index >= 6)
                contents.setdefault(key, {})[adapter] = 1 / len(chosen)
        plans = []
        for (name, other), shares in sorted(contents.items()):
            needed = max(example_adapters(8)[NAMES.index(a)].rank for a in shares)
            rank = draw(st.sampled_from([r for r in (8, 16, 32) if r >= needed]))
            config = PROFILES[other].engine_config(draw(st.sampled_from([2, 4])), rank)
            plans.append(
                GpuPlan(PROFILES[other].name, config, tuple(sorted(shares.items())), name)
            )
        return Placement(tuple(plans), tuple(unplaced))

    return build()


@settings(max_examples=100)
@given(data=st.data(), spare=st.sampled_from([0, 1, 4, None]), shared=st.booleans())
def test_any_migration_ends_where_it_should_and_serves_what_it_can(
    data: st.DataObject, spare: int | None, shared: bool
) -> None:
    before = data.draw(_placements("abcd", shared))
    after = data.draw(_placements("abcdef", shared))
    needed = max(len(before.gpus), len(after.gpus), 1)
    limited = problem(None if spare is None else needed + spare)
    migration = follow(limited, before, after)
    if spare in (4, None) and not set(migration.restarted):
        assert migration.interrupted == ()
    loads = Counter(step.action for step in migration.steps)
    assert loads["start"] - loads["stop"] == len(after.gpus) - len(before.gpus)


def replaced() -> tuple[Placement, Placement]:
    """Two engines before and after, none of which goes on."""
    before = Placement((gpu("a", "0 1"), gpu("b", "2 3")))
    return before, Placement((gpu("c", "0 1"), gpu("d", "2 3")))


def test_the_most_gpus_at_once_are_counted() -> None:
    assert follow(problem(), *replaced()).peak_gpus == 4


@pytest.mark.parametrize("most", [2, 3])
def test_no_more_gpus_run_at_once_than_may(most: int) -> None:
    before, after = replaced()
    limited = replace(problem(), previous=before, migration_gpus=most)
    migration = follow(limited, before, after)
    assert migration.peak_gpus == most
    assert migration.interrupted == ()
