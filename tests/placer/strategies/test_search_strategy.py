"""SearchStrategy: what is offered becomes the result, however the search ends."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import BudgetExhausted
from placer.gpu.packing import Packer
from placer.objectives import GpuCount
from placer.problem.result import SolveStatus
from placer.search.search import Search
from placer.solve import solve
from placer.strategies import SearchStrategy
from placer.testing import example_problem


@dataclass(frozen=True)
class OneGpu(SearchStrategy):
    """Puts everything on one GPU, and ends with an error or without."""

    error: type[BaseException] | None = None

    def search(self, search: Search) -> None:
        gpu = Packer(search.evaluator).fit(search.problem.fleet[0], search.items())
        assert gpu is not None
        search.offer([gpu])
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("error", [None, BudgetExhausted, KeyboardInterrupt])
def test_what_is_offered_is_the_result_however_the_search_ends(
    error: type[BaseException] | None,
) -> None:
    problem = example_problem(3)
    result = solve(problem, OneGpu(error), ClosedFormEstimator(), GpuCount(), verify=False)
    assert result.status is SolveStatus.OPTIMAL  # a bound of 1 is known
    assert sorted(result.placement.total_shares()) == [a.name for a in problem.workload.adapters]
    assert result.strategy == f"OneGpu(error={error!r})"


def test_other_errors_are_not_kept_quiet() -> None:
    with pytest.raises(ZeroDivisionError):
        solve(
            example_problem(3),
            OneGpu(ZeroDivisionError),
            ClosedFormEstimator(),
            GpuCount(),
            verify=False,
        )
