"""TwinEstimator: predictions by simulating the engine."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from estimators.base import Candidate, Estimate, Estimates
from estimators.simulation.canonical_traffic import CanonicalTraffic
from estimators.simulation.early_verdict import EarlyVerdict
from estimators.simulation.seed_job import SeedJob, SeedOutcome, capacity_doubt, with_capacity
from estimators.simulation.shared_streams import SharedStreams
from estimators.simulation.simulated_traffic import (
    in_mixed_order,
    simulate_traffic,
)
from estimators.starvation import USUAL_RULE, StarvationRule
from estimators.window import USUAL_WINDOW, Window
from twin.engine.latency import LATENCY_NAMES
from twin.engine.simulation_result import SimulationResult
from twin.files.errors import InputError
from twin.gpu.beyond_ranks import profile_for
from twin.gpu.engine_config import EngineConfig
from twin.workload.stopped import never, stop_if
from twin.workload.workload import RequestStream

__all__ = ["TwinEstimator"]

_DOUBLINGS = 20  # of a window in which nothing arrives
_BATCH = 64  # candidates whose request streams are held in memory at the same time
_SURE, _FAR = 6.0, 0.02  # errors, and distance, of a capacity that one seed is enough for
_FULL = 0.8  # use of the KV cache in a window, beyond which one seed is not

_Key = tuple[str, EngineConfig, tuple[int, ...], StarvationRule]


@dataclass(frozen=True, slots=True)
class TwinEstimator:
    """One simulation of the engine for each question and seed, remembered.

    Two candidates with the same profile, configuration and adapters but for their names are the
    same. Where bursts are so rare that nothing arrives in the window it is doubled until
    something does. Answers of one token have a time per output token of 0. Throughput is the
    expected offered traffic times the share of its own traffic that the engine started to
    answer in the simulation, which takes most of the randomness of the arrivals out and does
    not count as lost what is being answered when the window ends.

    The probability of starvation is that of a normal variable to lie below the threshold: its mean
    is the served share r of the offered traffic; its standard deviation is the larger of the one
    between seeds and c (1 - r) / (1 - threshold), at most c, where c is the coefficient of
    variation of the tokens that arrive within the window (a compound renewal process). An engine
    that serves everything has no shortfall that could fluctuate, one at its capacity serves a
    constant amount of fluctuating traffic. The uncertainty of the profile adds to it in the same
    way, and more for a profile that was scaled from another GPU's: as much as the served share
    falls when steps take longer by that uncertainty, which takes a second simulation.

    Where the rule asks for traffic that can be sustained, an engine that does not starve otherwise
    is simulated under overload (`estimators.simulation.capacity`). What it serves then has to be
    as much as is offered; the error of that is what so many requests differ in, and for a profile
    that was scaled its uncertainty. Of several seeds the first is asked, and the others only where
    that lies within six such errors, or 2 %, of what is offered, or where the KV cache was four
    fifths full under any: once requests are preempted, and computed again, a capacity is another
    for each seed, and otherwise hardly. Engines of larger ranks than the profile was measured with
    count as engines of such a profile (`twin.gpu.beyond_ranks`).

    Parameters
    ----------
    window : Window
        What is simulated.
    seeds : tuple of int
        Seeds of the arrivals; figures are means over them.
    num_workers : int or None
        Threads; None for as many as there are cores, or as ``OMP_NUM_THREADS`` allows, which
        joblib sets in each of its processes to its share. The figures do not depend on it.
    stop_early : bool
        Whether a simulation ends after a quarter of the window where it is certain by then that
        the engine starves; its figures are those of that quarter.

    Raises
    ------
    InputError
        If a parameter is out of range.
    """

    window: Window = USUAL_WINDOW
    seeds: tuple[int, ...] = (0,)
    num_workers: int | None = None
    stop_early: bool = True
    _loads: CanonicalTraffic = field(
        default_factory=CanonicalTraffic, init=False, repr=False, compare=False
    )
    _memo: dict[_Key, Estimate] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _verdict: EarlyVerdict = field(
        default_factory=EarlyVerdict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "seeds", tuple(self.seeds))
        if not self.seeds:
            raise InputError("estimator.seeds", "there is none", "give at least one")
        if min(self.seeds) < 0:
            raise InputError("estimator.seeds", f"{min(self.seeds)} is negative", "0 or more")
        if self.num_workers is not None and self.num_workers < 1:
            raise InputError(
                "estimator.num_workers", f"{self.num_workers} is below 1", "1 or more, or null"
            )

    def estimate(
        self, candidates: Sequence[Candidate], rule: StarvationRule = USUAL_RULE
    ) -> Estimates:
        """Simulate the candidates that have not been simulated before.

        Raises
        ------
        InputError
            If an adapter's rank exceeds the candidate's ``max_lora_rank``.
        """
        return self.estimate_unless(never, candidates, rule)

    def estimate_unless(
        self,
        stop: Callable[[], bool],
        candidates: Sequence[Candidate],
        rule: StarvationRule = USUAL_RULE,
    ) -> Estimates:
        """Simulate as `estimate` does, and give up when ``stop`` says so.

        Raises
        ------
        Stopped
            If it did.
        InputError
            As `estimate`.
        """
        keys: list[_Key] = []
        unknown: dict[_Key, Candidate] = {}
        for candidate in candidates:
            ordered, numbers = self._loads.canonical(candidate.adapters)
            profile = self._loads.fingerprint(candidate.profile)
            key = (profile, candidate.config, numbers, rule)
            keys.append(key)
            if key not in self._memo and key not in unknown:
                mixed = in_mixed_order(ordered)
                believed = profile_for(candidate.profile, candidate.config)
                unknown[key] = Candidate(believed, candidate.config, mixed)
        missing = list(unknown.items())
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            self._memo.update(self._simulate(batch, rule, stop))
        return Estimates.from_rows([self._memo[key] for key in keys])

    def _simulate(
        self,
        asked: Sequence[tuple[_Key, Candidate]],
        rule: StarvationRule,
        stop: Callable[[], bool],
    ) -> dict[_Key, Estimate]:
        streams = SharedStreams()
        jobs: list[SeedJob] = []
        for (_, _, traffic, _), candidate in asked:
            if candidate.profile.memory_error(candidate.config) is None:
                early = self.stop_early and self._verdict.suspects(
                    candidate, self.window.seconds(candidate.rate), rule.threshold
                )
                jobs += [
                    SeedJob(streams, traffic, candidate, seed, rule, early, stop)
                    for seed in self.seeds
                ]
        results = iter(self._outcomes(jobs))
        estimates = {}
        for key, candidate in asked:
            if candidate.profile.memory_error(candidate.config) is None:
                outcomes = [next(results) for _ in self.seeds]
                estimates[key] = self._summarize(candidate, outcomes, rule)
            else:
                estimates[key] = Estimate.of_memory_error(candidate.token_rate)
        return estimates

    def _outcomes(self, jobs: Sequence[SeedJob]) -> list[SeedOutcome]:
        """Outcomes of jobs, those of a candidate under all seeds one after the other."""
        outcomes = self._map(self._run, jobs)
        number = len(self.seeds)
        further: list[int] = []
        for k in range(0, len(jobs), number):
            if number > 1 and not self._is_told(jobs[k].candidate, outcomes[k : k + number]):
                further += range(k + 1, k + number)
        asked = [jobs[k] for k in further], [outcomes[k] for k in further]
        for k, outcome in zip(further, self._map(with_capacity, *asked), strict=True):
            outcomes[k] = outcome
        return outcomes

    def _map(
        self, function: Callable[..., SeedOutcome], *arguments: Sequence[Any]
    ) -> list[SeedOutcome]:
        """What a function returns for arguments, by as many threads as may be."""
        workers = min(self._workers(), len(arguments[0]))
        if workers < 2:
            return list(map(function, *arguments))
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(function, *arguments))

    def _run(self, job: SeedJob) -> SeedOutcome:
        """Simulate requests, and under the first seed a capacity too."""
        stop, candidate, rule = job.stop, job.candidate, job.rule
        stop_if(stop)
        profile = candidate.profile
        stream = self._arriving(job)
        if job.early:
            served = self._verdict.simulate(stream, candidate, rule.threshold, stop)
        else:
            served = simulate_traffic(stream, candidate.config, profile, stop)
        slower = served.started_share
        if profile.estimated_from:
            longer_steps = profile.slower(profile.uncertainty)
            run = simulate_traffic(stream, candidate.config, longer_steps, stop)
            slower = run.started_share
        outcome = SeedOutcome(served, slower, stream.duration)
        return with_capacity(job, outcome) if job.seed == self.seeds[0] else outcome

    def _arriving(self, job: SeedJob) -> RequestStream:
        """Requests of the window; where bursts are so rare that none arrives, of a longer one."""
        seconds = self.window.seconds(job.candidate.rate)
        stream = job.sample(seconds)
        for _ in range(_DOUBLINGS):
            if len(stream):
                break
            seconds *= 2
            stream = job.sample(seconds)
        return stream

    def _summarize(
        self, candidate: Candidate, results: Sequence[SeedOutcome], rule: StarvationRule
    ) -> Estimate:
        outcomes = [result.served for result in results]
        runs = [outcome.run for outcome in outcomes]
        neglect = 0.0
        if rule.adapters_starve:
            smallest = [outcome.smallest_started_share for outcome in outcomes]
            neglect = _mean([float(s < rule.threshold) for s in smallest])
        offered = candidate.token_rate
        ratios = [outcome.started_share for outcome in outcomes]
        ratio = _mean(ratios)
        shortfall = min(1.0, max(0.0, 1 - ratio) / (1 - rule.threshold))  # from 1 to the threshold
        noise = self._loads.variation(candidate.adapters, runs[0].duration) * shortfall
        if len(runs) > 1:
            noise = max(noise, float(np.std(ratios, ddof=1)))
        error = math.hypot(noise / math.sqrt(len(runs)), candidate.profile.uncertainty)
        slower = _mean([result.slower for result in results])
        doubt = max(ratio - slower, candidate.profile.uncertainty * shortfall)

        latencies = {name: _mean([_latency(run, name) for run in runs]) for name in LATENCY_NAMES}
        return Estimate(
            offered_throughput=offered,
            served_throughput=offered * ratio,
            starvation_probability=max(
                neglect,
                _normal_below(rule.threshold, ratio, math.hypot(noise, doubt)),
                self._past_capacity(candidate, results),
            ),
            memory_error=False,
            power=_mean([run.energy_joules / run.duration for run in runs]),
            uncertainty=error,
            **latencies,
        )

    def _past_capacity(self, candidate: Candidate, results: Sequence[SeedOutcome]) -> float:
        """Probability that more is offered than the engine can serve; 0 where it was not asked.

        Under seeds with which the engine starves within the window it is not asked; the others
        speak for it.
        """
        asked = [result for result in results if math.isfinite(result.capacity)]
        if not asked:
            return 0.0
        capacities = [result.capacity for result in asked]
        return _normal_below(1.0, _mean(capacities), self._capacity_error(candidate, asked))

    def _capacity_error(self, candidate: Candidate, asked: Sequence[SeedOutcome]) -> float:
        """Standard error of the mean of capacities."""
        seconds = math.fsum(result.seconds for result in asked)
        noise = self._loads.variation(candidate.adapters, seconds, arrivals=False)
        if len(asked) > 1:
            capacities = [result.capacity for result in asked]
            noise = max(noise, float(np.std(capacities, ddof=1)) / math.sqrt(len(capacities)))
        return math.hypot(noise, capacity_doubt(candidate.profile))

    def _is_told(self, candidate: Candidate, outcomes: Sequence[SeedOutcome]) -> bool:
        """Whether the capacity under the first seed says what those under all would."""
        capacity = outcomes[0].capacity
        fullest = max(outcome.served.run.kv_usage_max for outcome in outcomes)
        if math.isinf(capacity) or fullest > _FULL:
            return False
        far = max(_FAR, _SURE * self._capacity_error(candidate, outcomes[:1]))
        return abs(capacity - 1) > far

    def _workers(self) -> int:
        if self.num_workers is not None:
            return self.num_workers
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        share = os.environ.get("OMP_NUM_THREADS", "")
        return min(cores, max(1, int(share))) if share.isdecimal() else cores


def _mean(figures: Sequence[float]) -> float:
    """Mean over seeds, of which there mostly is one."""
    return figures[0] if len(figures) == 1 else float(np.mean(figures))


def _latency(run: SimulationResult, name: str) -> float:
    """A latency in seconds; 0 between tokens of which there are none, as vLLM's benchmark has it.

    NaN where no request was answered.
    """
    value: float = getattr(run, name)
    return 0.0 if math.isnan(value) and run.num_finished else value


def _normal_below(threshold: float, mean: float, deviation: float) -> float:
    """Probability that a normal variable lies below a threshold."""
    from scipy.special import ndtr  # here: slow to import

    if deviation == 0:
        return float(mean < threshold)
    return float(ndtr((threshold - mean) / deviation))
