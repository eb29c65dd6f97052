"""Everything on empty GPUs, where that is better than a placement with gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from estimators.base import Candidate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import USUAL_RULE, StarvationRule
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import make_items
from placer.gpu.packing import Packer
from placer.objectives import GpuCount
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.testing import example_problem
from placer.verification.packing_anew import pack_anew

PROBLEM = example_problem(12, (2.0,))
NAMES = [adapter.name for adapter in PROBLEM.workload.adapters]


def judge_of(problem: Problem = PROBLEM) -> Evaluator:
    return Evaluator(ClosedFormEstimator(capacity=5_000.0), GpuCount(), problem)


def gpus_of(judge: Evaluator, *contents: Sequence[str]) -> list[EvaluatedGpu]:
    fleet = judge.problem.fleet
    plans = [judge.plan(fleet[0], len(c), dict.fromkeys(c, 1.0)) for c in contents]
    return judge.evaluate(plans)


def packed(judge: Evaluator, gpus: Sequence[EvaluatedGpu], most: int = 16) -> int | None:
    """Number of GPUs after checking that they serve all adapters."""
    found = pack_anew(Packer(judge), gpus, most)
    if found is None:
        return None
    assert all(gpu.admissible for gpu in found)
    total = dict.fromkeys(judge.adapters, 0.0)
    for gpu in found:
        for name, share in gpu.plan.shares:
            total[name] += share
    assert total == pytest.approx(dict.fromkeys(judge.adapters, 1.0))
    return len(found)


def test_gpus_with_gaps_become_fewer() -> None:
    judge = judge_of()
    sparse = gpus_of(judge, *(NAMES[k : k + 3] for k in range(0, 12, 3)))
    number = packed(judge, sparse)
    assert number is not None
    assert number < len(sparse)


def test_what_is_as_good_stays() -> None:
    judge = judge_of()
    best = pack_anew(Packer(judge), gpus_of(judge, *([name] for name in NAMES)), 16)
    assert best is not None
    assert packed(judge, best) is None


def test_what_starves_is_packed_on_more_gpus_up_to_the_most() -> None:
    judge = judge_of(example_problem(30, (2.0,)))
    starving = gpus_of(judge, list(judge.adapters))
    assert not starving[0].admissible
    number = packed(judge, starving)
    assert number is not None
    assert number > 1
    assert packed(judge, starving, most=number - 1) is None


def test_no_more_gpus_than_there_are() -> None:
    judge = judge_of(example_problem(30, (2.0,), max_gpus=1))
    assert packed(judge, gpus_of(judge, list(judge.adapters))) is None


def test_adapters_of_which_no_gpu_serves_any_share_are_not_packed() -> None:
    judge = Evaluator(ClosedFormEstimator(capacity=1e-9), GpuCount(), PROBLEM)
    assert make_items(judge)[1] == tuple(NAMES)
    assert packed(judge, gpus_of(judge, *([name] for name in NAMES))) is None


@dataclass(frozen=True)
class Choosy:
    """Some adapters starve on all GPUs but those of one profile."""

    names: tuple[str, ...]
    profile: str

    def estimate(
        self, candidates: Sequence[Candidate], rule: StarvationRule = USUAL_RULE
    ) -> Estimates:
        found = ClosedFormEstimator(capacity=5_000.0).estimate(candidates, rule)
        rows = [
            estimate._replace(starvation_probability=1.0)
            if candidate.profile.name != self.profile
            and any(adapter.name in self.names for adapter in candidate.adapters)
            else estimate
            for candidate, estimate in zip(candidates, found, strict=True)
        ]
        return Estimates.from_rows(rows)


def test_what_only_a_gpu_that_others_filled_serves_comes_first() -> None:
    problem = example_problem(24, (8.0, 4.0, 2.0, 1.0), counts=(1, None))
    large, small = problem.fleet
    adapters = problem.workload.adapters
    rarest = min(adapters, key=lambda a: a.token_rate)
    equal = [a.name for a in adapters if (a.rank, a.rate) == (rarest.rank, rarest.rate)]
    estimator = Choosy(tuple(equal), large.profile.name)
    judge = Evaluator(estimator, GpuCount(), problem)
    failing = judge.evaluate([judge.plan(small, 24, dict.fromkeys(judge.adapters, 1.0))])
    assert not failing[0].admissible
    assert packed(judge, failing) is not None
