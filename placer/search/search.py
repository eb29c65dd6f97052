"""Search: the best placement so far, and the result made of it however the search ends."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property

import numpy as np

from placer.bounds import (
    Bound,
    EngineMixRelaxation,
    IdealEngines,
    IdleEngines,
    KnownCount,
    NamedRelaxation,
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
from placer.problem.gpu_figures import GpuFigures
from placer.problem.placement import Placement
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.search.first_placement import FirstPlacement

__all__ = ["Search", "run_search"]

_BOUND_ESTIMATES, _BOUND_TIME = 100, 2.0  # s; what a bound may take
_EQUAL = 1e-9  # relative difference below which values are the same
_SAFE = 0.01  # probability of starving up to which GPUs are not told apart
_Rank = tuple[float, int, tuple[float, ...], float, float, float]
_INTERRUPTED = SolveStatus.INTERRUPTED, "the search was interrupted"


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
        Adapters of which no GPU serves even a small share; known once there are `items`.
    """

    def __init__(
        self, problem: Problem, evaluator: Evaluator, budget: Budget, rng: np.random.Generator
    ) -> None:
        self.problem = problem
        self.evaluator = evaluator
        self.budget = budget
        self.rng = rng
        self._idle = IdleEngines(evaluator)
        self._rules = KnownCount(RULES, gpus_for_rules(evaluator), self._idle)
        self._pooled = PooledRelaxation(evaluator, self._idle)
        self._envelope: Envelope | None = None  # not measured yet
        self.gpus: tuple[EvaluatedGpu, ...] = ()
        self.hopeless: tuple[str, ...] = ()
        self.failing: tuple[int, ...] = ()
        self.unchecked = False
        self._bounded = self._hurried = False
        self._first = FirstPlacement(problem, evaluator.objective)
        self._unplaced: tuple[str, ...] = ()
        self._unplaced_of: tuple[EvaluatedGpu, ...] | None = None
        self._total = problem.workload.token_rate
        self._token_rates: dict[int, tuple[EvaluatedGpu, float]] = {}
        self._rank = self._key(self.gpus)

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
        items, self.hopeless = make_items(self.evaluator, even=even, tight=tight)
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
        rank = self._key(gpus)
        if rank >= self._rank:
            return False
        self._rank = rank
        self.failing = ()
        self.gpus = tuple(gpus)
        return True

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
            self._first.check(self.evaluator)

    def offer_first(self) -> None:
        """Offer the first placement, if the estimator accepts it.

        Raises
        ------
        BudgetExhausted
            If the search has to end.
        """
        self._first.check(self.evaluator)
        if self._first.checked is not None:
            self.offer(self._first.checked)

    def fall_back(self) -> None:
        """Take the first placement as the result, since there is no other that is complete.

        Unchecked where the limits of the search, stretched a little, do not suffice to ask the
        estimator for it; not at all where the estimator rejects it.
        """
        grace, evaluator = self.budget.grace(), self.evaluator
        if grace is not None and grace.allows(len(self._first.plans())):
            with suppress(BudgetExhausted), evaluator.within(grace):
                self._first.check(evaluator)
        if self._first.checked is not None:
            self.offer(self._first.checked)
        elif self._first.plans():
            self.gpus, self.unchecked = tuple(self._first.unchecked(evaluator)), True

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Adapters that the incumbent does not serve in full, sorted."""
        if self._unplaced_of is not self.gpus:
            names = tuple(sorted(self.evaluator.adapters))
            totals = Placement(tuple(gpu.plan for gpu in self.gpus), names).total_shares()
            self._unplaced = tuple(name for name in names if totals.get(name, 0.0) < 1 - 1e-6)
            self._unplaced_of = self.gpus
        return self._unplaced

    def value(self) -> tuple[float, ...]:
        """Value of the incumbent; of no GPU at all it has no components."""
        return self.evaluator.value(self.gpus)

    def proven(self) -> bool:
        """Whether the incumbent is complete and its value equals the lower bound.

        Not so where the bound is not known and there is no time left to ask for it.
        """
        late = not self._bounded and self.budget.remaining() < _BOUND_TIME
        if self.unplaced or not self.gpus or late:
            return False
        return _same(self.value(), self.lower_bound().value)

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
        bound = tightest_bound(self.evaluator.objective, self.problem, self.relaxations())
        self._bounded = True
        if self._hurried:
            return replace(bound, name=RULES)
        if bound.name in ("", RULES):
            return bound
        return replace(bound, name=f"{bound.name}, by {type(self.evaluator.estimator).__name__}")

    def hurry(self) -> None:
        """Settle for a bound that asks no estimator, unless another is known or time is left."""
        grace = self.budget.grace()
        allowed = grace is not None and grace.allows(_BOUND_ESTIMATES, _BOUND_TIME)
        self._hurried = not (self._bounded or allowed)
        if self._hurried:
            ideal = IdealEngines(self.problem)
            self._rules = KnownCount(RULES, self._rules.min_gpus, ideal)

    def relaxations(self) -> list[NamedRelaxation]:
        """Relaxations known so far, the cheap ones first."""
        if self._hurried:
            return [self._rules]
        measured = self._envelope is not None and self._envelope.of_one_kind
        capacity = self._engine_mix if measured else self._pooled
        return [self._rules, capacity, *self._one_gpu(capacity)]

    @cached_property
    def _engine_mix(self) -> EngineMixRelaxation:
        return EngineMixRelaxation(self.evaluator, self.envelope, self._idle)

    def _one_gpu(self, relaxation: NamedRelaxation) -> list[NamedRelaxation]:
        """Whether one GPU is too few, where nothing else tells."""
        if len(self.evaluator.adapters) == 1 or relaxation.min_gpus > 1:
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

    def _key(self, gpus: Sequence[EvaluatedGpu]) -> _Rank:
        placed = math.fsum(self._token_rate(gpu) for gpu in gpus)
        missing = max(0.0, round(1 - placed / self._total, 9))
        value = tuple(float(f"{v:.9g}") for v in self.evaluator.value(gpus))
        worst = max((gpu.estimate.starvation_probability for gpu in gpus), default=0.0)
        number = len(gpus) if gpus and self.gpus_first else 0
        risk = round(max(0.0, worst - _SAFE), 2)
        return missing, number, value, risk, self._response_time(gpus), round(worst, 6)

    def _response_time(self, gpus: Sequence[EvaluatedGpu]) -> float:
        """Mean over all requests, to three digits; 0 where it is unknown."""
        rate = math.fsum(gpu.candidate.rate for gpu in gpus)
        total = math.fsum(gpu.candidate.rate * gpu.response_time for gpu in gpus)
        return float(f"{total / rate:.3g}") if rate and not math.isnan(total) else 0.0

    def _token_rate(self, gpu: EvaluatedGpu) -> float:
        """Offered traffic of a GPU, remembered: placements are offered that differ in one GPU."""
        known = self._token_rates.get(id(gpu))
        if known is None or known[0] is not gpu:
            known = gpu, gpu.candidate.token_rate
            self._token_rates[id(gpu)] = known
        return known[1]


def run_search(
    strategy: object,
    body: Callable[[Search], None],
    problem: Problem,
    evaluator: Evaluator,
    budget: Budget,
    rng: np.random.Generator,
) -> Result:
    """Run the body of a strategy, and make a result of its incumbent however it ends.

    Parameters
    ----------
    strategy : object
        Its ``repr`` goes into the result.
    body : callable
        Offers placements to the search; may end with `BudgetExhausted` or ``KeyboardInterrupt``.
    problem, evaluator, budget, rng
        As given to `Strategy.place`.

    Raises
    ------
    KeyboardInterrupt
        If the user interrupts a search that was asked to end before.
    """
    budget.start()
    search = Search(problem, evaluator, budget, rng)
    status, reason = _run(body, search)
    try:
        return _result(search, strategy, status, reason)
    except KeyboardInterrupt:  # while the bound was asked for
        if not budget.interrupt():
            raise
        return _result(search, strategy, *_INTERRUPTED)


def _run(body: Callable[[Search], None], search: Search) -> tuple[SolveStatus, str]:
    """Run the body of a strategy; how it ended, and why if that was before its end."""
    try:
        search.begin()
        body(search)
    except BudgetExhausted:
        if search.budget.interrupted():
            return _INTERRUPTED
        return SolveStatus.TIME_LIMIT, "the budget was spent"
    except KeyboardInterrupt:
        if not search.budget.interrupt():
            raise
        return _INTERRUPTED
    return SolveStatus.FEASIBLE, ""


def _result(search: Search, strategy: object, status: SolveStatus, reason: str) -> Result:
    """What a search has found, and how good that is at best; asks for the bound."""
    budget = search.budget
    ended_early = status is not SolveStatus.FEASIBLE
    if ended_early and search.unplaced and not (search.hopeless or search.failing):
        search.fall_back()
        reason += "" if search.unplaced else "; the placement is a first one"
    if ended_early or budget.remaining() < _BOUND_TIME:
        search.hurry()
    bound = search.lower_bound()
    unknown = (math.inf,) * len(bound.value)
    value = search.value() if search.gpus and not search.unchecked else unknown
    if search.unplaced:
        proven = status is SolveStatus.TIME_LIMIT and _too_few_gpus(search)
        if proven or status is SolveStatus.FEASIBLE:
            status = SolveStatus.INFEASIBLE
        reason = "; ".join(filter(None, (reason, _why_unplaced(search))))
    elif search.failing:
        status = SolveStatus.INFEASIBLE
        shown = ", ".join(map(str, search.failing))
        reason = f"not admissible by the estimator: GPU {shown} of the method's own placement"
    elif search.unchecked:
        status = SolveStatus.UNCHECKED
        reason += ", NOT checked by the estimator"
    elif _same(value, bound.value):
        status, reason = SolveStatus.OPTIMAL, ""
    return Result(
        placement=Placement(tuple(gpu.plan for gpu in search.gpus), search.unplaced),
        value=value,
        lower_bound=bound.value,
        bound=bound.name,
        status=status,
        reason=reason,
        runtime=budget.elapsed(),
        num_estimates=budget.num_estimates,
        seed=0,
        strategy=repr(strategy),
        objective=repr(search.evaluator.objective),
        gpus=tuple(GpuFigures(gpu.estimate, gpu.cost or value) for gpu in search.gpus),
    )


def _why_unplaced(search: Search) -> str:
    names = search.unplaced
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    limit, moves = search.problem.gpu_limit, search.problem.max_moves
    if search.hopeless:
        hopeless = ", ".join(search.hopeless[:3])
        return f"no GPU serves even a small share of {hopeless} without starving"
    if moves is not None:
        return f"no admissible place was found for {shown} with at most {moves} moves (max_moves)"
    if limit is None:
        return f"{len(names)} adapters are not placed: {shown}"
    if needed := _too_few_gpus(search):
        return f"at least {needed} GPUs are needed, {limit} may be used"
    return f"no admissible place was found for {shown} on {limit} GPU{'s' * (limit > 1)}"


def _too_few_gpus(search: Search) -> int:
    """GPUs that are needed at least, where that is more than there are; else 0."""
    limit = search.problem.gpu_limit
    needed = max(relaxation.min_gpus for relaxation in search.relaxations())
    return needed if limit is not None and needed > limit else 0


def _same(value: Iterable[float], bound: Iterable[float]) -> bool:
    return all(abs(v - b) <= _EQUAL * max(1.0, abs(v)) for v, b in zip(value, bound, strict=True))
