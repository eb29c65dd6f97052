"""Whether the other GPUs of a placement can take what one of them serves."""

from __future__ import annotations

from estimators.closed_form import ClosedFormEstimator
from placer.explain.absorbing import Absorber
from placer.gpu.evaluator import Evaluator
from tests.placer.explain.judges import FULL, judge_of, judges_of, placed


def absorber_of(judge: Evaluator, *groups: str) -> Absorber:
    """Of a placement whose first GPU is to be closed; nothing is known of spare traffic."""
    gpus = judge.evaluate(placed(judge, *groups).gpus)
    return Absorber(judges_of(judge), gpus, [0.0] * len(gpus), 0)


def names(absorber: Absorber, without: str = "") -> list[str]:
    return [item.name for item in absorber.left_over(without)]


def test_what_finds_no_room_is_left_over() -> None:
    judge = judge_of([share * FULL for share in (0.3, 0.1, 0.8)])
    assert names(absorber_of(judge, "01", "2")) == ["adapter-000"]


def test_an_adapter_that_is_gone_makes_room() -> None:
    judge = judge_of([share * FULL for share in (0.3, 0.05, 0.2, 0.25, 0.35)])
    absorber = absorber_of(judge, "01", "234")
    assert absorber.left_over()
    assert absorber.left_over("adapter-001")
    assert absorber.left_over("adapter-002") == []


def test_an_adapter_of_the_closed_gpu_need_not_be_taken() -> None:
    judge = judge_of([share * FULL for share in (0.3, 0.1, 0.8)])
    assert names(absorber_of(judge, "01", "2"), "adapter-000") == []


def test_an_adapter_moves_to_another_gpu() -> None:
    judge = judge_of([share * FULL for share in (0.4, 0.6, 0.1, 0.5, 0.15)])
    absorber = absorber_of(judge, "0", "12", "34")
    assert absorber.new_place("adapter-004") == 1


def test_nothing_moves_where_there_is_no_room_all_the_same() -> None:
    judge = judge_of([share * FULL for share in (0.9, 0.6, 0.1, 0.5)])
    assert absorber_of(judge, "0", "12", "3").new_place("adapter-002") is None


def test_spare_traffic_is_that_of_the_others() -> None:
    judge = judge_of([1.0, 1.0, 1.0])
    gpus = judge.evaluate(placed(judge, "0", "1", "2").gpus)
    assert Absorber(judges_of(judge), gpus, [100.0, 20.0, 3.0], 0).spare == 23.0


def test_what_the_strict_judge_does_not_accept_is_not_taken() -> None:
    judge = judge_of([share * FULL for share in (0.3, 0.3, 0.8)])
    gpus = judge.evaluate(placed(judge, "0", "1", "2").gpus)
    strict = Evaluator(ClosedFormEstimator(capacity=100.0), judge.objective, judge.problem)
    judges = judges_of(judge)
    assert Absorber(judges, gpus, [0.0] * 3, 0).left_over() == []
    assert Absorber(judges._replace(strict=strict), gpus, [0.0] * 3, 0).left_over()
