"""Verification: the twin simulates a placement under several seeds, and under bursts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from estimators.twin_backed import TwinEstimator
from estimators.window import USUAL_WINDOW, Window
from placer.bounds.known_count import RULES
from placer.gpu.evaluator import Evaluator
from placer.objectives.objective import Objective
from placer.problem.gpu_figures import GpuFigures
from placer.problem.placement import Placement
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.problem.verification_record import Verification
from placer.search.rare_collection import rare_collection
from placer.verification.binding import explain
from placer.verification.judges import VERIFICATION_SEEDS, Judges, probability_of_each
from placer.verification.repair import Repair
from placer.verification.robustness import RobustEstimator, Robustness
from placer.verification.too_few import has_too_few_requests
from twin.files.errors import InputError

__all__ = ["Verifier"]

_LONGEST, _SHORTEST = 1200.0, 300.0  # simulated seconds of a GPU under one seed
_LONG_UP_TO = 16  # GPUs, beyond which each is simulated for less time, and once under bursts
_MOST_EXPLAINED = 32  # GPUs


@dataclass(frozen=True, slots=True)
class Verifier:
    """Has placements checked by the twin.

    Parameters
    ----------
    duration : float or None
        Simulated seconds of every GPU under every seed; None for 1,200, and less where there are
        more than 16 GPUs, down to 300.
    seeds : tuple of int
        Seeds of the arrivals; others than those of the estimator that searched. Those of a run are
        `placer.verification.judges.verification_seeds` of its seed.
    robustness : Robustness
        Bursts that every GPU has to bear in that time as well; of more than 16 GPUs under the
        first seed only.
    repair : bool
        Relieve GPUs that do not pass, and check again.
    explain : bool
        Say what binds on the GPUs, and how much traffic they can still take; of more than 32 GPUs
        on those 32 that answer last.
    num_workers : int or None
        Threads; None for as many as there are cores.

    Raises
    ------
    InputError
        If there is no seed.
    """

    duration: float | None = None
    seeds: tuple[int, ...] = VERIFICATION_SEEDS
    robustness: Robustness = field(default_factory=Robustness)
    repair: bool = True
    explain: bool = True
    num_workers: int | None = None

    def __post_init__(self) -> None:
        if not self.seeds:
            raise InputError("verification seeds", "there is none", "give at least one")

    @rare_collection()
    def verify(self, result: Result, evaluator: Evaluator) -> Result:
        """Check a result, repair what starves, and say what binds on each GPU.

        Parameters
        ----------
        result : Result
            From a strategy.
        evaluator : Evaluator
            Of the problem that was solved, with a budget that is not spent; it tells what GPUs
            cost that were changed by repair. What a search has not checked costs what the twin
            says.

        Returns
        -------
        Result
            With the twin's figures, and a `Verification`. The problem's largest probability of
            starving is that of any GPU of the plan here. Where a GPU still starves after repair
            the status is infeasible, with the reason.

        Raises
        ------
        InputError
            If bursts have to be borne with a smaller probability of starving than the problem's,
            or the estimator that searched uses one of the seeds.
        """
        if not result.placement.gpus:
            return result
        self.check(evaluator)
        duration = self._duration(len(result.placement.gpus))
        problem = evaluator.problem
        quick, judge, robust = self.judges(
            problem, evaluator.objective, len(result.placement.gpus)
        )
        repair = Repair(judge, judge.evaluate(result.placement.gpus))
        if self.repair:
            repair.run()
        gpus = repair.gpus
        bursts = robust.burst_probabilities([gpu.candidate for gpu in gpus], problem.starvation)
        unchecked = result.status is SolveStatus.UNCHECKED
        known = gpus if unchecked else evaluator.evaluate([gpu.plan for gpu in gpus])
        costs = [gpu.cost for gpu in known]
        figures = [
            GpuFigures(gpu.estimate, cost, burst_starvation_probability=burst)
            for gpu, cost, burst in zip(gpus, costs, bursts, strict=True)
        ]
        verified = replace(
            result,
            placement=Placement(tuple(gpu.plan for gpu in gpus), result.placement.unplaced),
            gpus=tuple(self._explained(quick, gpus, figures)),
            verification=replace(
                self._verification(judge, problem, repair, duration),
                untested=self._untested(gpus, duration),
            ),
        )
        if repair.num_moved or repair.num_reconfigured or unchecked:
            verified = _revalued(verified, costs)
        if verified.status is SolveStatus.OPTIMAL and not _of_the_twin(verified, evaluator):
            verified = replace(verified, status=SolveStatus.FEASIBLE)
        return _judged(verified, problem if self.repair else None)

    def judges(self, problem: Problem, objective: Objective, number: int) -> Judges:
        """Evaluators by which GPUs can be judged as in a verification of this kind.

        Parameters
        ----------
        problem : Problem
        objective : Objective
        number : int
            GPUs of the plan, at least 1.
        """
        quick = self._twin(USUAL_WINDOW, self.seeds[:1])
        each = probability_of_each(problem.max_starvation_probability, number)
        strict = replace(problem, max_starvation_probability=each)
        robust = self._robust(number, each)
        return Judges(
            Evaluator(quick, objective, problem), Evaluator(robust, objective, strict), robust
        )

    def _robust(self, number: int, hopeless: float) -> RobustEstimator:
        """What tells whether each of so many GPUs starves, as assumed or under bursts."""
        window, most = Window(self._duration(number)), self.robustness.max_starvation_probability
        steady, one_seed = self._twin(window, self.seeds), self._twin(window, self.seeds[:1])
        return RobustEstimator(
            steady,
            replace(self.robustness, max_starvation_probability=probability_of_each(most, number)),
            steady if number <= _LONG_UP_TO else one_seed,
            hopeless,
        )

    def _untested(self, gpus: Sequence[EvaluatedGpu], duration: float) -> tuple[int, ...]:
        """Positions of GPUs of which too few requests are simulated, as they are or in bursts."""
        window, under_bursts = Window(duration), len(self.seeds) if len(gpus) <= _LONG_UP_TO else 1
        return tuple(
            g
            for g, gpu in enumerate(gpus)
            if has_too_few_requests(gpu.candidate, window, len(self.seeds))
            or has_too_few_requests(self.robustness.burstier(gpu.candidate), window, under_bursts)
        )

    def check(self, evaluator: Evaluator) -> None:
        """Refuse what cannot be verified so; parameters and errors as for `verify`."""
        used = set(self.seeds) & set(getattr(evaluator.estimator, "seeds", ()))
        if used:
            raise InputError(
                "verification seeds",
                f"the estimator that searches uses {min(used)} as well",
                "give the estimator other seeds: a plan is not tested by what it was made for",
            )
        most = evaluator.problem.max_starvation_probability
        if self.robustness.max_starvation_probability < most:
            raise InputError(
                "robustness.max_starvation_probability",
                f"{self.robustness.max_starvation_probability!r} is below "
                f"max_starvation_probability ({most!r})",
                "bursts make starving likelier: give at least as much",
            )

    def _duration(self, num_gpus: int) -> float:
        if self.duration is not None:
            return self.duration
        return max(_SHORTEST, _LONGEST * min(1.0, _LONG_UP_TO / num_gpus))

    def _twin(self, window: Window, seeds: tuple[int, ...]) -> TwinEstimator:
        return TwinEstimator(window, seeds, self.num_workers)

    def _explained(
        self, quick: Evaluator, gpus: Sequence[EvaluatedGpu], figures: list[GpuFigures]
    ) -> list[GpuFigures]:
        """Figures with what binds, of the GPUs that answer last where there are many."""
        if not self.explain:
            return figures
        slowest = sorted(range(len(gpus)), key=lambda g: (_readiness(gpus[g]), g))
        chosen = sorted(slowest[:_MOST_EXPLAINED])
        explained = list(figures)
        for g, (binding, headroom) in zip(
            chosen, explain(quick, [gpus[g] for g in chosen]), strict=True
        ):
            explained[g] = replace(figures[g], binding=binding, headroom=headroom)
        return explained

    def _verification(
        self,
        judge: Evaluator,
        problem: Problem,
        repair: Repair,
        duration: float,
    ) -> Verification:
        gpus = repair.gpus
        likely = _too_likely(gpus, problem.max_starvation_probability)
        alone = Evaluator(judge.estimator, judge.objective, problem)
        failing = [
            g for g, gpu in enumerate(gpus) if g in likely or not alone.admissible(gpu.estimate)
        ]
        errors = [g for g in failing if gpus[g].estimate.memory_error]
        starved = [
            g
            for g in failing
            if g not in errors and (g in likely or judge.starves(gpus[g].estimate))
        ]
        rejected = [g for g in failing if g not in errors and g not in starved]
        return Verification(
            duration=duration,
            seeds=self.seeds,
            arrival_cv=self.robustness.arrival_cv,
            starved=tuple(starved),
            memory_errors=tuple(errors),
            rejected=tuple(rejected),
            num_moved=repair.num_moved,
            num_opened=repair.num_opened,
        )


def _readiness(gpu: EvaluatedGpu) -> tuple[bool, float, float]:
    """Smaller for GPUs that are nearer to starving."""
    estimate = gpu.estimate
    ttft = math.inf if math.isnan(estimate.ttft_mean) else estimate.ttft_mean
    return gpu.admissible, -round(estimate.starvation_probability, 6), -ttft


def _of_the_twin(result: Result, evaluator: Evaluator) -> bool:
    """Whether the bound is the twin's too; another estimator's says nothing about its verdicts."""
    return isinstance(evaluator.estimator, TwinEstimator) or result.bound == RULES


def _revalued(result: Result, costs: Sequence[tuple[float, ...]]) -> Result:
    """The result with the value of its repaired, or first checked, placement."""
    value = tuple(math.fsum(component) for component in zip(*costs, strict=True))
    status = result.status
    if status is SolveStatus.OPTIMAL and value > result.value:
        status = SolveStatus.FEASIBLE
    if status is SolveStatus.UNCHECKED:  # the twin has checked it
        status = SolveStatus.TIME_LIMIT
    return replace(result, value=value, status=status)


def _too_likely(gpus: Sequence[EvaluatedGpu], most: float) -> set[int]:
    """GPUs that starve with more than their part of a probability, where any of them does."""
    probabilities = [gpu.estimate.starvation_probability for gpu in gpus]
    if 1 - math.prod(1 - p for p in probabilities) <= most:
        return set()
    each = probability_of_each(most, len(gpus), spare=0.0)
    return {g for g, p in enumerate(probabilities) if p > each}


def _judged(result: Result, repaired: Problem | None) -> Result:
    """Infeasible where a GPU does not pass, with the reason; of a problem that was repaired."""
    checked = result.verification
    if checked is None or checked.passed:
        return result
    parts = [
        f"{what}: GPU {', '.join(map(str, gpus))}"
        for what, gpus in (
            ("starving when verified", checked.starved),
            ("out of memory", checked.memory_errors),
            ("rejected by the objective when verified", checked.rejected),
        )
        if gpus
    ]
    if repaired is not None:
        used = [plan.profile_name for plan in result.placement.gpus]
        free = repaired.available(used)
        parts.append(f"no GPU {'was found' if free else 'is left'} to relieve them")
    reason = "; ".join(filter(None, (result.reason, *parts)))
    return replace(result, status=SolveStatus.INFEASIBLE, reason=reason)
