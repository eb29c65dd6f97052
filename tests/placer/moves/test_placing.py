"""Items that are offered to GPUs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, make_items
from placer.gpu.lockstep import Asking
from placer.gpu.packing import Packer
from placer.moves.engines import FreeEngines, KeptEngines
from placer.moves.placing import offer_items, share_out
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.rules import Rules
from placer.testing import example_problem
from tests.placer.moves.example_engines import engine, evaluator_of


class Counting(KeptEngines):
    """Engines that count the GPUs that are asked for."""

    num_asked = 0

    def change(self, gpu: EvaluatedGpu, items: Sequence[Item]) -> Asking[EvaluatedGpu | None]:
        self.num_asked += 1
        return super().change(gpu, items)


def add(
    evaluator: Evaluator, gpu: EvaluatedGpu, items: Sequence[Item]
) -> tuple[EvaluatedGpu, list[Item]]:
    """A GPU that goes on as it was started, with what it takes, and what it does not."""
    gpus = [gpu]
    left = share_out(KeptEngines(evaluator), gpus, items, [0], at_once=1, max_misses=3)
    return gpus[0], left


def names(gpu: EvaluatedGpu) -> list[str]:
    return [name for name, _ in gpu.plan.shares]


def test_an_engine_takes_what_fits_and_goes_on_as_it_was_started() -> None:
    evaluator = evaluator_of([8.0, 1.0, 24.0, 1.0])
    gpu = engine(evaluator, range(1))
    fuller, left = add(evaluator, gpu, make_items(evaluator)[0][1:])
    assert fuller.admissible
    assert (fuller.plan.name, fuller.plan.config) == ("home", gpu.plan.config)
    assert "adapter-001" in names(fuller)
    assert "adapter-003" in names(fuller)
    assert {item.name for item in left} <= {"adapter-002"}


def test_an_engine_takes_no_larger_rank_than_it_was_started_for() -> None:
    evaluator = evaluator_of([0.1] * 6)
    small = [a.name for a in evaluator.problem.workload.adapters if a.rank <= 8]
    number = int(small[0].removeprefix("adapter-"))
    gpu = engine(evaluator, range(number, number + 1), rank=8)
    others = [item for item in make_items(evaluator)[0] if item.name != small[0]]
    fuller, left = add(evaluator, gpu, others)
    assert set(names(fuller)) == set(small)
    assert {item.name for item in left} == {item.name for item in others} - set(small)


def test_rules_are_kept() -> None:
    evaluator = evaluator_of([0.1] * 3, Rules(apart=[["adapter-000", "adapter-001"]]))
    gpu = engine(evaluator, range(1))
    fuller, left = add(evaluator, gpu, make_items(evaluator)[0][1:])
    assert names(fuller) == ["adapter-000", "adapter-002"]
    assert [item.name for item in left] == ["adapter-001"]


def test_gpus_say_what_they_take_and_whether_that_is_all() -> None:
    evaluator = evaluator_of([8.0, 1.0, 40.0, 40.0, 0.5])
    items = make_items(evaluator)[0]
    gpus = [engine(evaluator, range(1)), engine(evaluator, range(2, 3))]
    offers = {0: [items[1], items[4]], 1: [items[3]]}
    answers = offer_items(KeptEngines(evaluator), gpus, offers)
    assert answers == {0: ([items[1], items[4]], True), 1: ([], False)}
    assert names(gpus[0]) == ["adapter-000", "adapter-001", "adapter-004"]
    assert names(gpus[1]) == ["adapter-002"]


@pytest.mark.parametrize("at_once", [None, 1, 2])
def test_what_is_shared_out_is_on_a_gpu_or_left(at_once: int | None) -> None:
    evaluator = evaluator_of([16.0] * 3 + [12.0, 8.0, 4.0, 24.0, 2.0, 20.0] * 3)
    gpus = [engine(evaluator, range(g, g + 1)) for g in range(3)]
    engines = FreeEngines(Packer(evaluator))
    items = make_items(evaluator)[0][3:]
    left = share_out(engines, gpus, items, [2, 0, 1], at_once=at_once)
    held = [name for gpu in gpus for name in names(gpu)]
    assert sorted([*held, *(item.name for item in left)]) == sorted(evaluator.adapters)
    assert left
    assert all(gpu.admissible for gpu in gpus)
    assert [gpu.plan.name for gpu in gpus] == ["home"] * 3
    assert all(f"adapter-00{g}" in names(gpus[g]) for g in range(3))


def test_gpus_that_are_not_in_the_order_are_not_asked() -> None:
    evaluator = evaluator_of([1.0] * 4)
    gpus = [engine(evaluator, range(g, g + 1)) for g in range(2)]
    left = share_out(KeptEngines(evaluator), gpus, make_items(evaluator)[0][2:], [1])
    assert left == []
    assert names(gpus[0]) == ["adapter-000"]
    assert names(gpus[1]) == ["adapter-001", "adapter-002", "adapter-003"]


def test_without_patience_it_ends_where_few_have_room() -> None:
    evaluator = evaluator_of(
        [6000 * a.rate / a.token_rate for a in example_problem(27).workload.adapters]
    )
    gpus = [engine(evaluator, range(g, g + 1)) for g in range(20)]
    items = make_items(evaluator)[0][20:]
    asked = []
    for patient in (True, False):
        engines = Counting(evaluator)
        left = share_out(engines, list(gpus), items, range(20), patient=patient)
        assert len(left) == 7
        asked.append(engines.num_asked)
    assert asked == [21, 7]
