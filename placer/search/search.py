"""Search: the best placement so far, and what is known of better ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, cached_property, partial

import numpy as np

from placer.bounds import (
    Bound,
    EngineMixRelaxation,
    IdealEngines,
    IdleEngines,
    KnownCount,
    NamedRelaxation,
    OneEngine,
    PooledRelaxation,
    gpus_for_everything,
    gpus_for_rules,
    tightest_bound,
)
from placer.bounds.envelope import Envelope
from placer.bounds.known_count import RULES
from placer.gpu.budget import Budget, BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, make_items
from placer.objectives.objective import gpus_are_free
from placer.problem.placement import total_shares
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.search.first_placement import FirstPlacement
from placer.search.ranking import Ranking

__all__ = ["Search", "same_values"]

_BOUND_ESTIMATES, _BOUND_TIME = 100, 2.0  # s; what a bound may take
_EQUAL = 1e-9  # relative difference below which values are the same


class Search:
    """What a running strategy works with: the problem, its means, and the incumbent.

    Parameters
    ----------
    problem, evaluator, budget, rng
        As given to `Strategy.place`.

    Attributes
    ----------
    gpus : tuple of EvaluatedGpu
        GPUs of the incumbent, all admissible.
    failing : tuple of int
        GPUs that are not admissible, of a placement that is published as it is.
    unchecked : bool
        Whether the placement is one for which the estimator was not asked.
    hopeless : tuple of str
        Adapters of which no GPU serves even a small share; known once there are `items`, or one
        was met by the first placement.
    """

    def __init__(
        self, problem: Problem, evaluator: Evaluator, budget: Budget, rng: np.random.Generator
    ) -> None:
        self.problem = problem
        self.evaluator = evaluator
        self.budget = budget
        self.rng = rng
        self._made_items = cache(partial(make_items, evaluator))
        self._idle = IdleEngines(evaluator)
        self._rules = KnownCount(RULES, gpus_for_rules(evaluator), self._idle)
        self._pooled = PooledRelaxation(evaluator, self._idle)
        self._one_engine = OneEngine(evaluator)
        self._envelope: Envelope | None = None  # not measured yet
        self.gpus: tuple[EvaluatedGpu, ...] = ()
        self.hopeless: tuple[str, ...] = ()
        self.failing: tuple[int, ...] = ()
        self.unchecked = False
        self._bounded = self._hurried = False
        self._first = FirstPlacement(problem, evaluator.objective)
        self._unplaced: tuple[str, ...] = ()
        self._unplaced_of: tuple[EvaluatedGpu, ...] | None = None
        self._ranking = Ranking(evaluator, fewest_first=self.gpus_first)
        self._rank = self._ranking.of(self.gpus)

    def items(self, *, even: bool = False, tight: bool = False) -> tuple[Item, ...]:
        """What is to be placed, in the order of the workload; see `make_items`.

        Adapters that no GPU serves even a small share of are not among them; the search remembers
        these, and its result names them.

        Parameters
        ----------
        even, tight : bool
            How adapters are cut that are too hot for one GPU.

        Raises
        ------
        BudgetExhausted
            If the search has to end.
        """
        items, self.hopeless = self._made_items(even=even, tight=tight)
        return items

    def offer(self, gpus: Sequence[EvaluatedGpu]) -> bool:
        """Take a placement as the incumbent if it is better, and say whether it was.

        The estimator is not asked, so that nothing can come between a placement and the incumbent.
        Better is what leaves less traffic without a GPU, then has the smaller value, then no GPU
        that may well starve, then what answers sooner. Where the objective gains from every
        further GPU and there is no limit, it is the number of GPUs that counts before the value.

        Raises
        ------
        ValueError
            If a GPU is not admissible.
        """
        if not all(gpu.admissible for gpu in gpus):
            raise ValueError("A GPU of the placement is not admissible.")
        rank = self._ranking.of(gpus, self._rank)
        if rank >= self._rank:
            return False
        self._rank = rank
        self.failing = ()
        self.gpus = tuple(gpus)
        return True

    def in_vain(self, gpus: Sequence[EvaluatedGpu]) -> bool:
        """Whether these GPUs and a further one cannot have a smaller value than the incumbent.

        They cost as much already, or would with one more where there is one type and each GPU
        costs the same, as when GPUs are counted.
        """
        if not self.gpus or self.unplaced or self.gpus_first:
            return False
        costs = {gpu.cost[0] for gpu in (*gpus, *self.gpus)}
        if min(costs) < 0:
            return False
        if len(costs) == 1 and len(self.problem.fleet) == 1:
            return len(gpus) + 1 >= len(self.gpus)
        return self.evaluator.value(gpus)[0] >= self.value()[0]

    def publish(self, gpus: Sequence[EvaluatedGpu]) -> None:
        """Take a placement as the result although GPUs of it are not admissible.

        For methods that do not look at that; the result says so.
        """
        self.failing = tuple(g for g, gpu in enumerate(gpus) if not gpu.admissible)
        self.gpus = tuple(gpus)

    def begin(self) -> None:
        """Make a first placement, where limits may end the search before it has another one.

        Raises
        ------
        BudgetExhausted
            If the search has to end.
        """
        if self.budget.limited:
            self._check_first()

    def offer_first(self) -> None:
        """Offer the first placement, if the estimator accepts it.

        Raises
        ------
        BudgetExhausted
            If the search has to end.
        """
        self._check_first()
        if self._first.checked is not None:
            self.offer(self._first.checked)

    def _check_first(self) -> None:
        """Ask the estimator for the first placement, and remember why there is none."""
        try:
            self._first.check(self.evaluator)
        finally:
            self.hopeless = self.hopeless or self._first.hopeless

    def of_one_type(self) -> Iterator[Search]:
        """Searches for the same on one GPU type alone, for each that may serve everything.

        None where there is but one type, nor where rules or a running placement name GPUs. What
        they find is no placement of this search before it is offered.
        """
        problem = self.problem
        if len(problem.fleet) == 1 or problem.rules or problem.previous is not None:
            return
        for gpu_type in problem.fleet:
            if not problem.refusals(gpu_type, problem.workload.adapters):
                alone = replace(problem, fleet=(gpu_type,))
                own = self.evaluator
                evaluator = Evaluator(own.estimator, own.objective, alone, self.budget)
                yield Search(alone, evaluator, self.budget, self.rng)

    def fall_back(self) -> None:
        """Take the first placement as the result, since there is no other that is complete.

        Unchecked where the limits of the search, stretched a little, do not suffice to ask the
        estimator for it; not at all where the estimator rejects it.
        """
        grace, evaluator = self.budget.grace(), self.evaluator
        if grace is not None and grace.allows(len(self._first.plans())):
            with suppress(BudgetExhausted), evaluator.within(grace):
                self._check_first()
        if self._first.checked is not None:
            self.offer(self._first.checked)
        elif self._first.plans():
            self.gpus, self.unchecked = tuple(self._first.unchecked(evaluator)), True

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Adapters that the incumbent does not serve in full, sorted."""
        if self._unplaced_of is not self.gpus:
            totals = total_shares(gpu.plan for gpu in self.gpus)
            names = self.evaluator.adapters
            missing = (name for name in names if totals.get(name, 0.0) < 1 - 1e-6)
            self._unplaced = tuple(sorted(missing))
            self._unplaced_of = self.gpus
        return self._unplaced

    def value(self) -> tuple[float, ...]:
        """Value of the incumbent; of no GPU at all it has no components."""
        return self.evaluator.value(self.gpus)

    @property
    def is_late(self) -> bool:
        """Whether too little time is left to ask for a bound."""
        return self.budget.remaining() < _BOUND_TIME

    def proven(self) -> bool:
        """Whether the incumbent is complete and its value equals the lower bound.

        Not so where the bound is not known and there is no time left to ask for it.
        """
        if self.unplaced or not self.gpus or (self.is_late and not self._bounded):
            return False
        return same_values(self.value(), self.lower_bound().value)

    @property
    def envelope(self) -> Envelope:
        """What engines can serve at most; measured when it is first asked for.

        From then on it gives the lower bound.

        Raises
        ------
        BudgetExhausted
            If the search has to end.
        """
        if self._envelope is None:
            self._envelope = Envelope(self.evaluator)
        return self._envelope

    @property
    def measured(self) -> bool:
        """Whether the envelope is known."""
        return self._envelope is not None

    def interrupt(self) -> None:
        """End this search since a strategy that it had asked was interrupted.

        Raises
        ------
        BudgetExhausted
            In any case.
        """
        self.budget.interrupt()
        raise BudgetExhausted

    def lower_bound(self) -> Bound:
        """What the objective says that no placement can go below, by the best of the bounds.

        The name says by which estimator, where that was asked.
        """
        relaxations = self.relaxations()
        bound = tightest_bound(self.evaluator.objective, self.problem, relaxations)
        self._bounded = True
        if self._hurried:
            return replace(bound, name=RULES)
        if all(relaxation.min_gpus == 1 for relaxation in relaxations):
            bound = self._one_engine.tighten(bound, self._capacities[-1])
        if bound.name in ("", RULES):
            return bound
        return replace(bound, name=f"{bound.name}, by {type(self.evaluator.estimator).__name__}")

    def hurry(self) -> None:
        """Settle for a bound that asks no estimator, unless another is known or time is left."""
        grace = self.budget.grace()
        allowed = grace is not None and grace.allows(_BOUND_ESTIMATES, _BOUND_TIME)
        self._hurried = not (self._bounded or allowed)
        if self._hurried:
            self._settle()

    def _settle(self) -> None:
        """Settle for a bound that asks no estimator."""
        self._hurried = True
        self._rules = KnownCount(RULES, self._rules.min_gpus, IdealEngines(self.problem))

    def last_bound(self) -> Bound:
        """The lower bound at the end of a search, by the rules alone where time runs out."""
        try:
            return self.lower_bound()
        except BudgetExhausted:
            self._settle()
            return self.lower_bound()

    def least_gpus(self) -> int:
        """GPUs that are needed at least, by the relaxations known so far."""
        return max(relaxation.min_gpus for relaxation in self.relaxations())

    def relaxations(self) -> list[NamedRelaxation]:
        """Relaxations known so far, the cheap ones first."""
        if self._hurried:
            return [self._rules]
        return [self._rules, *self._capacities, *self._one_gpu(self._capacities)]

    @property
    def _capacities(self) -> list[NamedRelaxation]:
        """What engines can serve, by all that is known of them."""
        measured = self._envelope is not None and self._envelope.proves
        return [self._pooled, self._engine_mix] if measured else [self._pooled]

    @cached_property
    def _engine_mix(self) -> EngineMixRelaxation:
        return EngineMixRelaxation(self.evaluator, self.envelope, self._idle)

    def _one_gpu(self, capacities: Sequence[NamedRelaxation]) -> list[NamedRelaxation]:
        """Whether one GPU is too few, where nothing else tells."""
        if len(self.evaluator.adapters) == 1 or any(each.min_gpus > 1 for each in capacities):
            return []
        return [self._more_than_one]

    @cached_property
    def _more_than_one(self) -> KnownCount:
        number = gpus_for_everything(self.evaluator)
        return KnownCount("one GPU is too few", number, self._idle)

    @property
    def gpus_first(self) -> bool:
        """Whether fewer GPUs are better than a smaller value."""
        return self.problem.gpu_limit is None and gpus_are_free(self.evaluator.objective)


def same_values(value: Iterable[float], bound: Iterable[float]) -> bool:
    """Whether a value is the bound, but for rounding."""
    return all(abs(v - b) <= _EQUAL * max(1.0, abs(v)) for v, b in zip(value, bound, strict=True))
