"""One engine: what it costs to serve everything with a single one, or with several."""

from __future__ import annotations

import math
from collections.abc import Mapping

from estimators.base import Estimate
from placer.bounds.known_count import engines_for_everything
from placer.bounds.tightest import Bound, NamedRelaxation, tightest_bound
from placer.bounds.traffic_levels import Figure
from placer.gpu.evaluator import Evaluator
from placer.objectives.objective import is_continuous
from twin.workload.adapter import Adapter

__all__ = ["OneEngine"]

_NAME = "one GPU or more"


class OneEngine:
    """All adapters on one engine, which is one of few candidates: each can be tried.

    So its value is exact, by the estimator, with each number of slots worth trying on each GPU
    type. What several engines cost at least is a bound of its own, and the smaller of the two is
    one of every placement. Of use where the objective changes with what engines do, such as power
    or latency.

    Parameters
    ----------
    evaluator : Evaluator
        Its estimator is asked also when the budget is spent, once for each candidate.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._value: tuple[float, ...] | None = None
        problem = evaluator.problem
        self._useful = is_continuous(evaluator.objective) and problem.previous is None

    def tighten(self, bound: Bound, relaxation: NamedRelaxation) -> Bound:
        """The bound, or a larger one.

        Parameters
        ----------
        bound : Bound
        relaxation : NamedRelaxation
            Of several engines, beyond those that it knows to be needed.
        """
        if not self._useful or relaxation.min_gpus > 1:
            return bound
        alone = self._least(len(bound.value))
        if self._evaluator.problem.gpu_limit == 1:
            return Bound(alone, _NAME) if math.isfinite(alone[0]) else bound
        objective, problem = self._evaluator.objective, self._evaluator.problem
        several = tightest_bound(objective, problem, [_Several(relaxation)])
        if alone <= several.value:
            return max(bound, Bound(alone, f"{several.name}, {_NAME}"), key=lambda b: b.value)
        return max(bound, several, key=lambda b: b.value)

    def _least(self, components: int) -> tuple[float, ...]:
        """Smallest value of one engine; infinite where none may serve everything."""
        if self._value is None:
            self._value = min(self._values(), default=(math.inf,) * components)
        return self._value

    def _values(self) -> list[tuple[float, ...]]:
        """Values of the candidates that may be admissible."""
        evaluator = self._evaluator
        gpus = list(engines_for_everything(evaluator))
        estimates = evaluator.estimate([gpu.candidate for gpu in gpus])
        return [
            tuple(map(float, evaluator.objective.gpu_cost(gpu, estimate)))
            for gpu, estimate in zip(gpus, estimates, strict=True)
            if evaluator.may_pass(estimate)
        ]


class _Several:
    """A relaxation of placements on two engines or more."""

    def __init__(self, relaxation: NamedRelaxation) -> None:
        self._relaxation = relaxation
        self.name = relaxation.name
        self.min_gpus = 2

    def least(self, weights: Mapping[str, float]) -> float:
        return max(self._relaxation.least(weights), self.min_gpus * min(weights.values()))

    def idle(self, adapter: Adapter) -> list[Estimate]:
        return self._relaxation.idle(adapter)

    def shared(self, figure: Figure, *, per_request: bool, fewest: int = 1) -> float:
        most = max(fewest, self.min_gpus)
        return self._relaxation.shared(figure, per_request=per_request, fewest=most)
