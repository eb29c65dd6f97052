"""Which change of a single adapter would make a GPU unnecessary."""

from __future__ import annotations

from placer.explain import Suggestion
from placer.problem.placement import GpuPlan, Placement
from tests.placer.explain.judges import FULL, judge_of, placed, suggestions


def test_gpus_whose_adapters_fit_elsewhere_can_be_closed() -> None:
    judge = judge_of([0.3 * FULL, 0.3 * FULL, 0.8 * FULL])
    found = suggestions(judge, placed(judge, "0", "1", "2"))
    assert found[0] == Suggestion("close", "gpu-00")


def test_the_smallest_adapter_that_keeps_a_gpu_is_named() -> None:
    judge = judge_of([share * FULL for share in (0.3, 0.05, 0.2, 0.25, 0.35)])
    placement = placed(judge, "01", "234")  # 0.35 and 0.8 of a GPU
    found = suggestions(judge, placement)
    assert Suggestion("remove", "gpu-00", "adapter-002", "gpu-01") in found


def test_one_gpu_is_never_freed() -> None:
    judge = judge_of([1.0])
    assert suggestions(judge, placed(judge, "0")) == []


def test_an_adapter_that_moves_makes_room() -> None:
    """0.4 fits on neither of 0.6 + 0.1 and 0.55 + 0.15, but beside 0.55 alone."""
    judge = judge_of([share * FULL for share in (0.4, 0.6, 0.1, 0.5, 0.15)])
    placement = placed(judge, "0", "12", "34")
    found = suggestions(judge, placement)
    assert found[0] == Suggestion("move", "gpu-00", "adapter-004", "gpu-02", "gpu-01")
    moved = judge.evaluate(placed(judge, "124", "03").gpus)
    assert all(gpu.admissible for gpu in moved)


def test_a_smaller_rank_frees_a_gpu() -> None:
    """Slots of the largest rank slow every step, so that two GPUs are needed, not one."""
    rates, groups = [0.21 * FULL] * 4, ("01", "23")
    judge = judge_of(rates, [8, 8, 8, 32], slot_cost=0.002)
    found = suggestions(judge, placed(judge, *groups))
    assert Suggestion("re-rank", "gpu-00", "adapter-003", "gpu-01", rank=8) in found
    assert not any(suggestion.action == "close" for suggestion in found)
    changed = judge_of(rates, [8] * 4, slot_cost=0.002)
    assert suggestions(changed, placed(changed, *groups))[0].action == "close"


def test_shared_adapters_are_left_as_they_are() -> None:
    judge = judge_of([0.9 * FULL, 0.9 * FULL])
    config = judge.problem.fleet[0].profile.engine_config(2, 8)
    half = (("adapter-000", 0.5), ("adapter-001", 0.5))
    plans = tuple(GpuPlan(judge.problem.fleet[0].profile.name, config, half) for _ in range(2))
    assert suggestions(judge, Placement(plans)) == []
