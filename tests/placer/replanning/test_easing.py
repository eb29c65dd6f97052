"""Single moves that an objective gains from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placer.objectives import GpuCount, Latency, Lexicographic
from placer.objectives.objective import Objective
from placer.replanning.easing import ease
from placer.replanning.objective import WithMoves
from tests.placer.replanning.running_problem import going_on, running_problem, search_of


def eased(objective: Objective, price: float = 0.0, **limits: int) -> tuple[float, float, int]:
    """Latencies before and after, and the moves, of a full engine beside an idle one."""
    problem = running_problem([20.0, 15.0, 9.0, 6.0, 4.0, 3.0], [10.0, 5.0], max_gpus=2, **limits)
    search = search_of(problem, objective)
    search.evaluator.objective = WithMoves(objective, price)
    gpus = going_on(search)
    assert search.offer(gpus)
    latency = [sum(Latency().gpu_cost(g.planned, g.estimate)[0] for g in search.gpus)]
    ease(search)
    latency.append(sum(Latency().gpu_cost(g.planned, g.estimate)[0] for g in search.gpus))
    assert [g.plan.config for g in search.gpus] == [g.plan.config for g in gpus]
    assert problem.running is not None
    return latency[0], latency[1], problem.running.total_moves(g.plan for g in search.gpus)


def test_traffic_is_spread_by_few_moves() -> None:
    before, after, moves = eased(Latency())
    assert after < 0.5 * before
    assert 1 <= moves <= 4


def test_a_move_has_to_be_worth_its_price() -> None:
    before, free, most = eased(Latency())
    _, dearer, fewer = eased(Latency(), price=before / 8)
    assert free <= dearer < before
    assert 1 <= fewer <= most
    assert eased(Latency(), price=before)[2] == 0


def test_no_more_moves_are_made_than_may_be() -> None:
    assert eased(Latency(), max_moves=1)[2] == 1
    assert eased(Latency(), max_moves=0)[2] == 0


@pytest.mark.parametrize("objective", [GpuCount(), Lexicographic((GpuCount(), Latency()))])
def test_where_gpus_count_nothing_is_moved(objective: Objective) -> None:
    assert eased(objective)[2] == 0


def test_engines_that_do_not_run_yet_keep_what_they_have() -> None:
    search = search_of(running_problem([40.0, 9.0, 6.0], [5.0], max_gpus=2), Latency())
    plans = [replace(gpu.plan, name="") for gpu in going_on(search)]
    gpus = search.evaluator.evaluate(plans)
    assert search.offer(gpus)
    ease(search)
    assert [gpu.plan for gpu in search.gpus] == plans
